/**
 * A user's own timings as CSV, one call per line:
 *
 *     kernel,format,m,n,k,sequences,context,prompt,heads,kv_heads,head_dim,devices,bytes,latency_us
 *     gemm,fp8,64,8192,8192,,,,,,,,,39.1
 *     decode_attention,fp8,,,,64,2048,,64,8,128,,,101.5
 *     prefill_attention,bf16,,,,1,,2048,64,8,128,,,890
 *     all_reduce,,,,,,,,,,,4,2097152,26
 *
 * Only the columns of the kernels that occur are needed, and one of `seconds`, `latency_ms`, `latency_us`. `format` is
 * that of both operands or of the KV cache; `bytes` is what each device holds. `device`, `backend` and `version` may be
 * columns too. Counts are per device.
 */
import { badInput } from '../../protocol/errors.ts';
import type { TableKind } from './aiconfigurator_tables.ts';
import { LeftOut, formatOf } from './dtypes.ts';
import type { Collected } from './kernel_rows.ts';
import { Origins } from './origins.ts';
import { cellError, countAt, positiveAt, textAt, type RawTable } from './raw_table.ts';

const UNITS: Readonly<Record<string, number>> = { seconds: 1, latency_ms: 1e-3, latency_us: 1e-6 };
const KERNELS: Readonly<Record<string, readonly string[]>> = {
  gemm: ['format', 'm', 'n', 'k'],
  decode_attention: ['format', 'sequences', 'context', 'heads', 'kv_heads', 'head_dim'],
  prefill_attention: ['format', 'sequences', 'prompt', 'heads', 'kv_heads', 'head_dim'],
  all_reduce: ['devices', 'bytes'],
};

export const OWN_TABLE: TableKind = {
  name: 'own timings',
  columns: ['kernel'],
  optional: ['device', 'backend', 'version', ...new Set(Object.values(KERNELS).flat()), ...Object.keys(UNITS)],
  ops: undefined,
  read: readOwn,
};

function readOwn(table: RawTable, into: Collected): void {
  const { file, columns } = table;
  const units = Object.keys(UNITS).filter((name) => columns.includes(name));
  const [unit] = units;
  if (unit === undefined || units.length > 1) {
    throw badInput(file, 'header', `one column of ${Object.keys(UNITS).join(', ')}`, units.length === 0 ? columns.join(', ') : units.join(' and '), 'Name the column of times by its unit.');
  }
  const scale = UNITS[unit] ?? 1;
  const origins = new Origins(table, unit);
  const leftOut = new LeftOut(table, 'format');
  let used = 0;
  for (const index of table.rows.keys()) {
    const kernel = textAt(table, index, 'kernel') ?? '';
    const needed = Object.hasOwn(KERNELS, kernel) ? KERNELS[kernel] : undefined;
    if (needed === undefined) throw cellError(table, index, 'kernel', Object.keys(KERNELS).join(', '), 'Name the kernel by one of these, or remove the line.');
    const missing = needed.find((name) => !columns.includes(name));
    if (missing !== undefined) {
      throw badInput(file, 'header', `a column ${missing}, which ${kernel} needs`, columns.join(', '), `Columns of ${kernel}: ${needed.join(', ')} and a time.`);
    }
    const timing = { seconds: positiveAt(table, index, unit) * scale, origin: origins.of(index), row: index + 1 };
    if (kernel === 'all_reduce') {
      into.allReduce.push({ devices: countAt(table, index, 'devices', 2), bytes: countAt(table, index, 'bytes'), plain: false, ...timing });
      used += 1;
      continue;
    }
    const spelling = textAt(table, index, 'format') ?? '';
    const format = formatOf(spelling);
    if (format === undefined) {
      leftOut.add(spelling, index);
      continue;
    }
    used += 1;
    const count = (name: string): number => countAt(table, index, name);
    if (kernel === 'gemm') {
      into.gemm.push({ format, m: count('m'), n: count('n'), k: count('k'), ...timing });
      continue;
    }
    const attention = { kvFormat: format, computed: '', heads: count('heads'), kvHeads: count('kv_heads'), headDim: count('head_dim'), ...timing };
    if (kernel === 'decode_attention') into.decode.push({ ...attention, sequences: count('sequences'), context: count('context') });
    else into.prefill.push({ ...attention, tokens: count('sequences') * count('prompt'), prompt: count('prompt') });
  }
  leftOut.report(into.notes, used);
}
