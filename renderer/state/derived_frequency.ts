/** How often each block is chosen along the frontier: which decisions hold everywhere and which turn with the limit. */
import type { LibraryView } from '../../engine/protocol/library.ts';
import type { SweepPoint } from '../../engine/protocol/problem.ts';
import { choiceByLayer } from './derived_marks.ts';

export interface Frequency {
  /** The children counted, from the smallest to the largest value of the swept column, with the variant of every layer. */
  readonly children: readonly { readonly x: number; readonly variants: readonly number[] }[];
  /** Share of them that have the variant at the layer, by variant and layer. */
  readonly share: readonly (readonly number[])[];
  /** Share of all their layers, by variant. */
  readonly overall: readonly number[];
}

/** Counts the points of `frontier`, or all that have a child while the frontier is not known yet. */
export function frequencyOf(view: LibraryView, points: readonly SweepPoint[], frontier: readonly number[], over: string): Frequency {
  const layers = view.header.parent.num_hidden_layers;
  const counted = frontier.length === 0 ? points : points.filter((point) => frontier.includes(point.index));
  const children = counted
    .flatMap(({ level, result }) => {
      if (result.status !== 'optimal' && result.status !== 'feasible') return [];
      const [{ choices, costs }] = result.solutions;
      return [{ x: costs[over] ?? level, variants: choiceByLayer(view, choices).map((choice) => view.variant[choice]) }];
    })
    .sort((a, b) => a.x - b.x);
  const counts = view.variants.map(() => Array.from({ length: layers }, () => 0));
  for (const { variants } of children) variants.forEach((variant, layer) => counts[variant][layer]++);
  const of = Math.max(1, children.length);
  return {
    children,
    share: counts.map((row) => row.map((count) => count / of)),
    overall: counts.map((row) => row.reduce((sum, count) => sum + count, 0) / of / layers),
  };
}

/** From where to where around `x` the frontier keeps a variant in a layer; undefined where it has another there. */
export function stretchOf({ children }: Frequency, layer: number, variant: number, x: number): readonly [from: number, to: number] | undefined {
  if (children.length === 0) return undefined;
  const distance = (at: number): number => Math.abs(children[at].x - x);
  const nearest = children.reduce((best, _, at) => (distance(at) < distance(best) ? at : best), 0);
  const keeps = (at: number): boolean => children[at]?.variants[layer] === variant;
  if (!keeps(nearest)) return undefined;
  let [from, to] = [nearest, nearest];
  while (keeps(from - 1)) from--;
  while (keeps(to + 1)) to++;
  return [children[from].x, children[to].x];
}

/** How the block at one layer of a child fares along the frontier. */
export type Constancy = 'always' | 'sometimes' | 'never';

export function constancyOf(share: number): Constancy {
  return share >= 1 ? 'always' : share > 0 ? 'sometimes' : 'never';
}

/** The parent layers of a child by how often the frontier has the same variant there. */
export function layersByConstancy(view: LibraryView, choices: readonly number[], { share }: Frequency): Readonly<Record<Constancy, readonly number[]>> {
  const groups: Record<Constancy, number[]> = { always: [], sometimes: [], never: [] };
  choiceByLayer(view, choices).forEach((choice, layer) => groups[constancyOf(share[view.variant[choice]][layer])].push(layer));
  return groups;
}

/** `0–3, 7, 12–14`. */
export function rangesText(layers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const layer of [...layers].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && layer === last[1] + 1) last[1] = layer;
    else ranges.push([layer, layer]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : last === first + 1 ? `${first}, ${last}` : `${first}–${last}`)).join(', ');
}
