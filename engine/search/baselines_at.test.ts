/** Children of the simpler methods at one set of limits: within the limits, and what their rule says. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Problem } from '../protocol/problem.ts';
import { smallLibrary, type SmallLibrary } from '../../test/support/small_libraries.ts';
import { greedyAt, homogeneousAt, randomAt } from './baselines_at.ts';
import { fixtureColumn, fixtureView } from './library_fixture.ts';
import { evaluateChoices } from './totals.ts';

const limited = fc.record({ library: smallLibrary, memory: fc.integer({ min: 0, max: 140 }), params: fc.integer({ min: 0, max: 140 }), seed: fc.integer() });

function problemOf({ view }: SmallLibrary, memory: number, params: number): Problem {
  return { library_id: view.id, objective: 'score', limits: [{ column: 'memory_mib', max: memory }, { column: 'num_params', max: params }] };
}

function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

describe('children of simpler methods', () => {
  it('cover every layer, meet the limits and never beat the best child', () => {
    fc.assert(
      fc.property(limited, ({ library, memory, params, seed }) => {
        const problem = problemOf(library, memory, params);
        const fitting = library.children.filter(({ costs }) => costs['memory_mib'] <= memory && costs['num_params'] <= params);
        const lower = library.view.header.columns[0].better === 'lower';
        const children = [greedyAt(library.view, problem), homogeneousAt(library.view, problem), ...randomAt(library.view, problem, 3, numbers(seed))];
        for (const choices of children.filter((child) => child !== undefined)) {
          // Throws where a layer is not covered exactly once.
          const { objective, costs } = evaluateChoices(library.view, 'score', choices);
          expect(costs['memory_mib']).toBeLessThanOrEqual(memory);
          expect(costs['num_params']).toBeLessThanOrEqual(params);
          const best = fitting.map((child) => (lower ? child.objective : -child.objective)).sort((a, b) => a - b)[0];
          expect(lower ? objective : -objective).toBeGreaterThanOrEqual(best);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('are all given where nothing limits them: greedy and homogeneous ones take what scores best', () => {
    fc.assert(
      fc.property(smallLibrary, fc.integer(), (library, seed) => {
        const problem = { library_id: library.view.id, objective: 'score', limits: [] };
        const greedy = greedyAt(library.view, problem);
        const lower = library.view.header.columns[0].better === 'lower';
        const best = Math.min(...library.children.map(({ objective }) => (lower ? objective : -objective)));
        const { objective } = evaluateChoices(library.view, 'score', greedy ?? []);
        expect(lower ? objective : -objective).toBe(best);
        expect(randomAt(library.view, problem, 4, numbers(seed))).toHaveLength(4);
      }),
      { numRuns: 50 },
    );
  });

  it('of random choices use most of the limit up', () => {
    const column = [10, 7, 4, 1];
    fc.assert(
      fc.property(fc.integer({ min: 24, max: 76 }), fc.integer(), (max, seed) => {
        const view = wide(8, column);
        const children = randomAt(view, { library_id: view.id, objective: 'score', limits: [{ column: 'memory_mib', max }] }, 20, numbers(seed));
        expect(children).toHaveLength(20);
        const used = children.map((choices) => evaluateChoices(view, 'score', choices).costs['memory_mib']);
        expect(used.reduce((sum, value) => sum + value, 0) / used.length).toBeGreaterThan(0.6 * max);
      }),
      { numRuns: 30 },
    );
  });
});

function wide(layers: number, memory: readonly number[]) {
  return fixtureView(
    layers,
    [fixtureColumn('score', { role: 'score', better: 'lower' }), fixtureColumn('memory_mib')],
    Array.from({ length: layers }, (_, layer) => memory.map((memory_mib, i) => ({ layer, lastLayer: layer, variant: `kv8/${i + 1}`, values: { score: i, memory_mib } }))).flat(),
  );
}
