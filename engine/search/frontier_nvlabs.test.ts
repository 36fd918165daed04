/** The frontier of the NVlabs/puzzle demo library: a hundred levels, some of them solved again alone. */
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import createGlpk from 'glpk.js/node';
import { describe, expect, test } from 'vitest';
import { HOW_TO_GET_SHARED_DATA, sharedData } from '../../test/support/shared_data.ts';
import type { Limit, SolveUpdate, SweepPoint } from '../protocol/problem.ts';
import { nvlabsView } from './library_fixture.ts';
import { solveProblem } from './solve.ts';
import { sweepProblem } from './sweep.ts';

const file = sharedData('nvlabs-puzzle/block_library.json');

describe.skipIf(file === undefined)(`NVlabs frontier (${file === undefined ? HOW_TO_GET_SHARED_DATA : 'found'})`, async () => {
  const view = nvlabsView(file!);
  const glpk = await createGlpk();
  const context = { glpk, now: () => performance.now(), shouldStop: () => false };

  async function alone(limits: Limit[]): Promise<number> {
    const updates: SolveUpdate[] = [];
    await solveProblem(view, { library_id: view.id, objective: 'kl_div', limits }, { ...context, onUpdate: (update) => updates.push(update) });
    const last = updates.at(-1);
    if (last?.status !== 'optimal') throw new Error(`ended as ${last?.status}`);
    return last.objective;
  }

  const cases: readonly { readonly over: string; readonly side: 'max' | 'min'; readonly limits: Limit[] }[] = [
    { over: 'total_tok_s', side: 'min', limits: [] },
    { over: 'memory_mib', side: 'max', limits: [{ column: 'total_tok_s', min: 6000 }] },
  ];
  test.each(cases)('over $over with $limits', { timeout: 60_000 }, async ({ over, side, limits }) => {
    const startedAt = performance.now();
    const points: SweepPoint[] = [];
    let frontier: readonly number[] = [];
    await sweepProblem(view, { library_id: view.id, objective: 'kl_div', limits, over, points: 100 }, context, (event) => {
      if (event.kind === 'point') points.push(event.point);
      if (event.kind === 'finished') frontier = event.frontier;
    });
    process.stdout.write(`100 points over ${over}: ${Math.round(performance.now() - startedAt)} ms\n`);
    points.sort((a, b) => a.index - b.index);
    expect(points).toHaveLength(100);
    const objectives = points.map(({ result }) => (result.status === 'optimal' ? result.objective : Number.NaN));
    for (const [i, { relaxation }] of points.entries()) {
      expect(objectives[i]).toBeGreaterThanOrEqual(Math.max(relaxation ?? Infinity, objectives[i - 1] ?? 0) - 1e-9);
    }
    // A tighter limit costs quality at every step, as far as the levels are apart here.
    expect(frontier).toEqual(points.map(({ index }) => index));
    for (const index of [0, 7, 23, 50, 77, 99]) {
      expect(objectives[index]).toBeCloseTo(await alone([...limits, { column: over, [side]: points[index].level }]), 9);
    }
  });
});
