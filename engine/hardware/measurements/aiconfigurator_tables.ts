/**
 * The kernel tables of ai-dynamo/aiconfigurator: columns and traps in costmodel.md 5.3. `latency` is in milliseconds,
 * `message_size` counts elements, `step` counts cached tokens, a `window_size` above 0 marks sliding-window attention.
 */
import type { Format } from '../../protocol/hardware.ts';
import { bytesOf } from '../formats.ts';
import { LeftOut, formatOf } from './dtypes.ts';
import type { Collected } from './kernel_rows.ts';
import { Origins } from './origins.ts';
import { countAt, positiveAt, textAt, type RawTable } from './raw_table.ts';

/** A kind of table: the columns by which it is known and read, and how. */
export interface TableKind {
  readonly name: string;
  readonly columns: readonly string[];
  /** Columns that are used where they are there. */
  readonly optional: readonly string[];
  /** Values of `op_name` that such a table has; undefined where it needs none. */
  readonly ops: readonly string[] | undefined;
  readonly read: (table: RawTable, into: Collected) => void;
}

const COMMON = ['device', 'framework', 'version', 'op_name'];
const ATTENTION = ['batch_size', 'isl', 'num_heads', 'num_key_value_heads', 'head_dim', 'kv_cache_dtype', 'step', 'latency'];

export const GEMM_TABLE: TableKind = {
  name: 'matrix products (gemm_perf)',
  columns: ['gemm_dtype', 'm', 'n', 'k', 'latency'],
  optional: COMMON,
  ops: ['gemm'],
  read: (table, { gemm, notes }) => {
    const before = gemm.length;
    const origins = new Origins(table, 'latency');
    const leftOut = new LeftOut(table, 'gemm_dtype');
    for (const index of table.rows.keys()) {
      const spelling = textAt(table, index, 'gemm_dtype') ?? '';
      const format = formatOf(spelling);
      if (format === undefined) {
        leftOut.add(spelling, index);
        continue;
      }
      gemm.push({
        format,
        m: countAt(table, index, 'm'),
        n: countAt(table, index, 'n'),
        k: countAt(table, index, 'k'),
        seconds: milliseconds(table, index),
        origin: origins.of(index),
        row: index + 1,
      });
    }
    leftOut.report(notes, gemm.length - before);
  },
};

export const ATTENTION_TABLE: TableKind = {
  name: 'attention (context_attention_perf, generation_attention_perf)',
  columns: ATTENTION,
  optional: [...COMMON, 'window_size', 'beam_width', 'attn_dtype'],
  ops: ['context_attention', 'generation_attention'],
  read: (table, { decode, prefill, notes }) => {
    const before = decode.length + prefill.length;
    const origins = new Origins(table, 'latency');
    const leftOut = new LeftOut(table, 'kv_cache_dtype');
    let special = 0;
    for (const index of table.rows.keys()) {
      const spelling = textAt(table, index, 'kv_cache_dtype') ?? '';
      const kvFormat = formatOf(spelling);
      if (kvFormat === undefined) {
        leftOut.add(spelling, index);
        continue;
      }
      const windowed = textAt(table, index, 'window_size') !== undefined && countAt(table, index, 'window_size', 0) > 0;
      const beams = textAt(table, index, 'beam_width') !== undefined && countAt(table, index, 'beam_width', 0) > 1;
      if (windowed || beams) {
        special += 1;
        continue;
      }
      const sequences = countAt(table, index, 'batch_size');
      const isl = countAt(table, index, 'isl');
      const step = countAt(table, index, 'step', 0);
      const shared = {
        kvFormat,
        computed: textAt(table, index, 'attn_dtype') ?? '',
        heads: countAt(table, index, 'num_heads'),
        kvHeads: countAt(table, index, 'num_key_value_heads'),
        headDim: countAt(table, index, 'head_dim'),
        seconds: milliseconds(table, index),
        origin: origins.of(index),
        row: index + 1,
      };
      if (textAt(table, index, 'op_name') === 'generation_attention') decode.push({ ...shared, sequences, context: isl + step });
      else prefill.push({ ...shared, tokens: sequences * isl, prompt: 2 * step + isl });
    }
    leftOut.report(notes, decode.length + prefill.length - before + special);
    if (special > 0) notes.push({ severity: 'info', text: `${table.file}: ${special} rows with a sliding window or several beams are left out.` });
  },
};

export const CUSTOM_ALL_REDUCE_TABLE: TableKind = {
  name: 'all-reduce (custom_allreduce_perf)',
  columns: ['allreduce_dtype', 'num_gpus', 'message_size', 'latency'],
  optional: COMMON,
  ops: ['all_reduce', 'allreduce', 'custom_allreduce'],
  read: (table, into) => readAllReduce(table, 'allreduce_dtype', false, into),
};

/** The plain library's collectives, of which all-reduce is used, where no program's own all-reduce was measured. */
export const NCCL_TABLE: TableKind = {
  name: 'collectives (nccl_perf)',
  columns: ['nccl_dtype', 'num_gpus', 'message_size', 'latency', 'op_name'],
  optional: COMMON,
  ops: ['all_reduce', 'all_gather', 'alltoall', 'reduce_scatter'],
  read: (table, into) => readAllReduce(table, 'nccl_dtype', true, into),
};

function readAllReduce(table: RawTable, column: string, plain: boolean, { allReduce, notes }: Collected): void {
  const before = allReduce.length;
  const origins = new Origins(table, 'latency');
  const leftOut = new LeftOut(table, column);
  for (const index of table.rows.keys()) {
    const spelling = textAt(table, index, column) ?? '';
    const format: Format | undefined = formatOf(spelling);
    if (format === undefined) {
      leftOut.add(spelling, index);
      continue;
    }
    // The other collectives are well-formed but nothing here is fitted to them.
    if (plain && textAt(table, index, 'op_name') !== 'all_reduce') continue;
    allReduce.push({
      devices: countAt(table, index, 'num_gpus', 2),
      bytes: countAt(table, index, 'message_size') * bytesOf(format),
      plain,
      seconds: milliseconds(table, index),
      origin: origins.of(index),
      row: index + 1,
    });
  }
  leftOut.report(notes, allReduce.length - before);
}

function milliseconds(table: RawTable, index: number): number {
  return positiveAt(table, index, 'latency') * 1e-3;
}
