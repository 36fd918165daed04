/** What neighbouring levels know of each other, where a search alone has no time for a proof. */
import { performance } from 'node:perf_hooks';
import createGlpk from 'glpk.js/node';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Problem, WireSolution } from '../protocol/problem.ts';
import { Grid } from './frontier_grid.ts';
import { axisOf, type Axis } from './frontier_levels.ts';
import { freeOptimum, type Answered } from './frontier_search.ts';
import { fixtureColumn, fixtureView } from './library_fixture.ts';

const glpk = await createGlpk();
const context = { glpk, now: () => performance.now(), shouldStop: () => false };

/** Ten layers of three blocks that cost about what they save: hard to prove anything about, for their number. */
const view = fixtureView(
  10,
  [fixtureColumn('score'), fixtureColumn('memory_mib')],
  Array.from({ length: 10 }, (_, layer) => layer).flatMap((layer) =>
    [0, 1, 2].map((size) => ({ layer, values: { score: size * (1003 + 17 * layer) + ((7 * layer + 3 * size) % 5), memory_mib: (2 - size) * (1009 + 19 * layer) } })),
  ),
);
const problem: Problem = { library_id: view.id, objective: 'score', limits: [] };

function answered(update: Awaited<ReturnType<Grid['searchAt']>>): Answered {
  if (update.status !== 'optimal' && update.status !== 'feasible') throw new Error(`ended as ${update.status}`);
  return update;
}

describe('a level that is out of time', () => {
  let axis: Axis;
  let optimum: WireSolution;

  beforeAll(async () => {
    const free = await freeOptimum(view, problem, 10_000, context);
    axis = (await axisOf(view, problem, 'memory_mib', 5, free!.solutions[0], context))!;
    const level = answered(await new Grid(view, problem, [axis], context).searchAt([2], 60_000));
    expect(level.status).toBe('optimal');
    [optimum] = level.solutions;
  });

  test('gives a child and a bound that hold', async () => {
    const { objective, bound, gap, final } = answered(await new Grid(view, problem, [axis], context).searchAt([2], 0));
    expect(objective).toBeGreaterThanOrEqual(optimum.objective);
    expect(bound).toBeLessThanOrEqual(optimum.objective);
    expect(gap).toBeCloseTo((objective - bound) / objective, 12);
    expect(final).toBe(true);
  });

  test('takes a better child and a better bound from its neighbours', async () => {
    const grid = new Grid(view, problem, [axis], context);
    grid.offer(optimum);
    const rough = answered(await grid.searchAt([2], 0));
    expect(rough.status).toBe('feasible');
    expect(rough.objective).toBe(optimum.objective);
    // Half of what is left to prove.
    const better = (rough.bound + optimum.objective) / 2;
    const told = new Grid(view, problem, [axis], context);
    told.offer(optimum);
    told.offerBound(better);
    const after = answered(await told.searchAt([2], 0));
    expect(after.bound).toBeGreaterThanOrEqual(better);
    expect(after.gap).toBeLessThanOrEqual(rough.gap);
  });

  test('is settled without a search once child and bound meet', () => {
    const grid = new Grid(view, problem, [axis], context);
    grid.offer(optimum);
    expect(grid.shortcutAt([2])).toBeUndefined();
    grid.offerBound(optimum.objective);
    expect(grid.shortcutAt([2])).toMatchObject({ status: 'optimal', objective: optimum.objective, bound: optimum.objective, gap: 0, solutions: [optimum] });
    // At a tighter level the child does not fit, and the bound alone settles nothing.
    expect(grid.shortcutAt([4])).toBeUndefined();
  });

  test('is impossible where a looser one is', () => {
    const grid = new Grid(view, problem, [axis], context);
    grid.offer(optimum);
    grid.offerBound(Infinity);
    expect(grid.shortcutAt([4])).toMatchObject({ status: 'infeasible' });
  });
});
