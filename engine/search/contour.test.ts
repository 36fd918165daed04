/** Quality over two limits against trying every child. */
import { performance } from 'node:perf_hooks';
import * as fc from 'fast-check';
import createGlpk from 'glpk.js/node';
import { describe, expect, test } from 'vitest';
import { bestObjective, meets, smallLibrary, spanLibrary } from '../../test/support/small_libraries.ts';
import type { StreamEvent } from '../protocol/api.ts';
import type { LibraryView } from '../protocol/library.ts';
import type { Contour, Limit } from '../protocol/problem.ts';
import { contourOf } from './contour.ts';

const glpk = await createGlpk();

async function eventsOf(view: LibraryView, contour: Pick<Contour, 'over' | 'points'> & Partial<Contour>): Promise<StreamEvent<'contour'>[]> {
  const events: StreamEvent<'contour'>[] = [];
  const context = { glpk, now: () => performance.now(), shouldStop: () => false };
  await contourOf(view, { library_id: view.id, objective: 'score', limits: [], ...contour }, context, (event) => events.push(event));
  return events;
}

describe('a contour', () => {
  test('gives the optimum at every pair of levels, or none where nothing fits', async () => {
    const axes = fc.constantFrom(
      { over: ['memory_mib', 'runtime_ms'] as [string, string], sides: ['max', 'max'] },
      { over: ['total_tok_s', 'memory_mib'] as [string, string], sides: ['min', 'max'] },
      { over: ['attention_layers', 'num_params'] as [string, string], sides: ['max', 'max'] },
    );
    const points = fc.tuple(fc.integer({ min: 2, max: 14 }), fc.integer({ min: 2, max: 14 }));
    const others = fc.constantFrom<readonly Limit[]>([], [{ column: 'num_params', min: 20 }]);
    let none = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(smallLibrary, spanLibrary), axes, points, others, async (library, { over, sides }, size, stated) => {
        const limits = stated.filter(({ column }) => !over.includes(column));
        const events = await eventsOf(library.view, { over, points: size, limits });
        expect(events.at(-1)).toEqual({ kind: 'finished' });
        const within = library.children.filter((child) => meets(child, limits));
        if (within.length === 0) {
          expect(events).toHaveLength(1);
          return;
        }
        const [first] = events;
        if (first.kind !== 'levels') throw new Error(`began with ${first.kind}`);
        expect(first.levels.map((levels) => levels.length)).toEqual(size);
        const cells = events.flatMap((event) => (event.kind === 'cell' ? [event.cell] : []));
        expect(new Set(cells.map(({ at }) => at.join()))).toHaveLength(size[0] * size[1]);
        expect(cells).toHaveLength(size[0] * size[1]);
        for (const { at, solution, gap } of cells) {
          const pair = over.map((column, k) => ({ column, [sides[k]]: first.levels[k][at[k]] }));
          const best = bestObjective(library, [...limits, ...pair]);
          expect(gap).toBe(0);
          expect(solution === undefined).toBe(best === undefined);
          if (solution === undefined || best === undefined) {
            none++;
            continue;
          }
          expect(solution.objective).toBeCloseTo(best, 9);
          expect(meets(solution, [...limits, ...pair])).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
    // The property was put to the test on both sides.
    expect(none).toBeGreaterThan(0);
  });

  test('of one limit twice is refused', async () => {
    const [library] = fc.sample(smallLibrary, 1);
    await expect(eventsOf(library.view, { over: ['memory_mib', 'memory_mib'], points: [2, 2] })).rejects.toThrow('Two different limits');
  });
});
