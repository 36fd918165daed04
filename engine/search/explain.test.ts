/** Explanations and prices against trying every child of small random libraries. */
import { performance } from 'node:perf_hooks';
import * as fc from 'fast-check';
import createGlpk from 'glpk.js/node';
import { describe, expect, test } from 'vitest';
import type { LibraryView } from '../protocol/library.ts';
import type { Explanation, Limit, Problem, SolveUpdate } from '../protocol/problem.ts';
import { explainSolution } from './explain.ts';
import { fixtureColumn, fixtureView } from './library_fixture.ts';
import { solveProblem } from './solve.ts';

const glpk = await createGlpk();
const context = { glpk, now: () => performance.now(), shouldStop: () => false };
const VARIANTS = ['kv8/1024', 'kv4/1024', 'no_op/512'];
const LAYERS = 5;

interface Child {
  readonly variants: readonly string[];
  readonly score: number;
  readonly memory: number;
  readonly runtime: number;
}

const libraries = fc
  .record({
    score: fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 15, maxLength: 15 }),
    memory: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 15, maxLength: 15 }),
    runtime: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 15, maxLength: 15 }),
  })
  .map(({ score, memory, runtime }) =>
    fixtureView(
      LAYERS,
      [fixtureColumn('score', { role: 'score' }), fixtureColumn('memory_mib'), fixtureColumn('runtime_ms')],
      Array.from({ length: LAYERS }, (_, layer) =>
        VARIANTS.map((variant, v) => {
          const c = layer * VARIANTS.length + v;
          return { layer, variant, values: { score: score[c], memory_mib: memory[c], runtime_ms: runtime[c] } };
        }),
      ).flat(),
    ),
  );

function everyChild(view: LibraryView): Child[] {
  let children: Child[] = [{ variants: [], score: 0, memory: 0, runtime: 0 }];
  for (let layer = 0; layer < LAYERS; layer++) {
    const here = Array.from(view.first_layer.keys()).filter((c) => view.first_layer[c] === layer);
    children = children.flatMap((child) =>
      here.map((c) => ({
        variants: [...child.variants, view.variants[view.variant[c]].id],
        score: child.score + view.values[0][c],
        memory: child.memory + view.values[1][c],
        runtime: child.runtime + view.values[2][c],
      })),
    );
  }
  return children;
}

/** Limits that some child of the library satisfies: those of one of its children, with a little room. */
const problems = fc
  .record({ view: libraries, pick: fc.nat(), room: fc.integer({ min: 0, max: 20 }), lock: fc.nat({ max: LAYERS - 1 }), ban: fc.nat({ max: VARIANTS.length - 1 }) })
  .map(({ view, pick, room, lock, ban }) => {
    const children = everyChild(view);
    const child = children[pick % children.length];
    const other = VARIANTS.filter((variant) => variant !== child.variants[0])[ban % (VARIANTS.length - 1)];
    const problem: Problem = {
      library_id: view.id,
      objective: 'score',
      limits: [
        { column: 'memory_mib', max: child.memory + room },
        { column: 'runtime_ms', max: child.runtime + room },
      ],
      locks: [{ layer: lock, variant: child.variants[lock] }],
      bans: lock === 0 ? [] : [{ layer: 0, variant: other }],
    };
    return { view, problem };
  });

const limitOf = (problem: Problem, column: string): number => problem.limits.find((limit) => limit.column === column)?.max ?? Infinity;

function bestScore(children: readonly Child[], problem: Problem, also: (child: Child) => boolean = () => true): number | undefined {
  const scores = children
    .filter((child) => child.memory <= limitOf(problem, 'memory_mib') && child.runtime <= limitOf(problem, 'runtime_ms'))
    .filter((child) => (problem.locks ?? []).every(({ layer, variant }) => child.variants[layer] === variant))
    .filter((child) => (problem.bans ?? []).every(({ layer, variant }) => (layer === undefined ? !child.variants.includes(variant) : child.variants[layer] !== variant)))
    .filter(also)
    .map((child) => child.score);
  return scores.length === 0 ? undefined : Math.min(...scores);
}

async function piecesOf(view: LibraryView, problem: Problem): Promise<Explanation[]> {
  const pieces: Explanation[] = [];
  let finished = false;
  await explainSolution(view, problem, context, (event) => {
    if (event.kind === 'piece') pieces.push(event.piece);
    if (event.kind === 'finished') finished = true;
  });
  expect(finished).toBe(true);
  return pieces;
}

async function lastUpdate(view: LibraryView, problem: Problem): Promise<SolveUpdate> {
  let last: SolveUpdate = { status: 'searching' };
  await solveProblem(view, problem, { ...context, onUpdate: (update) => (last = update) });
  return last;
}

describe('an explanation', () => {
  test('says for each layer what the best child with another block there loses', async () => {
    await fc.assert(
      fc.asyncProperty(problems, async ({ view, problem }) => {
        const children = everyChild(view);
        const best = bestScore(children, problem) ?? Number.NaN;
        const layers = (await piecesOf(view, problem)).filter((piece) => piece.kind === 'layer');
        expect([...new Set(layers.map((piece) => piece.layer))]).toEqual([0, 1, 2, 3, 4]);
        for (const { layer, chosen, runner_up: runnerUp } of layers) {
          const expected = bestScore(children, problem, (child) => child.variants[layer] !== chosen);
          if (expected === undefined) expect(runnerUp).toBeUndefined();
          else {
            const { objective, regret, variant, proven } = runnerUp ?? { objective: Number.NaN, regret: Number.NaN, variant: '', proven: false };
            expect(proven).toBe(true);
            // Known to 2 % of itself.
            expect(objective - expected).toBeLessThanOrEqual(0.02 * regret + 1e-5 * best);
            expect(objective).toBeGreaterThanOrEqual(expected);
            expect(regret).toBe(objective - best);
            expect(bestScore(children, problem, (child) => child.variants[layer] === variant)).toBeLessThanOrEqual(objective);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  test('says what each lock and ban costs, how far limits go, and what moving them does', async () => {
    await fc.assert(
      fc.asyncProperty(problems, async ({ view, problem }) => {
        const children = everyChild(view);
        const best = bestScore(children, problem) ?? Number.NaN;
        const pieces = await piecesOf(view, problem);
        const holds = pieces.filter((piece) => piece.kind === 'hold');
        expect(holds).toHaveLength((problem.locks ?? []).length + (problem.bans ?? []).length);
        for (const { hold, free, cost } of holds) {
          const freer = hold === 'lock' ? { ...problem, locks: [] } : { ...problem, bans: [] };
          expect(free).toBe(bestScore(children, freer));
          expect(cost).toBe(best - free);
        }
        for (const column of ['memory_mib', 'runtime_ms'] as const) {
          const last = pieces.filter((piece) => piece.kind === 'limit' && piece.column === column).at(-1);
          if (last?.kind !== 'limit') throw new Error(`${column} was not explained`);
          const total = (child: Child): number => (column === 'memory_mib' ? child.memory : child.runtime);
          const without = { ...problem, limits: problem.limits.filter((limit) => limit.column !== column) };
          expect(bestScore(children, without, (child) => total(child) <= last.tightest)).toBeDefined();
          expect(bestScore(children, without, (child) => total(child) < last.tightest * 0.999)).toBeUndefined();
          expect(bestScore(children, without, (child) => total(child) === last.loosest)).toBe(bestScore(children, without));
          for (const moved of [last.looser, last.tighter]) {
            if (moved === undefined) continue;
            const limits = problem.limits.map((limit): Limit => (limit.column === column ? { column, max: moved.limit } : limit));
            expect(moved.objective).toBe(bestScore(children, { ...problem, limits }));
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('prices', () => {
  test('agree with finite differences of the optimum, up to the gap between relaxation and optimum', async () => {
    await fc.assert(
      fc.asyncProperty(problems, fc.integer({ min: 1, max: 30 }), async ({ view, problem }, step) => {
        const children = everyChild(view);
        const free: Problem = { ...problem, locks: [], bans: [] };
        const update = await lastUpdate(view, free);
        if (update.status !== 'optimal') throw new Error(`ended as ${update.status}`);
        // The relaxation is convex in each limit and no better than the optimum by more than `gap`.
        const gap = update.objective - (update.relaxation ?? Number.NaN);
        expect(gap).toBeGreaterThanOrEqual(-1e-9);
        for (const { column, limit, price, value, slack, binding } of update.limits) {
          expect(price).toBeLessThanOrEqual(0);
          expect(binding).toBe(price !== 0);
          expect(slack).toBeCloseTo(limit - value, 9);
          const at = (max: number): number | undefined =>
            bestScore(children, { ...free, limits: free.limits.map((other) => (other.column === column ? { column, max } : other)) });
          const looser = at(limit + step);
          const tighter = at(limit - step);
          expect((looser ?? Number.NaN) - update.objective).toBeGreaterThanOrEqual(price * step - gap - 1e-6);
          if (tighter !== undefined) expect(tighter - update.objective).toBeGreaterThanOrEqual(-price * step - gap - 1e-6);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('where nothing fits', () => {
  const impossible = fc
    .record({ view: libraries, memory: fc.integer({ min: 5, max: 120 }), runtime: fc.integer({ min: 5, max: 120 }), lock: fc.nat({ max: LAYERS - 1 }), locked: fc.nat({ max: 2 }) })
    .map(({ view, memory, runtime, lock, locked }) => {
      const problem: Problem = {
        library_id: view.id,
        objective: 'score',
        limits: [
          { column: 'memory_mib', max: memory },
          { column: 'runtime_ms', max: runtime },
        ],
        locks: [{ layer: lock, variant: VARIANTS[locked] }],
      };
      return { view, problem };
    })
    .filter(({ view, problem }) => bestScore(everyChild(view), problem) === undefined);

  test('the smallest relaxation of a limit is feasible and 0.1 % less is not; the conflict needs all its parts', async () => {
    await fc.assert(
      fc.asyncProperty(impossible, async ({ view, problem }) => {
        const children = everyChild(view);
        const update = await lastUpdate(view, problem);
        if (update.status !== 'infeasible') throw new Error(`ended as ${update.status}`);
        for (const { column, reachable, proven, others_hold: othersHold } of update.reachable) {
          expect(proven).toBe(true);
          if (!othersHold) continue;
          const at = (max: number): number | undefined =>
            bestScore(children, { ...problem, limits: problem.limits.map((other) => (other.column === column ? { column, max } : other)) });
          expect(at(reachable)).toBeDefined();
          expect(at(reachable * 0.999)).toBeUndefined();
        }
        const holding = (without?: (typeof update.conflict)[number]): number | undefined => {
          const kept = update.conflict.filter((statement) => statement !== without);
          return bestScore(children, {
            ...problem,
            limits: problem.limits.filter(({ column }) => kept.some((statement) => statement.kind === 'limit' && statement.column === column)),
            locks: kept.some((statement) => statement.kind === 'lock') ? problem.locks : [],
          });
        };
        expect(holding()).toBeUndefined();
        for (const statement of update.conflict) expect(holding(statement)).toBeDefined();
      }),
      { numRuns: 60 },
    );
  });
});

test('a throughput without end is told as that of the fastest child that has one', async () => {
  const view = fixtureView(
    2,
    [fixtureColumn('score', { role: 'score' }), fixtureColumn('runtime_ms')],
    [0, 1].flatMap((layer) => [
      { layer, variant: 'kv8/1024', values: { score: 0, runtime_ms: 10 } },
      { layer, variant: 'kv4/1024', values: { score: 1, runtime_ms: 4 } },
      { layer, variant: 'no_op/no_op', values: { score: 5, runtime_ms: 0 } },
    ]),
    { measurement: { batch: 1, sequence: 20 } },
  );
  const problem: Problem = { library_id: view.id, objective: 'score', limits: [{ column: 'total_tok_s', min: 2000 }] };
  const [limit] = (await piecesOf(view, problem)).filter((piece) => piece.kind === 'limit');
  // Nothing takes no time; 4 ms give 5,000 tok/s, 20 ms 1,000.
  expect(limit).toMatchObject({ tightest: 5000, loosest: 1000 });
  // One step further than any number goes, every layer is gone and no value is told.
  const update = await lastUpdate(view, { ...problem, limits: [{ column: 'total_tok_s', min: 1e6 }] });
  expect(update).toMatchObject({ status: 'optimal', objective: 10, limits: [] });
});
