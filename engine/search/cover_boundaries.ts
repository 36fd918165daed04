/**
 * Boundaries between layers, which a block over several layers crosses or not: what a cover's search branches on. Once
 * all are decided, the cover is a plain problem with one group per block.
 */
import { at } from './core.ts';
import { coverCoreOf, uncrossed, type CoverCore } from './cover_core.ts';
import type { NumericProblem } from './numeric_problem.ts';

/** Whether a choice can be used where the boundary after `boundary - 1` is crossed, or is not. */
export function agrees(core: CoverCore, c: number, boundary: number, crossed: boolean): boolean {
  const start = at(core.first, c);
  const end = at(core.last, c) + 1;
  return crossed ? start !== boundary && end !== boundary : end <= boundary || start >= boundary;
}

/** By boundary, the share of blocks in the mixture that cross it. */
function crossings(core: CoverCore, shares: Float64Array): Float64Array {
  const crossed = new Float64Array(core.layers + 1);
  for (let c = 0; c < core.first.length; c++) {
    for (let boundary = at(core.first, c) + 1; boundary <= at(core.last, c); boundary++) crossed[boundary] = at(crossed, boundary) + at(shares, c);
  }
  return crossed;
}

/**
 * Of the boundaries that some kept choices cross and others keep to, the one that the mixture is least decided about;
 * else the one nearest the middle of what is crossed around it. Undefined where all are decided.
 */
export function boundaryToDecide(core: CoverCore, shares: Float64Array, keep: (choice: number) => boolean): number | undefined {
  const met = new Uint8Array(core.layers + 1);
  for (let c = 0; c < core.first.length; c++) {
    if (!keep(c)) continue;
    met[at(core.first, c)] = 1;
    met[at(core.last, c) + 1] = 1;
  }
  const crossed = crossings(core, shares);
  const cuts = uncrossed(core, keep);
  let best: number | undefined;
  let bestScore = -1;
  for (let segment = 0; segment + 1 < cuts.length; segment++) {
    const from = cuts[segment] ?? 0;
    const to = cuts[segment + 1] ?? 0;
    for (let boundary = from + 1; boundary < to; boundary++) {
      if (met[boundary] === 0) continue;
      // Fractions count from 1 on; places within the segment, at most half of all layers, stay below.
      const fraction = Math.min(at(crossed, boundary), 1 - at(crossed, boundary));
      const score = fraction > 1e-6 ? 1 + fraction : Math.min(boundary - from, to - boundary) / core.layers;
      if (score > bestScore) {
        bestScore = score;
        best = boundary;
      }
    }
  }
  return best;
}

/** The core in which each boundary is crossed if the mixture mostly crosses it; undefined where no path does that. */
export function followed(problem: NumericProblem, core: CoverCore, shares: Float64Array): CoverCore | undefined {
  const crossed = crossings(core, shares);
  const kept = new Uint8Array(problem.cost.length);
  for (let c = 0; c < core.first.length; c++) {
    let fits = true;
    for (let boundary = at(core.first, c); fits && boundary <= at(core.last, c) + 1; boundary++) {
      if (boundary > 0 && boundary < core.layers) fits = agrees(core, c, boundary, at(crossed, boundary) > 0.5);
    }
    if (fits) kept[at(core.origin, c)] = 1;
  }
  return coverCoreOf(problem, kept);
}
