/** Repeated measurements of one kernel as one: published tables hold duplicates, so the median of each is taken. */
import type { AllReduceRow, DecodeRow, GemmRow, KernelTables, MeasurementNote, PrefillRow } from './kernel_rows.ts';
import { quantile } from '../fit/quantile.ts';

/** Repeats that differ more than this are worth a warning. */
const SPREAD = 1.5;

export function medianTables(tables: KernelTables, notes: MeasurementNote[]): KernelTables {
  return {
    gemm: medianRows(tables.gemm, ({ format, m, n, k }: GemmRow) => `${format} ${m} ${n} ${k}`, notes),
    decode: medianRows(tables.decode, (row: DecodeRow) => `${row.kvFormat} ${row.computed} ${row.sequences} ${row.context} ${headsOf(row)}`, notes),
    prefill: medianRows(tables.prefill, (row: PrefillRow) => `${row.kvFormat} ${row.computed} ${row.tokens} ${row.prompt} ${headsOf(row)}`, notes),
    allReduce: medianRows(tables.allReduce, ({ devices, bytes }: AllReduceRow) => `${devices} ${bytes}`, notes),
  };
}

function headsOf({ heads, kvHeads, headDim }: DecodeRow | PrefillRow): string {
  return `${heads} ${kvHeads} ${headDim}`;
}

function medianRows<Row extends GemmRow | DecodeRow | PrefillRow | AllReduceRow>(rows: readonly Row[], keyOf: (row: Row) => string, notes: MeasurementNote[]): readonly Row[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  if (groups.size === rows.length) return rows;
  let widest = 1;
  let [where] = rows;
  const merged = [...groups.values()].map((group): Row => {
    const [first] = group;
    if (first === undefined || group.length === 1) return first as Row;
    const times = group.map(({ seconds }) => seconds);
    const spread = Math.max(...times) / Math.min(...times);
    if (spread > widest) {
      widest = spread;
      where = first;
    }
    return { ...first, seconds: quantile(times, 0.5) };
  });
  const apart = widest > SPREAD ? `; they differ by up to a factor of ${widest.toPrecision(2)} (row ${where?.row ?? 0})` : '';
  notes.push({
    severity: widest > SPREAD ? 'warning' : 'info',
    text: `${where?.origin.file ?? ''}: ${rows.length - merged.length} rows repeat another one's sizes; the median of each is used${apart}.`,
  });
  return merged;
}
