/** Answers as the window gets them, on a library small enough to check by hand. */
import { performance } from 'node:perf_hooks';
import createGlpk from 'glpk.js/node';
import { describe, expect, test } from 'vitest';
import type { Problem, SolveUpdate, SweepPoint } from '../protocol/problem.ts';
import { fixtureColumn, fixtureView } from './library_fixture.ts';
import { solveProblem } from './solve.ts';
import { sweepProblem } from './sweep.ts';

const glpk = await createGlpk();

// Three layers: keep (100 MiB, 10 ms) or remove (0 MiB, 1 ms) at a score of 1, 2 and 4; 50 MiB and 2 ms outside.
const view = fixtureView(
  3,
  [fixtureColumn('score', { role: 'score' }), fixtureColumn('memory_mib'), fixtureColumn('runtime_ms')],
  [1, 2, 4].flatMap((score, layer) => [
    { layer, variant: 'kv8/1024', values: { score: 0, memory_mib: 100, runtime_ms: 10 } },
    { layer, variant: 'no_op/no_op', values: { score, memory_mib: 0, runtime_ms: 1 } },
  ]),
  { non_block: [{ measurement: 'm', values: { memory_mib: 50, runtime_ms: 2 } }], measurement: { batch: 1, sequence: 23 } },
);
const context = { glpk, now: () => performance.now(), shouldStop: () => false };

async function updatesOf(problem: Partial<Problem>, shouldStop = (): boolean => false): Promise<SolveUpdate[]> {
  const updates: SolveUpdate[] = [];
  await solveProblem(view, { library_id: view.id, objective: 'score', limits: [], ...problem }, { ...context, shouldStop, onUpdate: (u) => updates.push(u) });
  return updates;
}

async function answerOf(problem: Partial<Problem>): Promise<Extract<SolveUpdate, { status: 'optimal' | 'feasible' }>> {
  const last = (await updatesOf(problem)).at(-1);
  if (last?.status !== 'optimal' && last?.status !== 'feasible') throw new Error(`ended as ${last?.status}`);
  return last;
}

describe('an answer', () => {
  test('is the cheapest child, with its totals and its blocks', async () => {
    const answer = await answerOf({ limits: [{ column: 'memory_mib', max: 260 }] });
    expect(answer).toMatchObject({ status: 'optimal', objective: 1, bound: 1, gap: 0, final: true, exhausted: false });
    expect(answer.solutions[0].choices).toEqual([1, 2, 4]);
    expect(answer.solutions[0].costs).toEqual({ score: 1, memory_mib: 250, runtime_ms: 23, attention_layers: 2, total_tok_s: 1000 });
  });

  test('meets a limit exactly where the total equals it', async () => {
    expect((await answerOf({ limits: [{ column: 'memory_mib', max: 250 }] })).objective).toBe(1);
    expect((await answerOf({ limits: [{ column: 'total_tok_s', min: 1000 }] })).objective).toBe(1);
  });

  test('gives as many different children as there are, best first, and says when there are no more', async () => {
    const answer = await answerOf({ solutions: 5, min_different_layers: 2 });
    // Keeping all scores 0; the next differing twice from it removes layers 0 and 1; then 0 and 2; then 1 and 2.
    expect(answer.solutions.map((solution) => solution.objective)).toEqual([0, 3, 5, 6]);
    expect(answer).toMatchObject({ status: 'optimal', exhausted: true, final: true });
  });

  test('ends as cancelled once nobody wants it', async () => {
    expect(await updatesOf({ limits: [{ column: 'memory_mib', max: 249 }] }, () => true)).toContainEqual({ status: 'cancelled' });
  });
});

describe('an impossible problem', () => {
  test('names for each limit the nearest value within the others', async () => {
    const last = (
      await updatesOf({
        limits: [
          { column: 'memory_mib', max: 160 },
          { column: 'runtime_ms', min: 20 },
        ],
      })
    ).at(-1);
    // At least 20 ms keeps two layers or more: 250 MiB; at most 160 MiB keeps one: 14 ms.
    expect(last).toMatchObject({
      status: 'infeasible',
      reachable: [
        { column: 'memory_mib', side: 'max', limit: 160, reachable: 250, proven: true, others_hold: true },
        { column: 'runtime_ms', side: 'min', limit: 20, reachable: 14, proven: true, others_hold: true },
      ],
      conflict: [
        { kind: 'limit', column: 'memory_mib', side: 'max', limit: 160 },
        { kind: 'limit', column: 'runtime_ms', side: 'min', limit: 20 },
      ],
    });
  });

  test('leaves the others out where they already exclude each other', async () => {
    const last = (
      await updatesOf({
        limits: [
          { column: 'memory_mib', max: 10 },
          { column: 'runtime_ms', max: 1 },
          { column: 'total_tok_s', min: 1e6 },
        ],
      })
    ).at(-1);
    expect(last).toMatchObject({
      status: 'infeasible',
      reachable: [
        { column: 'memory_mib', reachable: 50, others_hold: false },
        { column: 'runtime_ms', reachable: 5, others_hold: false },
        { column: 'total_tok_s', side: 'min', reachable: 4600, others_hold: false },
      ],
    });
  });
});

describe('a sweep', () => {
  async function pointsOf(over: string, points: number): Promise<SweepPoint[]> {
    const found: SweepPoint[] = [];
    await sweepProblem(view, { library_id: view.id, objective: 'score', limits: [], over, points }, context, (event) => {
      if (event.kind === 'point') found.push(event.point);
    });
    return found;
  }

  test('goes from the best child to the smallest total, the optimum at each level', async () => {
    const points = await pointsOf('memory_mib', 4);
    expect(points.map((point) => point.level)).toEqual([350, 250, 150, 50]);
    expect(points.map((point) => 'objective' in point.result && point.result.objective)).toEqual([0, 1, 3, 7]);
    expect(points.map((point) => point.index)).toEqual([0, 1, 2, 3]);
  });

  test('of a throughput goes up to the fastest child', async () => {
    const points = await pointsOf('total_tok_s', 4);
    const rates = [32, 23, 14, 5].map((runtime) => (23 / runtime) * 1000);
    for (const [i, point] of points.entries()) expect(point.level).toBeCloseTo(rates[i], 9);
    expect(points.map((point) => 'objective' in point.result && point.result.objective)).toEqual([0, 1, 3, 7]);
  });
});
