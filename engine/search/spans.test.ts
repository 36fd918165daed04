/** Blocks over several layers, against two judges: trying everything on small problems, and HiGHS on larger ones. */
import { performance } from 'node:perf_hooks';
import * as fc from 'fast-check';
import createGlpk from 'glpk.js/node';
import createHighs from 'highs';
import { describe, expect, test } from 'vitest';
import type { Effort } from './cover_search.ts';
import type { SearchContext, SearchOutcome } from './exact_search.ts';
import { groupOfChoices, satisfies, sumOver, type NumericProblem } from './numeric_problem.ts';

import { coverBound, searchCover } from './spans.ts';

const glpk = await createGlpk();
const highs = await createHighs();

interface Interval {
  readonly first: number;
  readonly last: number;
  readonly cost: number;
  readonly use: readonly number[];
}

function search(problem: NumericProblem, rest: Partial<SearchContext> = {}, effort?: Effort): Promise<SearchOutcome> {
  return searchCover(
    problem,
    {
      glpk,
      now: () => performance.now(),
      shouldStop: () => false,
      deadline: performance.now() + 20_000,
      ...rest,
    },
    effort,
  );
}

function problemOf(layers: number, intervals: readonly Interval[], bounds: readonly number[]): NumericProblem {
  const ordered = [...intervals].sort((a, b) => a.first - b.first);
  const groupStart = new Int32Array(layers + 1);
  for (const { first } of ordered) groupStart[first + 1]++;
  for (let layer = 0; layer < layers; layer++) groupStart[layer + 1] += groupStart[layer];
  return {
    groupStart,
    last: Int32Array.from(ordered, ({ last }) => last),
    cost: Float64Array.from(ordered, ({ cost }) => cost),
    rows: bounds.map((bound, r) => ({
      key: `r${r}`,
      coef: Float64Array.from(ordered, ({ use }) => use[r]),
      bound,
      tolerance: 1e-9 * Math.max(1, Math.abs(bound)),
    })),
  };
}

function tryEverything(problem: NumericProblem): number | undefined {
  const layers = problem.groupStart.length - 1;
  let best: number | undefined;
  const extend = (layer: number, chosen: readonly number[]): void => {
    if (layer === layers) {
      const child = Int32Array.from(chosen);
      const cost = sumOver(problem.cost, child);
      if (satisfies(problem, child) && (best === undefined || cost < best)) best = cost;
      return;
    }
    for (let c = problem.groupStart[layer]; c < problem.groupStart[layer + 1]; c++) extend(problem.last![c] + 1, [...chosen, c]);
  };
  extend(0, []);
  return best;
}

function byHighs(problem: NumericProblem): number | undefined {
  const first = groupOfChoices(problem.groupStart);
  const terms = (coef: Float64Array): string => Array.from(coef, (value, c) => `${value < 0 ? '-' : '+'} ${Math.abs(value)} x${c}`).join(' ');
  const lines = ['Minimize', ` obj: ${terms(problem.cost)}`, 'Subject To'];
  for (const row of problem.rows) lines.push(` ${row.key}: ${terms(row.coef)} <= ${row.bound}`);
  for (let layer = 0; layer + 1 < problem.groupStart.length; layer++) {
    const names = Array.from(first.keys()).filter((c) => first[c] <= layer && problem.last![c] >= layer);
    lines.push(` l${layer}: ${names.map((c) => `x${c}`).join(' + ')} = 1`);
  }
  lines.push('Binary', ` ${Array.from(problem.cost, (_, c) => `x${c}`).join(' ')}`, 'End');
  const result = highs.solve(lines.join('\n'), { mip_rel_gap: 0, mip_abs_gap: 0 });
  if (result.Status === 'Infeasible') return undefined;
  if (result.Status !== 'Optimal') throw new Error(`HiGHS ended as ${result.Status}`);
  return result.ObjectiveValue;
}

/** Covers every layer once, in order. */
function tiles(problem: NumericProblem, chosen: Int32Array): boolean {
  const first = groupOfChoices(problem.groupStart);
  let next = 0;
  for (const choice of chosen) {
    if (first[choice] !== next) return false;
    next = problem.last![choice] + 1;
  }
  return next === problem.groupStart.length - 1;
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

async function agrees(problem: NumericProblem, judge: (problem: NumericProblem) => number | undefined, effort?: Effort): Promise<void> {
  const expected = judge(problem);
  const outcome = await search(problem, {}, effort);
  if (expected === undefined) {
    expect(outcome.kind).toBe('infeasible');
    return;
  }
  if (outcome.kind !== 'optimal') throw new Error(`ended as ${outcome.kind}, expected ${expected}`);
  expect(tiles(problem, outcome.chosen)).toBe(true);
  expect(satisfies(problem, outcome.chosen)).toBe(true);
  expect(sumOver(problem.cost, outcome.chosen)).toBeCloseTo(outcome.cost, 9);
  expect(Math.abs(outcome.cost - expected)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(expected)));
  expect(coverBound(problem)).toBeLessThanOrEqual(expected + 1e-7 * Math.max(1, Math.abs(expected)));
  expect(outcome.relaxation.cost).toBeLessThanOrEqual(expected + 1e-7 * Math.max(1, Math.abs(expected)));
}

describe('against trying everything', () => {
  const small = fc
    .record({ layers: fc.integer({ min: 1, max: 7 }), rows: fc.integer({ min: 0, max: 3 }), integral: fc.boolean(), gaps: fc.boolean() })
    .chain(({ layers, rows, integral, gaps }) => {
      // Small integers make ties and rows met with equality common; both signs make lower limits and gains.
      const value = integral ? fc.integer({ min: -4, max: 4 }) : fc.integer({ min: -1e9, max: 1e9 }).map((part) => part / 1e8);
      const interval = fc
        .record({
          first: fc.integer({ min: 0, max: layers - 1 }),
          length: fc.integer({ min: 1, max: 3 }),
          cost: value,
          use: fc.array(value, { minLength: rows, maxLength: rows }),
        })
        .map(({ first, length, ...rest }): Interval => ({ first, last: Math.min(layers, first + length) - 1, ...rest }));
      // Where every layer has a block of its own there is a child but for the rows; else perhaps not even that.
      const singles = fc.tuple(
        ...Array.from({ length: layers }, (_, layer) => interval.map((own): Interval => ({ ...own, first: layer, last: layer }))),
      );
      const anywhere = fc.array(interval, { minLength: 1, maxLength: 14 });
      return fc.record({
        layers: fc.constant(layers),
        intervals: fc.tuple(gaps ? fc.constant([]) : singles, anywhere).map(([own, more]) => [...own, ...more]),
        bounds: fc.array(fc.integer({ min: -12, max: 12 }), { minLength: rows, maxLength: rows }),
      });
    });

  test('finds the same optimum, or the same impossibility', async () => {
    await fc.assert(
      fc.asyncProperty(small, ({ layers, intervals, bounds }) => agrees(problemOf(layers, intervals, bounds), tryEverything)),
      { numRuns: 1000 },
    );
  });

  // Little effort makes small problems go the ways of large ones: looking where the best child is not, and branching.
  const effort = fc.record({ many: fc.constantFrom(0, 6000), few: fc.constantFrom(0, 1, 3, 6) });

  test('also where it has to branch, and where the first look misses the best child', async () => {
    await fc.assert(
      fc.asyncProperty(small, effort, ({ layers, intervals, bounds }, little) => agrees(problemOf(layers, intervals, bounds), tryEverything, little)),
      { numRuns: 1000 },
    );
  });
});

/** Each layer's variants, and for each pair (or triple) of layers some that replace it, at about what the layers cost. */
function library(rnd: () => number, layers: number, variants: number, spans: readonly number[], rows: number, spanVariants = 2): Interval[] {
  const make = (first: number, length: number): Interval => {
    const size = rnd();
    const use = Array.from({ length: rows }, () => length * (0.2 + 0.6 * size + 0.4 * rnd()) * (length > 1 ? 0.8 : 1));
    return { first, last: first + length - 1, cost: length * (1.2 - size + 0.5 * rnd()) * (length > 1 ? 1.05 : 1), use };
  };
  const intervals: Interval[] = [];
  for (let layer = 0; layer < layers; layer++) {
    for (let v = 0; v < variants; v++) intervals.push(make(layer, 1));
    for (const length of spans) if (layer + length <= layers) for (let v = 0; v < spanVariants; v++) intervals.push(make(layer, length));
  }
  return intervals;
}

describe('against HiGHS', () => {
  test('pairs of layers, two limits', async () => {
    for (const seed of [2, 3, 4]) {
      const rnd = random(seed);
      const intervals = library(rnd, 24, 6, [2], 2);
      await agrees(problemOf(24, intervals, [24 * (0.45 + 0.2 * rnd()), 24 * (0.45 + 0.2 * rnd())]), byHighs);
    }
  });

  test('pairs and triples, an upper and a lower limit', async () => {
    for (const seed of [5, 6, 7]) {
      const rnd = random(seed);
      const intervals = library(rnd, 24, 5, [2, 3], 2).map((interval) => ({ ...interval, use: [interval.use[0], -interval.use[1]] }));
      await agrees(problemOf(24, intervals, [24 * 0.55, -24 * (0.5 + 0.1 * rnd())]), byHighs);
    }
  });

  test('layers that only longer blocks cover', async () => {
    for (const seed of [8, 9]) {
      const rnd = random(seed);
      const intervals = library(rnd, 20, 5, [2, 3], 2).filter(({ first, last }) => first !== last || first % 5 !== 2);
      await agrees(problemOf(20, intervals, [20 * 0.5, 20 * 0.55]), byHighs);
    }
  });

  test('limits that nothing, or nearly nothing, satisfies', async () => {
    for (const seed of [10, 11, 12]) {
      const rnd = random(seed);
      const intervals = library(rnd, 12, 4, [2], 1).map((interval) => {
        const length = interval.last - interval.first + 1;
        return { ...interval, use: [interval.use[0], length * (1.2 - interval.use[0] / length + 0.02 * rnd())] };
      });
      for (const share of [0.6, 0.6015, 0.603, 0.605]) await agrees(problemOf(12, intervals, [12 * share, 12 * share]), byHighs);
    }
  });

  test('costs by variant alone, a few spans among many layers', async () => {
    for (const seed of [14, 15]) {
      const rnd = random(seed);
      const kinds = library(rnd, 1, 8, [], 2);
      const intervals = Array.from({ length: 40 }, (_, layer) =>
        kinds.map((kind): Interval => ({ ...kind, first: layer, last: layer, cost: kind.cost * (0.3 + rnd()) })),
      ).flat();
      for (const first of [3, 4, 12, 20, 21, 30]) intervals.push({ first, last: first + 1, cost: 0.9 * rnd() + 0.3, use: [0.6, 0.5] });
      await agrees(problemOf(40, intervals, [40 * 0.5, 40 * 0.5]), byHighs);
    }
  });
});

test('branches to the same optimum', async () => {
  const rnd = random(16);
  const intervals = library(rnd, 14, 4, [2, 3], 2);
  await agrees(problemOf(14, intervals, [7, 7.5]), byHighs, { many: 0, few: 0 });
});

test('without spans it is the plain search', async () => {
  const rnd = random(20);
  await agrees(problemOf(24, library(rnd, 24, 6, [], 2), [13, 13]), byHighs);
});

test('gives up at the deadline with a bound that holds', async () => {
  const rnd = random(21);
  const problem = problemOf(60, library(rnd, 60, 12, [2, 3], 4), [30, 30, 30, 30]);
  const patient = await search(problem, { deadline: performance.now() + 1500 });
  const hurried = await search(problem, { deadline: performance.now() + 1 });
  if (!('chosen' in patient)) throw new Error(patient.kind);
  expect(patient.bound).toBeLessThanOrEqual(patient.cost + 1e-9);
  expect(satisfies(problem, patient.chosen)).toBe(true);
  if ('chosen' in hurried) expect(hurried.bound).toBeLessThanOrEqual(patient.cost + 1e-9);
  else expect(hurried.kind).toBe('unknown');
});

test('what it reports on the way holds, and only gets better', async () => {
  const rnd = random(23);
  const problem = problemOf(40, library(rnd, 40, 8, [2, 3], 3), [20, 20, 20.5]);
  const seen: { cost: number; bound: number }[] = [];
  const outcome = await search(problem, {
    onProgress: (chosen, bound) => {
      expect(tiles(problem, chosen) && satisfies(problem, chosen)).toBe(true);
      seen.push({ cost: sumOver(problem.cost, chosen), bound });
    },
  });
  if (outcome.kind !== 'optimal') throw new Error(outcome.kind);
  expect(seen.length).toBeGreaterThan(1);
  for (const [index, { cost, bound }] of seen.entries()) {
    const before = seen[index - 1] ?? { cost: Infinity, bound: -Infinity };
    expect(cost).toBeLessThanOrEqual(before.cost);
    expect(bound).toBeGreaterThanOrEqual(before.bound - 1e-9);
    expect(bound).toBeLessThanOrEqual(outcome.cost + 1e-9);
  }
  const again = await search(problem, {
    warmStart: outcome.warmStart,
    onProgress: (chosen) => expect(sumOver(problem.cost, chosen)).toBeCloseTo(outcome.cost, 9),
  });
  expect(again.kind === 'optimal' && again.cost).toBeCloseTo(outcome.cost, 9);
});

test('prices are what a little more of each limit saves in the relaxation', async () => {
  const rnd = random(24);
  const intervals = library(rnd, 24, 6, [2], 2);
  const bounds = [13, 13.2];
  const outcome = await search(problemOf(24, intervals, bounds));
  if (outcome.kind !== 'optimal') throw new Error(outcome.kind);
  const step = 1e-5;
  for (const row of [0, 1]) {
    const moved = (by: number): number => coverBound(problemOf(24, intervals, bounds.map((bound, r) => (r === row ? bound + by : bound))));
    const price = outcome.relaxation.prices[row];
    expect(price).toBeGreaterThan(0);
    expect(moved(0) - moved(step)).toBeCloseTo(price * step, 9);
  }
});

test('goes on without GLPK once that broke down, and says so once', async () => {
  const rnd = random(3);
  const problem = problemOf(40, library(rnd, 40, 8, [2], 4), [20, 20, 20, 20]);
  let asked = 0;
  let failures = 0;
  const broken = {
    ...glpk,
    solve: (): never => {
      asked++;
      throw new Error('abort');
    },
  };
  // On a clock this fast every turn of our own is over at once, so that GLPK's comes.
  let clock = 0;
  const outcome = await search(problem, { glpk: broken, onGlpkFailure: () => failures++, now: () => (clock += 2_000), deadline: 6_000_000 });
  expect('chosen' in outcome && satisfies(problem, outcome.chosen)).toBe(true);
  expect([asked, failures]).toEqual([1, 1]);
});

test('a withdrawn search ends at once', async () => {
  const rnd = random(26);
  const outcome = await search(problemOf(60, library(rnd, 60, 12, [2, 3], 4), [30, 30, 30, 30]), { shouldStop: () => true });
  expect(outcome.kind).not.toBe('optimal');
});
