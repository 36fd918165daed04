/**
 * Wrong units, told by the device: times are compared with what its peaks allow for the same work. Seconds or
 * microseconds in a column of milliseconds are a factor of 1000 away from anything a kernel can do, and message sizes in
 * bytes instead of elements beat the link.
 */
import { badInput } from '../../protocol/errors.ts';
import type { Device } from '../../protocol/hardware.ts';
import { quantile } from '../fit/quantile.ts';
import { bytesOf, peakFlops } from '../formats.ts';
import type { AllReduceRow, DecodeRow, GemmRow, KernelTables, MeasurementNote, PrefillRow } from './kernel_rows.ts';

/** A launch, seconds: what the smallest kernels take. */
const LAUNCH = 5e-6;
/** The median kernel of a table takes this many times its ideal; the published tables lie between 1 and 5. */
const PLAUSIBLE = { least: 0.3, most: 40 };
/** A few rows may be faulty; more than this share of them mean another device or unit. */
const MOST_IMPOSSIBLE = 0.05;
/** Messages above this run at the link's speed, bytes. */
const LARGE_MESSAGE = 64 * 2 ** 20;

/** @throws WorkbenchError `bad_input` naming file, column and the unit it seems to be in */
export function checkUnits(tables: KernelTables, device: Device, notes: MeasurementNote[]): void {
  const bytesPerS = device.memory_gb_s * 1e9;
  const flops = (format: GemmRow['format']): number => peakFlops(device, format)?.flops ?? Infinity;
  checkTimes(tables.gemm, device, notes, ({ format, m, n, k }: GemmRow) => Math.max((2 * m * n * k) / flops(format), (bytesOf(format) * n * k) / bytesPerS));
  checkTimes(tables.decode, device, notes, (row: DecodeRow) => (2 * row.sequences * row.context * row.kvHeads * row.headDim * bytesOf(row.kvFormat)) / bytesPerS);
  // Computed in the format of the cache at best.
  checkTimes(tables.prefill, device, notes, (row: PrefillRow) => (2 * row.heads * row.headDim * row.tokens * row.prompt) / flops(row.kvFormat));
  checkTimes(tables.allReduce, device, notes, (row: AllReduceRow) => row.bytes / (device.link.gb_s_per_direction * 1e9));
  checkMessages(tables.allReduce, device, notes);
}

type Row = GemmRow | DecodeRow | PrefillRow | AllReduceRow;

function checkTimes<R extends Row>(rows: readonly R[], device: Device, notes: MeasurementNote[], ideal: (row: R) => number): void {
  for (const [file, own] of byFile(rows)) {
    const typical = quantile(own.map((row) => row.seconds / (ideal(row) + LAUNCH)), 0.5);
    const [first] = own;
    if (first === undefined) continue;
    if (typical < PLAUSIBLE.least || typical > PLAUSIBLE.most) {
      const within = (scale: number): boolean => typical * scale >= PLAUSIBLE.least && typical * scale <= PLAUSIBLE.most;
      const column = first.origin.timeColumn;
      const unit = column === 'seconds' ? 'seconds' : column === 'latency_us' ? 'microseconds' : 'milliseconds';
      const scale = within(1e3) ? 1e3 : within(1e-3) ? 1e-3 : undefined;
      throw badInput(
        file,
        `column ${column}`,
        `times in ${unit} that ${device.name} can have`,
        `a median of ${typical.toPrecision(2)} times what its peaks allow`,
        scale === undefined
          ? 'Check the unit of the column and the device.'
          : `They look as if written in ${scale > 1 ? 'a unit 1000 times larger' : 'a unit 1000 times smaller'} (${neighbour(unit, scale)}): multiply the column by ${scale}, or check the device.`,
      );
    }
    const impossible = own.filter((row) => row.seconds < 0.5 * ideal(row));
    if (impossible.length > own.length * MOST_IMPOSSIBLE && impossible.length > 1) {
      throw badInput(
        file,
        `row ${impossible[0]?.row ?? 0}, column ${first.origin.timeColumn}`,
        `times that ${device.name} can have`,
        `${impossible.length} of ${own.length} rows more than twice as fast as its peaks allow`,
        'Choose the device that the timings were taken on, or check their unit and sizes.',
      );
    }
    if (impossible[0] !== undefined) {
      notes.push({
        severity: 'warning',
        text: `${file}: ${impossible.length} of ${own.length} rows are more than twice as fast as the peaks of ${device.name} allow, the first in row ${impossible[0].row}; check them, or the device.`,
      });
    }
  }
}

function neighbour(unit: string, scale: number): string {
  const units = ['seconds', 'milliseconds', 'microseconds', 'nanoseconds'];
  return units[units.indexOf(unit) + (scale > 1 ? -1 : 1)] ?? 'another unit';
}

function checkMessages(rows: readonly AllReduceRow[], device: Device, notes: MeasurementNote[]): void {
  const link = device.link.gb_s_per_direction;
  for (const [file, own] of byFile(rows.filter(({ bytes }) => bytes >= LARGE_MESSAGE))) {
    const fastest = own.reduce((best, row) => (row.bytes / row.seconds > best.bytes / best.seconds ? row : best));
    const gbPerS = fastest.bytes / fastest.seconds / 1e9;
    if (gbPerS <= link) continue;
    const found = `${gbPerS.toFixed(0)} GB/s in row ${fastest.row}`;
    if (gbPerS / 2 <= link && fastest.origin.timeColumn === 'latency') {
      throw badInput(file, 'column message_size', `sizes in elements, at most ${link} GB/s over ${device.link.name}`, found, 'The sizes look like bytes: divide them by the bytes of an element.');
    }
    notes.push({ severity: 'warning', text: `${file}: all-reduce at ${found} is faster than the ${link} GB/s of ${device.link.name}; check the sizes, or the device's link.` });
  }
}

function byFile<R extends Row>(rows: readonly R[]): Map<string, R[]> {
  const files = new Map<string, R[]>();
  for (const row of rows) {
    const own = files.get(row.origin.file);
    if (own === undefined) files.set(row.origin.file, [row]);
    else own.push(row);
  }
  return files;
}
