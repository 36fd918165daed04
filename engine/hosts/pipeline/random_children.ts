/**
 * Random children for checking additivity: does the sum of replace-1 scores rank composed children as their real quality
 * does? Some of every size; others all of nearly the same runtime, where ranking is hard and where the search works.
 */
import type { LibraryView } from '../../protocol/library.ts';

/** Half the width of the band of runtimes, as a share of its middle. */
export const NARROW_WITHIN = 0.015;
/** The middle of the band as a share of the parent's runtime. */
const NARROW_AT = 0.75;
const TRIES = 20_000;

export interface RandomChild {
  /** Library choices in order of depth. */
  readonly choices: readonly number[];
  readonly narrow: boolean;
}

/**
 * `count` different children, the last `narrow` of them within 3 % of one value of the column `runtime`. Each layer keeps the
 * parent's own block with a probability that is drawn once per child, so that sizes spread from nearly intact to small.
 * @param next uniform over [0, 1)
 */
export function randomChildren(
  view: LibraryView,
  { count, narrow, runtime }: { readonly count: number; readonly narrow: number; readonly runtime: string },
  next: () => number,
): readonly RandomChild[] {
  const column = view.header.columns.findIndex(({ id }) => id === runtime);
  const values = view.values[column];
  const layers = choicesByLayer(view);
  const own = layers.map((choices, layer) => choices.find((choice) => view.variants[view.variant[choice]].id === view.header.parent.variants[layer]) ?? choices[0]);
  const sum = (choices: readonly number[]): number => choices.reduce((total, choice) => total + values[choice], 0);
  const draw = (keep: number): number[] => layers.map((choices, layer) => (next() < keep ? own[layer] : choices[Math.floor(next() * choices.length)]));
  const seen = new Set<string>();
  const found: RandomChild[] = [];
  const add = (choices: readonly number[], isNarrow: boolean): void => {
    const key = choices.join(',');
    if (seen.has(key)) return;
    seen.add(key);
    found.push({ choices, narrow: isNarrow });
  };
  for (let i = 0; i < TRIES && found.length < count - narrow; i++) add(draw(0.2 + 0.75 * next()), false);
  const target = NARROW_AT * sum(own);
  for (let i = 0; i < TRIES && found.length < count; i++) {
    const choices = draw(0.2 + 0.6 * next());
    // Exchanges in random layers that bring the total nearer, as long as there are some.
    for (let step = 0; step < 200 && Math.abs(sum(choices) - target) > NARROW_WITHIN * target; step++) {
      const layer = Math.floor(next() * layers.length);
      const other = layers[layer][Math.floor(next() * layers[layer].length)];
      const changed = sum(choices) - values[choices[layer]] + values[other];
      if (Math.abs(changed - target) < Math.abs(sum(choices) - target)) choices[layer] = other;
    }
    if (Math.abs(sum(choices) - target) <= NARROW_WITHIN * target) add(choices, true);
  }
  return found;
}

/** Choices that replace one layer alone, by layer. */
function choicesByLayer(view: LibraryView): readonly (readonly number[])[] {
  const layers: number[][] = Array.from({ length: view.header.parent.num_hidden_layers }, () => []);
  for (const [choice, first] of view.first_layer.entries()) if (view.last_layer[choice] === first) layers[first].push(choice);
  return layers;
}
