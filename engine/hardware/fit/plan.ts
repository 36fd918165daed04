/** Which fits the measured rows allow: one per kernel and format, on the sizes that its form is made for, with their folds. */
import type { AllReduceConstants, DecodeAttentionConstants, Device, GemmConstants, PrefillAttentionConstants } from '../../protocol/hardware.ts';
import { FORMATS } from '../../protocol/hardware.ts';
import { formatOf } from '../measurements/dtypes.ts';
import type { AllReduceRow, DecodeRow, GemmRow, KernelTables, MeasurementNote, PrefillRow } from '../measurements/kernel_rows.ts';
import type { KernelTask } from './fit_kernel.ts';
import { foldsByKey, foldsBySize } from './folds.ts';
import { ALL_REDUCE_FORM, MIN_ROWS, decodeDomain, decodeForm, gemmDomain, gemmForm, inDecodeSizes, prefillDomain, prefillForm } from './kernel_forms.ts';

export interface Plan {
  readonly gemm: readonly KernelTask<GemmRow, GemmConstants>[];
  readonly decode: readonly KernelTask<DecodeRow, DecodeAttentionConstants>[];
  readonly prefill: readonly KernelTask<PrefillRow, PrefillAttentionConstants>[];
  readonly allReduce: readonly KernelTask<AllReduceRow, AllReduceConstants>[];
  /** Decode rows of any number of heads per KV head, otherwise like those that are fitted. */
  readonly wideGroups: readonly DecodeRow[];
}

/** One task per kernel and format that has enough rows; says which rows it leaves out and why. */
export function planFits(tables: KernelTables, device: Device, notes: MeasurementNote[]): Plan {
  const enough = (what: string, used: readonly unknown[], all: readonly unknown[], words: string): boolean => {
    if (all.length === 0) return false;
    if (used.length < MIN_ROWS) {
      notes.push({ severity: 'warning', text: `${what}: ${used.length} usable rows are too few to fit (${MIN_ROWS} are needed).` });
      return false;
    }
    if (used.length < all.length) notes.push({ severity: 'info', text: `${what}: fitted and tested on ${used.length} of ${all.length} rows (${words}).` });
    return true;
  };
  const decodeRows = preferred(tables.decode);
  const prefillRows = preferred(tables.prefill);
  return {
    gemm: FORMATS.flatMap((format) => {
      const all = tables.gemm.filter((row) => row.format === format);
      const { rows, words } = gemmDomain(all);
      const form = gemmForm(device, format);
      if (form === undefined || !enough(`Matrix products, ${format}`, rows, all, words)) return [];
      // A site of weights is unseen as a whole.
      const folds = foldsByKey(rows, ({ n, k }) => `${n} ${k}`);
      return [{ kernel: 'gemm' as const, of: format, form, rows, folds, label: ({ m, n, k }) => `m ${m}, n ${n}, k ${k}` }];
    }),
    decode: FORMATS.flatMap((format) => {
      const all = decodeRows.filter(({ kvFormat }) => kvFormat === format);
      const { rows, words } = decodeDomain(all);
      if (!enough(`Decode attention, ${format} KV`, rows, all, words)) return [];
      const label = ({ sequences, context, heads, kvHeads }: DecodeRow): string => `batch ${sequences}, context ${context}, ${heads} heads, ${kvHeads} KV heads`;
      return [{ kernel: 'decode_attention' as const, of: format, form: decodeForm(device, format), rows, folds: foldsByKey(rows, label), label }];
    }),
    prefill: FORMATS.flatMap((format) => {
      const all = prefillRows.filter(({ kvFormat }) => kvFormat === format);
      const { rows, words } = prefillDomain(all);
      const form = prefillForm(device);
      if (form === undefined || !enough(`Prefill attention, ${format} KV`, rows, all, words)) return [];
      const label = ({ tokens, prompt, heads, kvHeads }: PrefillRow): string => `${tokens} tokens, prompt ${prompt}, ${heads} heads, ${kvHeads} KV heads`;
      return [{ kernel: 'prefill_attention' as const, of: format, form, rows, folds: foldsByKey(rows, label), label }];
    }),
    allReduce: [...new Set(tables.allReduce.map(({ devices }) => devices))]
      .sort((a, b) => a - b)
      .flatMap((devices) => {
        const rows = tables.allReduce.filter((row) => row.devices === devices);
        if (!enough(`All-reduce, ${devices} devices`, rows, rows, '')) return [];
        const folds = foldsBySize(rows, ({ bytes }) => bytes);
        return [{ kernel: 'all_reduce' as const, of: String(devices), form: ALL_REDUCE_FORM, rows, folds, label: ({ bytes }) => `${bytes} bytes` }];
      }),
    wideGroups: decodeRows.filter(inDecodeSizes),
  };
}

/** Of each KV format the rows computed in that format, where there are any; else those in the format most rows have. */
function preferred<Row extends DecodeRow | PrefillRow>(rows: readonly Row[]): readonly Row[] {
  return FORMATS.flatMap((format) => {
    const own = rows.filter(({ kvFormat }) => kvFormat === format);
    const counts = new Map<string, number>();
    for (const { computed } of own) counts.set(computed, (counts.get(computed) ?? 0) + 1);
    if (counts.size <= 1) return own;
    const same = [...counts.keys()].find((spelling) => formatOf(spelling) === format);
    const [most] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [''];
    return own.filter(({ computed }) => computed === (same ?? most));
  });
}
