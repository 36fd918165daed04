/** Batches that workloads leave open, on the sample library: the best of all fixed batches, whichever they are. */
import { performance } from 'node:perf_hooks';
import createGlpk from 'glpk.js/node';
import { describe, expect, test } from 'vitest';
import { sampleLibrary } from '../library/sample.ts';
import { toView } from '../library/view.ts';
import type { Problem, SolveUpdate, Workload } from '../protocol/problem.ts';
import { solveProblem } from './solve.ts';

const glpk = await createGlpk();
const view = toView('sample', sampleLibrary());

async function lastUpdate(stated: Partial<Problem>): Promise<SolveUpdate> {
  let last: SolveUpdate = { status: 'searching' };
  await solveProblem(
    view,
    { library_id: view.id, objective: 'kl_div', limits: [], ...stated },
    { glpk, now: () => performance.now(), shouldStop: () => false, giveUpAfterMs: 20_000, explainInfeasible: false, onUpdate: (update) => (last = update) },
  );
  return last;
}

const objectiveOf = (update: SolveUpdate): number => {
  if (update.status === 'infeasible') return Infinity;
  if (update.status !== 'optimal') throw new Error(`ended as ${update.status}`);
  return update.objective;
};

const chat = (batch: Workload['batch']): Workload => ({
  id: 'chat',
  name: 'Text generation',
  isl: 128,
  osl: 1024,
  ...(batch === undefined ? {} : { batch }),
  limits: [
    { column: 'memory_mib', max: 60_000 },
    { column: 'output_tok_s', min: 5_000 },
  ],
});
const rag = (batch: Workload['batch']): Workload => ({
  id: 'rag',
  name: 'Questions about documents',
  isl: 2048,
  osl: 128,
  ...(batch === undefined ? {} : { batch }),
  limits: [
    { column: 'memory_mib', max: 60_000 },
    { column: 'ttft_ms', max: 20_000 },
  ],
});

describe('workloads', () => {
  test('an open batch gives the best of all measured ones, and says which', async () => {
    const fixed = [];
    for (const batch of [16, 64, 128, 256]) fixed.push({ batch, objective: objectiveOf(await lastUpdate({ workloads: [chat(batch)] })) });
    const best = Math.min(...fixed.map(({ objective }) => objective));
    const open = await lastUpdate({ workloads: [chat('largest')] });
    expect(objectiveOf(open)).toBeCloseTo(best, 9);
    if (open.status !== 'optimal') return;
    const result = open.solutions[0].workloads?.[0];
    expect(fixed.find(({ batch }) => batch === result?.batch)?.objective).toBeCloseTo(best, 9);
    expect(result?.costs['memory_mib']).toBeLessThanOrEqual(60_000 * (1 + 1e-9));
    expect(result?.costs['output_tok_s']).toBeGreaterThanOrEqual(5_000 * (1 - 1e-9));
    expect(result?.largest_batch).toBeGreaterThanOrEqual(result?.batch ?? Infinity);
  });

  test('one child satisfies all workloads at once, over every combination of batches', async () => {
    let best = Infinity;
    for (const first of [16, 64, 128, 256]) {
      for (const second of [16, 64]) best = Math.min(best, objectiveOf(await lastUpdate({ workloads: [chat(first), rag(second)] })));
    }
    const open = await lastUpdate({ workloads: [chat('largest'), rag('largest')] });
    expect(objectiveOf(open)).toBeCloseTo(best, 9);
    if (open.status !== 'optimal') return;
    expect(open.limits.map(({ workload, column }) => `${workload} ${column}`)).toEqual([
      'chat memory_mib',
      'chat output_tok_s',
      'rag memory_mib',
      'rag ttft_ms',
    ]);
    for (const { slack } of open.limits) expect(slack).toBeGreaterThanOrEqual(-1e-3);
  });

  test('an impossible workload is infeasible, and a length that nobody measured is refused', async () => {
    expect((await lastUpdate({ workloads: [{ ...chat('largest'), limits: [{ column: 'memory_mib', max: 1 }] }] })).status).toBe('infeasible');
    await expect(lastUpdate({ workloads: [{ ...chat('largest'), isl: 777 }] })).rejects.toThrow('777');
  });
});
