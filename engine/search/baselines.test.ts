/** The simpler methods: the greedy rule by hand, all of them within the limits and never better than the optimum. */
import { performance } from 'node:perf_hooks';
import * as fc from 'fast-check';
import createGlpk from 'glpk.js/node';
import { describe, expect, test } from 'vitest';
import { bestObjective, meets, smallLibrary, spanLibrary } from '../../test/support/small_libraries.ts';
import { BASELINES, type BaselinePoint, type Limit, type Sweep } from '../protocol/problem.ts';
import type { LibraryView } from '../protocol/library.ts';
import { greedyChild } from './baseline_greedy.ts';
import { randomChildren } from './baseline_random.ts';
import { fixtureColumn, fixtureView } from './library_fixture.ts';
import type { NumericProblem } from './numeric_problem.ts';
import { sumOver } from './numeric_problem.ts';
import { sweepProblem } from './sweep.ts';

const glpk = await createGlpk();

async function baselinesOf(view: LibraryView, sweep: Partial<Sweep>): Promise<BaselinePoint[]> {
  const found: BaselinePoint[] = [];
  const stated = { library_id: view.id, objective: 'score', limits: [], over: 'memory_mib', points: 15, baselines: [...BASELINES], ...sweep };
  await sweepProblem(view, stated, { glpk, now: () => performance.now(), shouldStop: () => false }, (event) => {
    if (event.kind === 'baseline') found.push(event.baseline);
  });
  return found;
}

describe('the greedy rule', () => {
  // Three layers of three variants; cost 0 for the whole block, then more for less memory and time.
  const problem = (memory: number, time: number): NumericProblem => ({
    groupStart: Int32Array.of(0, 3, 6, 9),
    cost: Float64Array.of(0, 4, 8, 0, 1, 2, 0, 2, 10),
    rows: [
      { key: 'memory', coef: Float64Array.of(10, 6, 1, 10, 6, 1, 10, 6, 1), bound: memory, tolerance: 1e-9 },
      { key: 'time', coef: Float64Array.of(5, 4, 0, 5, 2, 0, 5, 4, 0), bound: time, tolerance: 1e-9 },
    ],
  });

  test('handles layers by the mean cost of their variants and carries over what is left', () => {
    // Means: 4, 1, 4. Shares of 21 and 12: 7 and 4 each. Layer 1 first: its best that fits is 6 and 2; 1 and 2 are left.
    // Layer 0 (before 2, equal means) has 8 and 6: again the middle one, 6 and 4; 2 and 2 are left.
    // Layer 2 has 9 and 6: the whole block takes 10, so the middle one.
    expect([...greedyChild(problem(21, 12))!]).toEqual([1, 4, 7]);
    // One more MiB per layer: 8 and 4, left 2 and 2; then 10 and 6: the whole block of layer 0; nothing and 1 are left.
    // Layer 2 has 8 and 5: the middle one.
    expect([...greedyChild(problem(24, 12))!]).toEqual([0, 4, 7]);
  });

  test('is not the optimum', () => {
    // Within 24 and 12 the optimum keeps layers 0 and 2 whole (20 and 10) and drops layer 1: 2 instead of 3.
    const { cost } = problem(0, 0);
    expect(sumOver(cost, greedyChild(problem(24, 12))!)).toBe(3);
    expect(sumOver(cost, Int32Array.of(0, 5, 6))).toBe(2);
  });

  test('overdraws least where nothing fits, and has later layers make up for it', () => {
    const tight: NumericProblem = {
      groupStart: Int32Array.of(0, 2, 5),
      cost: Float64Array.of(0, 1, 0, 5, 9),
      rows: [{ key: 'memory', coef: Float64Array.of(9, 7, 9, 3, 0), bound: 10, tolerance: 1e-9 }],
    };
    // 5 for layer 0, where 7 is the least; that leaves 3 for layer 1.
    expect([...greedyChild(tight)!]).toEqual([1, 3]);
  });
});

describe('baselines', () => {
  const others = fc.constantFrom<readonly Limit[]>([], [{ column: 'num_params', max: 40 }], [{ column: 'runtime_ms', max: 60, min: 5 }]);

  test('meet the limits with true totals and never beat the optimum', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.oneof(smallLibrary, spanLibrary), others, async (library, limits) => {
        const sign = library.view.header.columns[0].better === 'lower' ? 1 : -1;
        for (const { method, level, variant, solution } of await baselinesOf(library.view, { limits: [...limits] })) {
          seen.add(method);
          const all = level === undefined ? limits : [...limits, { column: 'memory_mib', max: level }];
          expect(meets(solution, all)).toBe(true);
          expect(library.children).toContainEqual(solution);
          expect(sign * solution.objective).toBeGreaterThanOrEqual(sign * bestObjective(library, all)! - 1e-9);
          expect(level === undefined).toBe(method === 'one_variant' || method === 'random');
          const used = new Set(solution.choices.map((choice) => library.view.variants[library.view.variant[choice]].id));
          if (method === 'one_variant') expect([...used]).toEqual([variant]);
          if (method !== 'max_params') continue;
          const most = Math.max(...library.children.filter((child) => meets(child, all)).map(({ costs }) => costs['num_params']));
          expect(solution.costs['num_params']).toBe(most);
        }
      }),
      { numRuns: 40 },
    );
    expect([...seen].sort()).toEqual([...BASELINES].sort());
  });

  test('of one variant are all that every layer has and that meet the limits', async () => {
    const choice = (layer: number, variant: string, memory_mib: number): { layer: number; variant: string; values: Record<string, number> } => ({
      layer,
      variant,
      values: { score: 10 - memory_mib, memory_mib },
    });
    const view = fixtureView(
      2,
      [fixtureColumn('score'), fixtureColumn('memory_mib')],
      [choice(0, 'kv8/8', 9), choice(0, 'kv4/8', 5), choice(0, 'no_op/8', 3), choice(1, 'kv8/8', 9), choice(1, 'kv4/8', 5), choice(1, 'kv2/8', 4)],
    );
    const variants = async (sweep: Partial<Sweep>): Promise<unknown[]> =>
      (await baselinesOf(view, { baselines: ['one_variant'], ...sweep })).map(({ variant }) => variant);
    expect(await variants({})).toEqual(['kv8/8', 'kv4/8']);
    expect(await variants({ limits: [{ column: 'score', max: 9 }] })).toEqual(['kv8/8']);
    expect(await variants({ bans: [{ layer: 1, variant: 'kv8/8' }] })).toEqual(['kv4/8']);
  });

  test('drawn at random are the same every time and spread over the whole range', () => {
    const layers = 40;
    const coef = Float64Array.from({ length: layers * 5 }, (_, c) => c % 5);
    const problem = { groupStart: Int32Array.from({ length: layers + 1 }, (_, g) => 5 * g), cost: coef, rows: [] };
    const sums = (): number[] => [...randomChildren(problem, coef, 200)].map((chosen) => sumOver(coef, chosen));
    expect(sums()).toEqual(sums());
    // All smallest is 0, all largest 160; an even draw stays within 80 +- 36 (four standard deviations of 9).
    for (let lower = 10; lower < 150; lower += 20) expect(sums().some((sum) => sum >= lower && sum < lower + 20)).toBe(true);
  });
});
