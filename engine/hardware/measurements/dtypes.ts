/** Spellings of number formats in kernel tables, and what to do with rows in a format that the cost model has no constants for. */
import type { Format } from '../../protocol/hardware.ts';
import type { MeasurementNote } from './kernel_rows.ts';
import type { RawTable } from './raw_table.ts';
import { badInput } from '../../protocol/errors.ts';

const FORMAT_OF: Readonly<Record<string, Format>> = {
  bfloat16: 'bf16',
  bf16: 'bf16',
  float16: 'fp16',
  fp16: 'fp16',
  half: 'fp16',
  float32: 'fp32',
  fp32: 'fp32',
  float: 'fp32',
  fp8: 'fp8',
  float8: 'fp8',
  fp8_e4m3: 'fp8',
  fp8_e5m2: 'fp8',
  float8_e4m3fn: 'fp8',
  int8: 'int8',
  sq: 'int8',
  fp4: 'fp4',
  nvfp4: 'fp4',
};

/** Known, but other kernels than those that the closed forms describe. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  fp8_block: 'FP8 with a scale per block',
  fp8_static: 'FP8 with scales fixed beforehand',
  fp8_ootb: 'FP8 of another library',
  int8_wo: 'weights only in INT8',
  int4_wo: 'weights only in INT4',
  w4afp8: 'INT4 weights with FP8 activations',
  w4a16_mxfp4: 'MXFP4 weights',
  mxfp4: 'MXFP4',
};

export function formatOf(spelling: string): Format | undefined {
  return FORMAT_OF[spelling.toLowerCase().replace(/^torch\./, '')];
}

/** Counts rows that are not used and says so once per file and spelling. */
export class LeftOut {
  private readonly seen = new Map<string, { count: number; first: number }>();
  private readonly table: RawTable;
  private readonly column: string;

  constructor(table: RawTable, column: string) {
    this.table = table;
    this.column = column;
  }

  add(spelling: string, index: number): void {
    const entry = this.seen.get(spelling);
    if (entry === undefined) this.seen.set(spelling, { count: 1, first: index });
    else entry.count += 1;
  }

  /** @throws WorkbenchError `bad_input` if no row of the table could be used and a format nobody knows is why */
  report(notes: MeasurementNote[], used: number): void {
    for (const [spelling, { count, first }] of this.seen) {
      const { file } = this.table;
      const place = `${this.table.rowName(first)}, column ${this.column}`;
      const why = LEFT_OUT[spelling.toLowerCase()];
      if (why === undefined && used === 0) {
        throw badInput(file, place, `a number format (${Object.keys(FORMAT_OF).join(', ')})`, JSON.stringify(spelling), 'Rename the format if it is one of these; other formats have no constants here.');
      }
      notes.push({
        severity: why === undefined ? 'warning' : 'info',
        text:
          why === undefined
            ? `${file}, ${place}: "${spelling}" is no number format known here; ${count} rows of it are left out. Known are ${Object.keys(FORMAT_OF).join(', ')}.`
            : `${file}: ${count} rows of ${spelling} (${why}) are left out; the closed forms do not describe them.`,
      });
    }
  }
}
