/** Frontiers against trying every child. */
import { performance } from 'node:perf_hooks';
import * as fc from 'fast-check';
import createGlpk from 'glpk.js/node';
import { describe, expect, test } from 'vitest';
import { bestObjective, meets, smallLibrary, spanLibrary } from '../../test/support/small_libraries.ts';
import type { StreamEvent } from '../protocol/api.ts';
import type { LibraryView } from '../protocol/library.ts';
import { BASELINES, type Limit, type Sweep, type SweepPoint } from '../protocol/problem.ts';
import { fixtureColumn, fixtureView } from './library_fixture.ts';
import { sweepProblem } from './sweep.ts';

const glpk = await createGlpk();

async function eventsOf(view: LibraryView, sweep: Partial<Sweep>): Promise<StreamEvent<'sweep'>[]> {
  const events: StreamEvent<'sweep'>[] = [];
  const stated = { library_id: view.id, objective: 'score', limits: [], over: 'memory_mib', points: 5, ...sweep };
  await sweepProblem(view, stated, { glpk, now: () => performance.now(), shouldStop: () => false }, (event) => events.push(event));
  return events;
}

function pointsOf(events: readonly StreamEvent<'sweep'>[]): SweepPoint[] {
  return events.flatMap((event) => (event.kind === 'point' ? [event.point] : [])).sort((a, b) => a.index - b.index);
}

function optimumOf({ result }: SweepPoint): number {
  if (result.status !== 'optimal') throw new Error(`ended as ${result.status}`);
  return result.objective;
}

const swept = fc.constantFrom(
  { over: 'memory_mib', side: 'max' as const },
  { over: 'total_tok_s', side: 'min' as const },
  { over: 'attention_layers', side: 'max' as const },
);
const others = fc.constantFrom<readonly Limit[]>([], [{ column: 'num_params', max: 40 }], [{ column: 'runtime_ms', max: 50, min: 10 }]);

describe('a sweep', () => {
  test('gives the optimum at every level between the extremes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(smallLibrary, spanLibrary), swept, others, fc.integer({ min: 2, max: 30 }), async (library, { over, side }, limits, count) => {
        const points = pointsOf(await eventsOf(library.view, { over, points: count, limits: [...limits, { column: over, [side]: 7 }] }));
        const within = library.children.filter((child) => meets(child, limits));
        if (within.length === 0) {
          expect(points).toEqual([]);
          return;
        }
        expect(points.map(({ index }) => index)).toEqual(Array.from({ length: count }, (_, i) => i));
        const totals = within.map(({ costs }) => costs[over]);
        expect(points.at(-1)?.level).toBeCloseTo(side === 'max' ? Math.min(...totals) : Math.max(...totals), 6);
        for (const point of points) {
          const best = bestObjective(library, [...limits, { column: over, [side]: point.level }]);
          expect(optimumOf(point)).toBeCloseTo(best!, 9);
          const [solution] = 'solutions' in point.result ? point.result.solutions : [];
          expect(meets(solution, [...limits, { column: over, [side]: point.level }])).toBe(true);
          expect(solution.objective).toBe(optimumOf(point));
        }
        expect(optimumOf(points[0])).toBeCloseTo(bestObjective(library, limits)!, 9);
      }),
      { numRuns: 100 },
    );
  });

  test('bounds every level by its relaxation', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(smallLibrary, spanLibrary), swept, async (library, { over }) => {
        const sign = library.view.header.columns[0].better === 'lower' ? 1 : -1;
        let before = -Infinity;
        for (const point of pointsOf(await eventsOf(library.view, { over, points: 9 }))) {
          const bound = sign * (point.relaxation ?? Number.NaN);
          expect(bound).toBeLessThanOrEqual(sign * optimumOf(point) + 1e-9);
          // A tighter limit leaves fewer mixtures.
          expect(bound).toBeGreaterThanOrEqual(before - 1e-9);
          before = bound;
        }
      }),
      { numRuns: 60 },
    );
  });

  test('ends with the points that no other one equals or beats', async () => {
    await fc.assert(
      fc.asyncProperty(smallLibrary, swept, fc.integer({ min: 2, max: 20 }), async (library, { over, side }, count) => {
        const events = await eventsOf(library.view, { over, points: count });
        const sign = library.view.header.columns[0].better === 'lower' ? 1 : -1;
        const ends = pointsOf(events).map((point) => {
          const [solution] = 'solutions' in point.result ? point.result.solutions : [];
          return [sign * optimumOf(point), side === 'max' ? solution.costs[over] : -solution.costs[over]];
        });
        // The numbers are whole but for throughputs, of which equal ones come from equal runtimes.
        const expected = ends.flatMap(([cost, total], i) =>
          ends.some(([c, t], j) => c <= cost && t <= total && (c < cost || t < total || j < i)) ? [] : [i],
        );
        expect(events.at(-1)).toEqual({ kind: 'finished', frontier: expected });
      }),
      { numRuns: 100 },
    );
  });

  test('ends without points where the other limits leave no child', async () => {
    const view = fixtureView(1, [fixtureColumn('score'), fixtureColumn('memory_mib')], [{ layer: 0, values: { score: 1, memory_mib: 5 } }]);
    expect(await eventsOf(view, { limits: [{ column: 'score', max: 0 }] })).toEqual([{ kind: 'finished', frontier: [] }]);
  });

  test('stops without an end once nobody wants it', async () => {
    const view = fixtureView(
      2,
      [fixtureColumn('score'), fixtureColumn('memory_mib')],
      [0, 1].flatMap((layer) => [0, 1, 2].map((step) => ({ layer, values: { score: step, memory_mib: 4 - step } }))),
    );
    // Within the points, then within a batch of random children.
    for (const wanted of [10, 45]) {
      const events: StreamEvent<'sweep'>[] = [];
      const sweep: Sweep = { library_id: view.id, objective: 'score', limits: [], over: 'memory_mib', points: 40, baselines: ['random'] };
      await sweepProblem(view, sweep, { glpk, now: () => performance.now(), shouldStop: () => events.length >= wanted }, (event) => events.push(event));
      expect(events.length).toBeGreaterThanOrEqual(wanted);
      expect(events.length).toBeLessThanOrEqual(60);
      expect(events.some(({ kind }) => kind === 'finished')).toBe(false);
    }
  });

  test('keeps to locks and bans', async () => {
    await fc.assert(
      fc.asyncProperty(smallLibrary, fc.nat(), async (library, pick) => {
        const { view, children } = library;
        const kept = children[pick % children.length].choices[0];
        const { id } = view.variants[view.variant[kept]];
        const held = { ...library, children: children.filter((child) => child.choices[0] === kept) };
        for (const point of pointsOf(await eventsOf(view, { locks: [{ layer: 0, variant: id }] }))) {
          expect(optimumOf(point)).toBeCloseTo(bestObjective(held, [{ column: 'memory_mib', max: point.level }])!, 9);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('keeps to workloads', async () => {
    await fc.assert(
      fc.asyncProperty(smallLibrary, fc.integer({ min: 10, max: 40 }), async (library, rate) => {
        const workloads = [{ id: 'w', name: 'Chat', limits: [{ column: 'total_tok_s' as const, min: 1000 * rate }] }];
        const events = await eventsOf(library.view, { workloads, baselines: [...BASELINES] });
        // The workload is the library's own traffic, so its limit is the library's own throughput.
        const limits = [{ column: 'total_tok_s', min: 1000 * rate }];
        for (const point of pointsOf(events)) {
          expect(optimumOf(point)).toBeCloseTo(bestObjective(library, [...limits, { column: 'memory_mib', max: point.level }])!, 9);
          expect('solutions' in point.result && point.result.solutions[0].workloads).toMatchObject([{ id: 'w', batch: 2 }]);
        }
        expect(pointsOf(events).length > 0).toBe(library.children.some((child) => meets(child, limits)));
        for (const event of events) {
          if (event.kind !== 'baseline') continue;
          expect(meets(event.baseline.solution, limits)).toBe(true);
          expect(event.baseline.solution.workloads).toMatchObject([{ id: 'w', batch: 2 }]);
        }
      }),
      { numRuns: 40 },
    );
  });
});
