/** What the rows of a table say about device, serving program and version, as few shared objects. */
import { deviceId } from '../devices.ts';
import type { Origin } from './kernel_rows.ts';
import { textAt, type RawTable } from './raw_table.ts';

export class Origins {
  private readonly known = new Map<string, Origin>();
  private readonly table: RawTable;
  private readonly timeColumn: string;

  constructor(table: RawTable, timeColumn: string) {
    this.table = table;
    this.timeColumn = timeColumn;
  }

  of(index: number): Origin {
    const device = textAt(this.table, index, 'device');
    const backend = textAt(this.table, index, 'framework') ?? textAt(this.table, index, 'backend');
    const version = textAt(this.table, index, 'version');
    const key = `${device ?? ''}\n${backend ?? ''}\n${version ?? ''}`;
    let origin = this.known.get(key);
    if (origin === undefined) {
      origin = {
        file: this.table.file,
        timeColumn: this.timeColumn,
        device: device === undefined ? undefined : deviceId(device),
        backend: backend?.toLowerCase().replaceAll(/[^a-z0-9]/g, ''),
        version,
      };
      this.known.set(key, origin);
    }
    return origin;
  }
}
