/**
 * Which of a library's measurements belong to a workload: those with its prompt and generation lengths, taken under
 * one and the same device, number formats and parallelism, one per batch.
 */
import { WorkbenchError } from '../protocol/errors.ts';
import type { LibraryHeader, LibraryView, Measurement } from '../protocol/library.ts';
import type { Workload } from '../protocol/problem.ts';
import { columnOf, combined, measuredLength, type Linear } from './workload_memory.ts';

export interface Traffic {
  /** Tokens per sequence; absent where the library knows only their sum. */
  readonly isl: number | undefined;
  readonly osl: number | undefined;
  /** Prompt and generated tokens; absent where nobody says. */
  readonly length: number | undefined;
  /** Measurements of it that name their batch, largest batch first. */
  readonly measured: readonly (Measurement & { readonly batch: number })[];
  /** Number formats of these measurements, or of the library's first one. */
  readonly dtypes: Measurement['dtypes'] | undefined;
}

/** Runtimes of a whole batch in milliseconds, as far as the library has them. */
export interface Phases {
  readonly runtime: Linear | undefined;
  readonly prefill: Linear | undefined;
  readonly decode: Linear | undefined;
  /** Runtime is what a sequence takes beside others, and prefill its time to the first token; see `Measurement`. */
  readonly inFlight: boolean;
}

/** @throws WorkbenchError `bad_input` where only one of the lengths is known. */
export function trafficOf(header: LibraryHeader, workload: Pick<Workload, 'name' | 'isl' | 'osl'>): Traffic {
  const own = header.measurements.find((measurement) => measuredLength(measurement) !== undefined);
  const isl = workload.isl ?? own?.isl;
  const osl = workload.osl ?? own?.osl;
  if ((isl === undefined) !== (osl === undefined)) {
    const what = `gives only one of isl and osl, and the library ${header.name} does not tell the other`;
    throw new WorkbenchError('bad_input', `Workload "${workload.name}" ${what}.`, {
      hint: 'Give prompt and generated tokens, or neither to take the lengths the library was measured with.',
    });
  }
  const split = isl !== undefined && osl !== undefined;
  const length = split ? isl + osl : own?.sequence;
  const same = header.measurements.filter((measurement) =>
    split ? measurement.isl === isl && measurement.osl === osl : length !== undefined && measurement.sequence === length,
  );
  const [first] = same;
  const batches = new Map<number, Traffic['measured'][number]>();
  for (const measurement of same) {
    const { batch } = measurement;
    if (batch === undefined || batches.has(batch) || circumstances(measurement) !== circumstances(first)) continue;
    batches.set(batch, { ...measurement, batch });
  }
  return {
    isl,
    osl,
    length,
    measured: [...batches.values()].sort((a, b) => b.batch - a.batch),
    dtypes: (first ?? header.measurements[0])?.dtypes,
  };
}

export function phasesOf(view: LibraryView, measurement: Measurement): Phases {
  const prefill = columnOf(view, 'prefill_runtime_ms', measurement);
  const decode = columnOf(view, 'decode_runtime_ms', measurement);
  const whole = columnOf(view, 'runtime_ms', measurement);
  const inFlight = measurement.batching === 'in_flight';
  if (whole !== undefined || prefill === undefined || decode === undefined) return { runtime: whole, prefill, decode, inFlight };
  const runtime = combined([
    { of: prefill, factor: 1 },
    { of: decode, factor: 1 },
  ]);
  return { runtime, prefill, decode, inFlight };
}

/** The lengths and batches that a library was measured with, in words. */
export function measuredTraffic(header: LibraryHeader): string {
  const batches = new Map<string, number[]>();
  for (const measurement of header.measurements) {
    const { isl, osl, batch } = measurement;
    const length = measuredLength(measurement);
    if (length === undefined) continue;
    const split = isl !== undefined && osl !== undefined;
    const lengths = split ? `isl ${isl} with osl ${osl}` : `${length} tokens in all, of which it does not say how many are generated`;
    batches.set(lengths, [...(batches.get(lengths) ?? []), ...(batch === undefined ? [] : [batch])]);
  }
  return [...batches].map(([lengths, found]) => (found.length === 0 ? lengths : `${lengths} (batch ${inOrder(found)})`)).join('; ');
}

export function inOrder(numbers: readonly number[]): string {
  return [...new Set(numbers)].sort((a, b) => b - a).join(', ');
}

/** What must agree for costs to be comparable; batch and lengths apart. */
function circumstances(measurement: Measurement | undefined): string {
  const { device, backend, version, dtypes, tp, batching } = measurement ?? { dtypes: undefined };
  return [device, backend, version, dtypes?.weights, dtypes?.activations, dtypes?.kv, tp, batching].join(' | ');
}
