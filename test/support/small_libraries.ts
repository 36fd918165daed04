/** Small random libraries for tests of frontiers, and every child they have. */
import * as fc from 'fast-check';
import type { LibraryView } from '../../engine/protocol/library.ts';
import type { Limit, WireSolution } from '../../engine/protocol/problem.ts';
import { fixtureColumn, fixtureView, type FixtureChoice } from '../../engine/search/library_fixture.ts';
import { evaluateChoices } from '../../engine/search/totals.ts';

const VARIANTS = ['kv8/1024', 'kv4/1024', 'no_op/1024', 'kv8/no_op', 'no_op/no_op'];
const whole = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });

export interface SmallLibrary {
  readonly view: LibraryView;
  readonly children: readonly WireSolution[];
}

const choice = fc.tuple(whole(30), whole(30), whole(30), whole(30));
const recipe = {
  layers: fc.array(fc.array(choice, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
  better: fc.constantFrom('lower' as const, 'higher' as const),
  outside: whole(20),
};

/**
 * One to four layers of one to four variants with whole numbers, so that totals are exact: a score to keep low or high,
 * memory, runtime with a throughput, and parameters.
 */
export const smallLibrary: fc.Arbitrary<SmallLibrary> = fc.record(recipe).map((drawn) => libraryOf({ ...drawn, spans: [] }));

/** The same with blocks that replace two or three layers. */
export const spanLibrary: fc.Arbitrary<SmallLibrary> = fc
  .record({ ...recipe, spans: fc.array(fc.tuple(whole(2), fc.integer({ min: 1, max: 2 }), choice), { minLength: 1, maxLength: 4 }) })
  .map(libraryOf);

interface Recipe {
  readonly layers: readonly (readonly Values[])[];
  readonly better: 'lower' | 'higher';
  readonly outside: number;
  /** First layer and how many more. */
  readonly spans: readonly (readonly [number, number, Values])[];
}

type Values = readonly [number, number, number, number];

function libraryOf({ layers, better, outside, spans }: Recipe): SmallLibrary {
  const block = (layer: number, lastLayer: number, i: number, [score, memory_mib, runtime_ms, num_params]: Values): FixtureChoice => ({
    layer,
    lastLayer,
    variant: VARIANTS[i],
    values: { score, memory_mib, runtime_ms, num_params },
  });
  const view = fixtureView(
    layers.length,
    [fixtureColumn('score', { role: 'score', better }), fixtureColumn('memory_mib'), fixtureColumn('runtime_ms'), fixtureColumn('num_params')],
    [
      ...layers.flatMap((choices, layer) => choices.map((values, i) => block(layer, layer, i, values))),
      ...spans.filter(([first, more]) => first + more < layers.length).map(([first, more, values], i) => block(first, first + more, i, values)),
    ],
    { non_block: [{ values: { memory_mib: outside, runtime_ms: 1 } }], measurement: { batch: 2, sequence: 500 } },
  );
  return { view, children: childrenOf(view) };
}

function childrenOf(view: LibraryView): readonly WireSolution[] {
  const layers = view.header.parent.num_hidden_layers;
  const complete: WireSolution[] = [];
  const fill = (next: number, choices: readonly number[]): void => {
    if (next === layers) complete.push(evaluateChoices(view, 'score', choices));
    for (const [c, first] of view.first_layer.entries()) if (first === next) fill(view.last_layer[c] + 1, [...choices, c]);
  };
  fill(0, []);
  return complete;
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
