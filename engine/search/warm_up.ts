/**
 * Small made-up problems solved before anyone asks: the first solves of a fresh thread take ten times as long as later
 * ones, because its code is still interpreted. They look like real ones: attentions times FFNs, two or three limits.
 */
import type { GLPK } from 'glpk.js/node';
import { searchExactly } from './exact_search.ts';
import type { NumericProblem } from './numeric_problem.ts';

const LAYERS = 48;
const ATTENTIONS = [1, 0.5, 0];
const FFNS = [1, 0.75, 0.5, 0.25, 0.1, 0];
const PROBLEMS = 24;
/** No one waits longer than this for a warm-up to end. */
const WITHIN_MS = 20;

/** Solves until `enough` says so, or all are done. */
export async function warmUp(glpk: GLPK, now: () => number, enough: () => boolean): Promise<void> {
  for (let index = 0; index < PROBLEMS && !enough(); index++) {
    const deadline = now() + WITHIN_MS;
    await searchExactly(madeUp(index), { glpk, now, shouldStop: enough, deadline, answerBy: deadline, onProgress: () => undefined });
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function madeUp(index: number): NumericProblem {
  const size = ATTENTIONS.length * FFNS.length;
  const n = LAYERS * size;
  /** A number in [0, 1) that looks random and is the same at every start. */
  const noise = (c: number): number => Math.abs(Math.sin(12.9898 * (c + 1) + 78.233 * (index + 1)) * 43758.5453) % 1;
  const attention = Int32Array.from({ length: n }, (_, c) => Math.floor((c % size) / FFNS.length));
  const ffn = Int32Array.from({ length: n }, (_, c) => (c % size) % FFNS.length);
  const row = (key: string, attentionWeight: number, ffnWeight: number): NumericProblem['rows'][number] => {
    const coef = Float64Array.from(attention, (a, c) => attentionWeight * ATTENTIONS[a] + ffnWeight * FFNS[ffn[c]] + (index % 2) * 0.05 * noise(c));
    return { key, coef, bound: LAYERS * (attentionWeight + ffnWeight) * (0.4 + 0.5 * noise(7 * index)), tolerance: 1e-9 };
  };
  return {
    groupStart: Int32Array.from({ length: LAYERS + 1 }, (_, g) => g * size),
    cost: Float64Array.from(attention, (a, c) => (1.2 + noise(Math.floor(c / size))) * ((1 - ATTENTIONS[a]) ** 2 + (1 - FFNS[ffn[c]]) ** 3) * (0.5 + noise(c))),
    rows: [row('a', 1.13, 0.97), row('b', 0.53, 1.41), ...(index % 3 === 0 ? [row('c', 0.71, 0.83)] : [])],
    kinds: [attention, ffn],
  };
}
