/**
 * Optima of the NVlabs/puzzle notebook, re-proved at zero gap with HiGHS, CBC and glpsol, and the parent's throughput
 * printed there.
 */
import { performance } from 'node:perf_hooks';
import createGlpk from 'glpk.js/node';
import { describe, expect, test } from 'vitest';
import { HOW_TO_GET_SHARED_DATA, sharedData } from '../../test/support/shared_data.ts';
import type { Problem, SolveUpdate } from '../protocol/problem.ts';
import { nvlabsView } from './library_fixture.ts';
import { solveProblem } from './solve.ts';
import { costsOf } from './totals.ts';

const file = sharedData('nvlabs-puzzle/block_library.json');

describe.skipIf(file === undefined)(`NVlabs library (${file === undefined ? HOW_TO_GET_SHARED_DATA : 'found'})`, async () => {
  const view = nvlabsView(file!);
  const glpk = await createGlpk();

  async function lastOf(problem: Omit<Problem, 'library_id' | 'objective'>): Promise<Extract<SolveUpdate, { status: 'optimal' | 'feasible' }>> {
    const updates: SolveUpdate[] = [];
    await solveProblem(
      view,
      { library_id: view.id, objective: 'kl_div', ...problem },
      { glpk, now: () => performance.now(), shouldStop: () => false, onUpdate: (update) => updates.push(update) },
    );
    const last = updates.at(-1);
    if (last?.status !== 'optimal') throw new Error(`ended as ${last?.status}`);
    for (const update of updates) {
      // Whatever was said on the way must have been true: the optimum lies between bound and objective.
      if (update.status !== 'feasible' && update.status !== 'optimal') continue;
      expect(update.bound).toBeLessThanOrEqual(last.objective + 1e-9);
      expect(update.objective).toBeGreaterThanOrEqual(last.objective - 1e-9);
    }
    return last;
  }

  test('80,000 MiB and 6,000 tok/s', async () => {
    const { objective, gap, final, solutions } = await lastOf({
      limits: [
        { column: 'memory_mib', max: 80_000 },
        { column: 'runtime_ms', max: 51_200 },
      ],
    });
    expect(objective).toBeCloseTo(6.861455, 6);
    expect(gap).toBe(0);
    expect(final).toBe(true);
    const { costs, choices } = solutions[0];
    expect(costs['memory_mib']).toBeCloseTo(79_994.6, 1);
    expect(costs['runtime_ms']).toBeCloseTo(46_980.2, 1);
    expect(costs['total_tok_s']).toBeCloseTo(6_539, 0);
    expect(costs['num_params']).toBe(51_968_483_328);
    expect(choices.filter((choice) => view.variants[view.variant[choice]].attention.kind === 'no_op')).toHaveLength(31);
  });

  test('a throughput limit is the runtime limit it stands for', async () => {
    const { objective } = await lastOf({
      limits: [
        { column: 'memory_mib', max: 80_000 },
        { column: 'total_tok_s', min: 6_000 },
      ],
    });
    expect(objective).toBeCloseTo(6.861455, 6);
  });

  test('40,000 MiB', async () => {
    const { objective, solutions } = await lastOf({ limits: [{ column: 'memory_mib', max: 40_000 }] });
    expect(objective).toBeCloseTo(18.935023, 6);
    expect(solutions[0].costs['total_tok_s']).toBeCloseTo(12_207, 0);
  });

  test('three children that differ in at least 20 layers, at 85 % of memory and runtime', async () => {
    const { solutions } = await lastOf({
      limits: [
        { column: 'memory_mib', max: 97_723.4375 },
        { column: 'runtime_ms', max: 55_554.12 },
      ],
      solutions: 3,
      min_different_layers: 20,
    });
    expect(solutions.map((solution) => solution.objective.toFixed(6))).toEqual(['3.282073', '3.341735', '3.382206']);
    for (const [i, a] of solutions.entries()) {
      for (const b of solutions.slice(0, i)) {
        expect(a.choices.filter((choice, layer) => choice !== b.choices[layer]).length).toBeGreaterThanOrEqual(20);
      }
    }
  });

  test('the parent runs at 4,700.28 tok/s', () => {
    const parent = Array.from({ length: 80 }, (_, layer) =>
      view.first_layer.findIndex((first, c) => first === layer && view.variants[view.variant[c]].id === 'kv8/28672'),
    );
    expect(costsOf(view, parent)['total_tok_s']).toBeCloseTo(4_700.28, 2);
  });
});
