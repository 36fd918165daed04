/** The search against two judges: trying everything on small problems, and HiGHS on larger ones. */
import { performance } from 'node:perf_hooks';
import * as fc from 'fast-check';
import createGlpk from 'glpk.js/node';
import createHighs from 'highs';
import { describe, expect, test } from 'vitest';
import { searchExactly, type SearchOutcome } from './exact_search.ts';
import { satisfies, sumOver, type NumericProblem } from './numeric_problem.ts';

const glpk = await createGlpk();
const highs = await createHighs();

function search(problem: NumericProblem, budgetMs = 20_000): Promise<SearchOutcome> {
  return searchExactly(problem, {
    glpk,
    now: () => performance.now(),
    shouldStop: () => false,
    deadline: performance.now() + budgetMs,
  });
}

function problemOf(sizes: readonly number[], cost: readonly number[], rows: readonly { coef: readonly number[]; bound: number }[]): NumericProblem {
  const groupStart = new Int32Array(sizes.length + 1);
  for (const [g, size] of sizes.entries()) groupStart[g + 1] = groupStart[g] + size;
  return {
    groupStart,
    cost: Float64Array.from(cost),
    rows: rows.map(({ coef, bound }, r) => ({
      key: `r${r}`,
      coef: Float64Array.from(coef),
      bound,
      tolerance: 1e-9 * Math.max(1, Math.abs(bound)),
    })),
  };
}

function tryEverything(problem: NumericProblem): number | undefined {
  const groups = problem.groupStart.length - 1;
  const chosen = new Int32Array(groups);
  let best: number | undefined;
  const fill = (g: number): void => {
    if (g === groups) {
      const cost = sumOver(problem.cost, chosen);
      if (satisfies(problem, chosen) && (best === undefined || cost < best)) best = cost;
      return;
    }
    for (let c = problem.groupStart[g]; c < problem.groupStart[g + 1]; c++) {
      chosen[g] = c;
      fill(g + 1);
    }
  };
  fill(0);
  return best;
}

function byHighs(problem: NumericProblem): number | undefined {
  const terms = (coef: Float64Array): string => Array.from(coef, (value, c) => `${value < 0 ? '-' : '+'} ${Math.abs(value)} x${c}`).join(' ');
  const lines = ['Minimize', ` obj: ${terms(problem.cost)}`, 'Subject To'];
  for (const row of problem.rows) lines.push(` ${row.key}: ${terms(row.coef)} <= ${row.bound}`);
  for (let g = 0; g + 1 < problem.groupStart.length; g++) {
    const names = Array.from({ length: problem.groupStart[g + 1] - problem.groupStart[g] }, (_, i) => `x${problem.groupStart[g] + i}`);
    lines.push(` g${g}: ${names.join(' + ')} = 1`);
  }
  lines.push('Binary', ` ${Array.from(problem.cost, (_, c) => `x${c}`).join(' ')}`, 'End');
  const result = highs.solve(lines.join('\n'), { mip_rel_gap: 0, mip_abs_gap: 0 });
  if (result.Status === 'Infeasible') return undefined;
  if (result.Status !== 'Optimal') throw new Error(`HiGHS ended as ${result.Status}`);
  return result.ObjectiveValue;
}

/** Deterministic numbers in [0, 1): the 32-bit generator "mulberry32". */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A value per choice: by layer and variant, or by variant alone. */
function values(rnd: () => number, layers: number, variants: number, byLayer: boolean, low = 0, high = 1): number[] {
  const draw = (): number => low + (high - low) * rnd();
  const perVariant = Array.from({ length: variants }, draw);
  return Array.from({ length: layers * variants }, (_, c) => (byLayer ? draw() : perVariant[c % variants]));
}

/** Sum over layers of the mean value, the middle of what can be reached. */
function middle(coef: readonly number[], layers: number, share: number): number {
  const variants = coef.length / layers;
  let low = 0;
  let high = 0;
  for (let g = 0; g < layers; g++) {
    const group = coef.slice(g * variants, (g + 1) * variants);
    low += Math.min(...group);
    high += Math.max(...group);
  }
  return low + (high - low) * share;
}

async function agrees(problem: NumericProblem): Promise<void> {
  const outcome = await search(problem);
  const expected = byHighs(problem);
  if (expected === undefined) {
    expect(outcome.kind).toBe('infeasible');
    return;
  }
  if (outcome.kind !== 'optimal') throw new Error(`ended as ${outcome.kind}`);
  expect(satisfies(problem, outcome.chosen)).toBe(true);
  expect(sumOver(problem.cost, outcome.chosen)).toBeCloseTo(outcome.cost, 9);
  expect(Math.abs(outcome.cost - expected)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(expected)));
}

describe('against trying everything', () => {
  const small = fc
    .record({
      sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
      rows: fc.integer({ min: 0, max: 4 }),
      integral: fc.boolean(),
    })
    .chain(({ sizes, rows, integral }) => {
      const n = sizes.reduce((sum, size) => sum + size, 0);
      // Small integers make ties and rows met with equality common; both signs make lower limits and gains.
      const value = integral ? fc.integer({ min: -4, max: 4 }) : fc.integer({ min: -1e9, max: 1e9 }).map((part) => part / 1e8);
      const list = fc.array(value, { minLength: n, maxLength: n });
      const row = fc.record({ coef: list, bound: fc.integer({ min: -12, max: 12 }) });
      return fc.tuple(fc.constant(sizes), list, fc.array(row, { minLength: rows, maxLength: rows }));
    });

  test('finds the same optimum, or the same impossibility', async () => {
    await fc.assert(
      fc.asyncProperty(small, async ([sizes, cost, rows]) => {
        const problem = problemOf(sizes, cost, rows);
        const expected = tryEverything(problem);
        const outcome = await search(problem);
        if (expected === undefined) expect(outcome.kind).toBe('infeasible');
        else {
          expect(outcome.kind).toBe('optimal');
          if (outcome.kind !== 'optimal') return;
          expect(satisfies(problem, outcome.chosen)).toBe(true);
          expect(Math.abs(outcome.cost - expected)).toBeLessThanOrEqual(1e-7 * (1 + Math.abs(expected)));
        }
      }),
      { numRuns: 1000 },
    );
  });
});

/** Layers of attentions times FFNs; costs and coefficients are sums of both halves in the layers that are told so. */
interface Halves {
  readonly attentions: number;
  readonly ffns: number;
  readonly additive: readonly boolean[];
}

/** A value per choice: a part of the attention plus one of the FFN, by layer or not, and noise where not additive. */
function halfValues(rnd: () => number, { attentions, ffns, additive }: Halves, byLayer: boolean): number[] {
  const parts = (): { attention: number[]; ffn: number[] } => ({
    attention: Array.from({ length: attentions }, rnd),
    ffn: Array.from({ length: ffns }, rnd),
  });
  const everywhere = parts();
  return additive.flatMap((adds) => {
    const { attention, ffn } = byLayer ? parts() : everywhere;
    return attention.flatMap((a) => ffn.map((b) => a + b + (adds ? 0 : 0.3 * rnd())));
  });
}

/** Limits, one of them a lower one, and where wanted a row that asks for a child unlike a given one. */
function halvesProblem(seed: number, halves: Halves, rows: number, costsByLayer: boolean, unlike: boolean): NumericProblem {
  const rnd = random(seed);
  const layers = halves.additive.length;
  const size = halves.attentions * halves.ffns;
  const stated = Array.from({ length: rows }, (_, r) => {
    const sign = r === 2 ? -1 : 1;
    const coef = halfValues(rnd, halves, costsByLayer).map((value) => sign * value);
    return { coef, bound: middle(coef, layers, sign > 0 ? 0.2 + 0.5 * rnd() : 0.5 + 0.3 * rnd()) };
  });
  const cost = halfValues(rnd, halves, true);
  if (unlike) {
    const coef = Array.from({ length: cost.length }, () => 0);
    for (let g = 0; g < layers; g++) coef[g * size + Math.floor(rnd() * size)] = 1;
    stated.push({ coef, bound: Math.floor(layers / 2) });
  }
  const kinds = [(c: number) => Math.floor((c % size) / halves.ffns), (c: number) => (c % size) % halves.ffns];
  return {
    ...problemOf(Array.from({ length: layers }, () => size), cost, stated),
    kinds: kinds.map((kind) => Int32Array.from({ length: cost.length }, (_, c) => kind(c))),
  };
}

describe('attentions times FFNs', () => {
  const shapes = fc.record({
    seed: fc.integer({ min: 1, max: 1e9 }),
    attentions: fc.integer({ min: 2, max: 3 }),
    ffns: fc.integer({ min: 2, max: 3 }),
    additive: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
    rows: fc.integer({ min: 0, max: 3 }),
    costsByLayer: fc.boolean(),
    unlike: fc.boolean(),
  });

  test('small ones against trying everything', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ seed, rows, costsByLayer, unlike, ...halves }) => {
        const problem = halvesProblem(seed, halves, rows, costsByLayer, unlike);
        const expected = tryEverything(problem);
        const outcome = await search(problem);
        if (expected === undefined) expect(outcome.kind).toBe('infeasible');
        else {
          if (outcome.kind !== 'optimal') throw new Error(`ended as ${outcome.kind}`);
          expect(satisfies(problem, outcome.chosen)).toBe(true);
          expect(Math.abs(outcome.cost - expected)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(expected)));
        }
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    { seed: 31, additive: true, rows: 2, costsByLayer: false, unlike: false },
    { seed: 32, additive: false, rows: 3, costsByLayer: false, unlike: false },
    { seed: 33, additive: true, rows: 3, costsByLayer: false, unlike: true },
    { seed: 34, additive: false, rows: 3, costsByLayer: true, unlike: true },
  ])('large ones against HiGHS: $rows limits, additive $additive, by layer $costsByLayer, unlike another $unlike', async ({ seed, additive, rows, costsByLayer, unlike }) => {
    const halves = { attentions: 3, ffns: 4, additive: Array.from({ length: 24 }, () => additive) };
    await agrees(halvesProblem(seed, halves, rows, costsByLayer, unlike));
  });
});

describe('against HiGHS', () => {
  test('costs per layer, two limits', async () => {
    for (const seed of [1, 2, 3]) {
      const rnd = random(seed);
      const rows = [1, 2].map(() => values(rnd, 24, 8, true)).map((coef) => ({ coef, bound: middle(coef, 24, 0.3 + 0.3 * rnd()) }));
      await agrees(problemOf(Array(24).fill(8), values(rnd, 24, 8, true), rows));
    }
  });

  test('costs per variant, three limits of which one is a lower one', async () => {
    for (const seed of [4, 5, 6]) {
      const rnd = random(seed);
      const rows = [1, 1, -1].map((sign) => {
        const coef = values(rnd, 40, 10, false, 10, 90).map((value) => sign * value);
        return { coef, bound: middle(coef, 40, sign > 0 ? 0.4 : 0.6) };
      });
      await agrees(problemOf(Array(40).fill(10), values(rnd, 40, 10, true, -5, 5), rows));
    }
  });

  test('scores that shrink as costs grow, over four orders of magnitude', async () => {
    for (const seed of [7, 8]) {
      const rnd = random(seed);
      const memory = values(rnd, 48, 12, false, 0, 1500);
      const runtime = values(rnd, 48, 12, false, 0, 800);
      const cost = memory.map((value, c) => (rnd() ** 4 * 400) / (1 + value * runtime[c] * 1e-3));
      await agrees(
        problemOf(Array(48).fill(12), cost, [
          { coef: memory, bound: middle(memory, 48, 0.5) },
          { coef: runtime, bound: middle(runtime, 48, 0.55) },
        ]),
      );
    }
  });

  test('a second child that differs in a third of the layers', async () => {
    for (const seed of [9, 10]) {
      const rnd = random(seed);
      const coef = values(rnd, 30, 8, false, 1, 9);
      const cost = values(rnd, 30, 8, true);
      const rows = [{ coef, bound: middle(coef, 30, 0.35) }];
      const first = await search(problemOf(Array(30).fill(8), cost, rows));
      if (first.kind !== 'optimal') throw new Error(first.kind);
      const same = Array(cost.length).fill(0);
      for (const choice of first.chosen) same[choice] = 1;
      await agrees(problemOf(Array(30).fill(8), cost, [...rows, { coef: same, bound: 20 }]));
    }
  });

  test('limits that nothing, or nearly nothing, satisfies', async () => {
    for (const seed of [11, 12, 13, 14]) {
      const rnd = random(seed);
      const a = values(rnd, 20, 6, true);
      const b = a.map((value) => 1 - value + 0.05 * rnd());
      const share = seed % 2 === 0 ? 0.5 : 0.47;
      await agrees(
        problemOf(Array(20).fill(6), values(rnd, 20, 6, true), [
          { coef: a, bound: middle(a, 20, share) },
          { coef: b, bound: middle(b, 20, share) },
        ]),
      );
    }
  });
});

test('gives up at the deadline with a bound that holds', async () => {
  const rnd = random(21);
  const coef = values(rnd, 60, 20, true);
  const problem = problemOf(Array(60).fill(20), values(rnd, 60, 20, true), [
    { coef, bound: middle(coef, 60, 0.3) },
    { coef: values(rnd, 60, 20, true), bound: 20 },
    { coef: values(rnd, 60, 20, true), bound: 20 },
  ]);
  const hurried = await search(problem, 5);
  const patient = await search(problem, 300);
  if ((hurried.kind !== 'feasible' && hurried.kind !== 'optimal') || (patient.kind !== 'feasible' && patient.kind !== 'optimal')) {
    throw new Error(`${hurried.kind}, ${patient.kind}`);
  }
  expect(hurried.bound).toBeLessThanOrEqual(patient.cost + 1e-9);
  expect(patient.bound).toBeLessThanOrEqual(patient.cost + 1e-9);
  expect(patient.cost).toBeLessThanOrEqual(hurried.cost + 1e-9);
});
