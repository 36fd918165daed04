/** Layers that fall apart into attention and FFN: which do, and that parts and wholes say the same. */
import { describe, expect, test } from 'vitest';
import { factor } from './factor.ts';
import { sumOver, type NumericProblem } from './numeric_problem.ts';

const ATTENTION = [0, 3, 5, 6];
const FFN = [0, 2, 7, 11, 12, 13];

/** Layers of 4 attentions times 6 FFNs; `bend` is added to one choice of the layers it names. */
function problem(layers: number, bend: readonly number[] = [], missing: readonly number[] = []): NumericProblem {
  const kept = Array.from({ length: layers }, (_, layer) =>
    ATTENTION.flatMap((_a, a) => FFN.map((_f, f) => ({ layer, a, f }))).filter(({ a, f }) => !(missing.includes(layer) && a === 1 && f === 2)),
  ).flat();
  const groupStart = new Int32Array(layers + 1);
  for (const { layer } of kept) groupStart[layer + 1]++;
  for (let g = 1; g <= layers; g++) groupStart[g] += groupStart[g - 1];
  return {
    groupStart,
    cost: Float64Array.from(kept, ({ layer, a, f }) => (layer + 1) * (ATTENTION[a] + 0.1 * FFN[f]) + (bend.includes(layer) && a === 2 && f === 3 ? 1 : 0)),
    rows: [{ key: 'r', coef: Float64Array.from(kept, ({ a, f }) => 10 - ATTENTION[a] - 0.5 * FFN[f]), bound: 8 * layers, tolerance: 1e-9 }],
    kinds: [Int32Array.from(kept, ({ a }) => a), Int32Array.from(kept, ({ f }) => f)],
  };
}

describe('a problem whose layers add up', () => {
  test('becomes two groups per layer, of one choice per attention and per FFN', () => {
    const halves = factor(problem(5));
    expect(halves?.problem.groupStart).toHaveLength(11);
    expect(halves?.problem.cost).toHaveLength(5 * 10);
  });

  test('costs and takes the same in parts as whole, both ways', () => {
    const whole = problem(4);
    const halves = factor(whole);
    if (halves === undefined) throw new Error('was not taken apart');
    for (let step = 0; step < 24; step++) {
      const chosen = Int32Array.from({ length: 4 }, (_, g) => whole.groupStart[g] + ((5 * g + step) % 24));
      const parts = halves.split(chosen);
      expect([...halves.join(parts)]).toEqual([...chosen]);
      expect(sumOver(halves.problem.cost, parts)).toBeCloseTo(sumOver(whole.cost, chosen), 12);
      expect(sumOver(halves.problem.rows[0].coef, parts)).toBeCloseTo(sumOver(whole.rows[0].coef, chosen), 12);
    }
  });

  test('keeps those layers whole that do not add up, or lack a pair', () => {
    const whole = problem(16, [2], [5]);
    const halves = factor(whole);
    if (halves === undefined) throw new Error('was not taken apart');
    expect(halves.problem.groupStart).toHaveLength(2 * 14 + 2 + 1);
    const chosen = Int32Array.from({ length: 16 }, (_, g) => whole.groupStart[g + 1] - 1);
    expect([...halves.join(halves.split(chosen))]).toEqual([...chosen]);
    expect(sumOver(halves.problem.cost, halves.split(chosen))).toBeCloseTo(sumOver(whole.cost, chosen), 12);
  });

  test('is left as it is where nothing adds up, or blocks replace several layers', () => {
    expect(factor(problem(4, [0, 1, 2, 3]))).toBeUndefined();
    const spans = problem(4);
    expect(factor({ ...spans, last: new Int32Array(spans.cost.length) })).toBeUndefined();
  });
});
