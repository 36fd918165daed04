/**
 * Memory of a child apart: bytes of its weights, and bytes of keys and values per cached token. From these follow
 * its memory at any batch and length, and how many tokens fit beside the weights (puzzle.md's
 * `weights + batch * length * KV bytes per token`). Taken from the library's own columns where it has them, else
 * counted from parameters, KV heads and number formats.
 */
import { kvBytesPerToken } from '../architecture/count.ts';
import type { LibraryHeader, LibraryView, Measurement } from '../protocol/library.ts';
import { nonBlock } from './non_block.ts';

export const MIB = 2 ** 20;

/** Bytes per number by dtype id; nvfp4 with its scales as Puzzletron counts it. */
const BYTES: Readonly<Record<string, number>> = { fp32: 4, bf16: 2, fp16: 2, fp8: 1, int8: 1, nvfp4: 1 / 1.7 };

/** A total is the sum of `values` over the chosen blocks plus `outside`. */
export interface Linear {
  /** By library choice. */
  readonly values: Float64Array;
  readonly outside: number;
}

export interface MemorySplit {
  /** Bytes. */
  readonly weights: Linear;
  /** Bytes per cached token. */
  readonly kvPerToken: Linear;
  /** Both parts are columns of the library; false where one was counted here. */
  readonly own: boolean;
}

/** Undefined where neither columns nor shapes and number formats tell both parts. */
export function memorySplit(view: LibraryView, dtypes: Measurement['dtypes'] | undefined): MemorySplit | undefined {
  const stored = storedWeights(view, dtypes);
  const cached = storedKv(view, dtypes);
  const weights = stored ?? countedWeights(view, dtypes);
  const kvPerToken = cached ?? countedKv(view, dtypes);
  if (weights === undefined || kvPerToken === undefined) return undefined;
  return { weights, kvPerToken, own: stored !== undefined && cached !== undefined };
}

/** Tokens per sequence that a measurement was taken with. */
export function measuredLength({ isl, osl, sequence }: Measurement): number | undefined {
  return isl !== undefined && osl !== undefined ? isl + osl : sequence;
}

/** A summable column of a measurement: `stem`, or `stem_<measurement>` as further measurements' columns are called. */
export function columnOf(view: LibraryView, stem: string, measurement: Measurement): Linear | undefined {
  const names = [stem, `${stem}_${measurement.id}`.replaceAll(/[^\w.-]/g, '_')];
  const index = view.header.columns.findIndex(
    (column) => column.measurement === measurement.id && column.summable && names.includes(column.id),
  );
  return index < 0 ? undefined : linear(view, index);
}

/** `sum of factor * term`. */
export function combined(terms: readonly { readonly of: Linear; readonly factor: number }[]): Linear {
  const values = new Float64Array(terms[0]?.of.values.length ?? 0);
  let outside = 0;
  for (const { of, factor } of terms) {
    outside += factor * of.outside;
    for (let c = 0; c < values.length; c++) values[c] += factor * of.values[c];
  }
  return { values, outside };
}

function storedWeights(view: LibraryView, dtypes: Measurement['dtypes'] | undefined): Linear | undefined {
  for (const measurement of view.header.measurements) {
    if (measurement.dtypes.weights !== dtypes?.weights) continue;
    const weights = columnOf(view, 'weights_bytes', measurement);
    if (weights !== undefined) return weights;
    const memory = columnOf(view, 'memory_mib', measurement);
    const kv = columnOf(view, 'kv_cache_memory_mib', measurement);
    if (memory !== undefined && kv !== undefined) {
      return combined([
        { of: memory, factor: MIB },
        { of: kv, factor: -MIB },
      ]);
    }
  }
  return untied(view, 'weights_bytes');
}

function storedKv(view: LibraryView, dtypes: Measurement['dtypes'] | undefined): Linear | undefined {
  for (const measurement of view.header.measurements) {
    const length = measuredLength(measurement);
    if (measurement.dtypes.kv !== dtypes?.kv || length === undefined || length === 0) continue;
    const perSequence = columnOf(view, 'kv_bytes_per_sequence', measurement);
    if (perSequence !== undefined) return combined([{ of: perSequence, factor: 1 / length }]);
    const whole = columnOf(view, 'kv_cache_memory_mib', measurement);
    if (whole !== undefined && measurement.batch !== undefined) return combined([{ of: whole, factor: MIB / (measurement.batch * length) }]);
  }
  return undefined;
}

function countedWeights(view: LibraryView, dtypes: Measurement['dtypes'] | undefined): Linear | undefined {
  const bytes = BYTES[dtypes?.weights ?? ''];
  const params = untied(view, 'num_params');
  return bytes === undefined || params === undefined ? undefined : combined([{ of: params, factor: bytes }]);
}

function countedKv(view: LibraryView, dtypes: Measurement['dtypes'] | undefined): Linear | undefined {
  const bytes = BYTES[dtypes?.kv ?? ''];
  const { shape } = view.header.parent;
  if (bytes === undefined || shape === undefined) return undefined;
  const byVariant = view.variants.map(({ attention }) => kvBytesPerToken(shape, attention, bytes));
  return { values: Float64Array.from(view.variant, (variant) => byVariant[variant]), outside: 0 };
}

/** A column that no measurement changes. */
function untied(view: LibraryView, id: string): Linear | undefined {
  const index = view.header.columns.findIndex((column) => column.id === id && column.summable && column.measurement === undefined);
  return index < 0 ? undefined : linear(view, index);
}

function linear(view: LibraryView, index: number): Linear {
  const header: LibraryHeader = view.header;
  return { values: view.values[index], outside: nonBlock(header, header.columns[index]) };
}
