/** Small random libraries for tests of frontiers, and every child they have. */
import * as fc from 'fast-check';
import type { LibraryView } from '../protocol/library.ts';
import type { Limit, WireSolution } from '../protocol/problem.ts';
import { fixtureColumn, fixtureView } from './library_fixture.ts';
import { evaluateChoices } from './totals.ts';

const VARIANTS = ['kv8/1024', 'kv4/1024', 'no_op/1024', 'kv8/no_op', 'no_op/no_op'];
const whole = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });

export interface SmallLibrary {
  readonly view: LibraryView;
  readonly children: readonly WireSolution[];
}

/**
 * One to four layers of one to four variants with whole numbers, so that totals are exact: a score to keep low or high,
 * memory, runtime with a throughput, and parameters.
 */
export const smallLibrary: fc.Arbitrary<SmallLibrary> = fc
  .record({
    layers: fc.array(fc.array(fc.tuple(whole(30), whole(30), whole(30), whole(30)), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
    better: fc.constantFrom('lower' as const, 'higher' as const),
    outside: whole(20),
  })
  .map(({ layers, better, outside }) => {
    const view = fixtureView(
      layers.length,
      [fixtureColumn('score', { role: 'score', better }), fixtureColumn('memory_mib'), fixtureColumn('runtime_ms'), fixtureColumn('num_params')],
      layers.flatMap((choices, layer) =>
        choices.map(([score, memory_mib, runtime_ms, num_params], i) => ({ layer, variant: VARIANTS[i], values: { score, memory_mib, runtime_ms, num_params } })),
      ),
      { non_block: [{ values: { memory_mib: outside, runtime_ms: 1 } }], measurement: { batch: 2, sequence: 500 } },
    );
    return { view, children: childrenOf(view) };
  });

/** Every child of single-layer choices. */
export function childrenOf(view: LibraryView): readonly WireSolution[] {
  let partial: number[][] = [[]];
  for (let layer = 0; layer < view.header.parent.num_hidden_layers; layer++) {
    const choices = [...view.first_layer.keys()].filter((choice) => view.first_layer[choice] === layer);
    partial = partial.flatMap((before) => choices.map((choice) => [...before, choice]));
  }
  return partial.map((choices) => evaluateChoices(view, 'score', choices));
}

/** Within the rounding that limits are held to. */
export function meets({ costs }: WireSolution, limits: readonly Limit[]): boolean {
  return limits.every(({ column, max = Infinity, min = -Infinity }) => {
    const room = 1e-9 * Math.max(1, Math.abs(costs[column]));
    return costs[column] <= max + room && costs[column] >= min - room;
  });
}

/** The best objective among the children within `limits`. */
export function bestObjective({ view, children }: SmallLibrary, limits: readonly Limit[]): number | undefined {
  const objectives = children.filter((child) => meets(child, limits)).map(({ objective }) => objective);
  if (objectives.length === 0) return undefined;
  return view.header.columns[0].better === 'lower' ? Math.min(...objectives) : Math.max(...objectives);
}
