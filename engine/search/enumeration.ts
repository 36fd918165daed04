/**
 * Every child that a relaxation leaves possible, where these are few. A child costs the bound, plus the reduced costs of
 * its choices, plus the prices of the room it leaves in the rows; whatever exceeds the best child known that way is
 * passed over. Deep in the tree this replaces hundreds of nodes by a few microseconds.
 */
import type { Core } from './core.ts';

export class Enumeration {
  readonly #core: Core;
  /** Choices still possible, group by group, those of least reduced cost first. */
  readonly #candidates: Int32Array;
  readonly #from: Int32Array;
  readonly #groups: Int32Array;
  readonly #chosen: Int32Array;
  #best: Int32Array | undefined;
  #bestCost = 0;

  constructor(core: Core) {
    const groups = core.groupStart.length - 1;
    this.#core = core;
    this.#candidates = new Int32Array(core.cost.length);
    this.#from = new Int32Array(groups + 1);
    this.#groups = new Int32Array(groups);
    this.#chosen = new Int32Array(groups);
  }

  /**
   * Looks at all children of cost below `cutoff`.
   * @param reduced reduced costs, 0 or more, and `prices` of the core's rows, for which `bound` is the bound
   * @param maxOpen with more open choices than this nothing is tried
   * @param maxSteps gives up after so many steps
   * @returns whether all were looked at; and the best of them that satisfies the rows, if any
   */
  run(
    reduced: Float64Array,
    prices: Float64Array,
    bound: number,
    cutoff: number,
    maxOpen: number,
    maxSteps: number,
  ): { readonly complete: boolean; readonly chosen: Int32Array | undefined; readonly cost: number } {
    const { groupStart, cost, coefs, bounds } = this.#core;
    const rows = coefs.length;
    const candidates = this.#candidates;
    const gap = cutoff - bound;
    let open = 0;
    let filled = 0;
    const spread: number[] = [];
    for (let g = 0; g + 1 < groupStart.length; g++) {
      const start = filled;
      let second = Infinity;
      for (let c = groupStart[g]; c < groupStart[g + 1]; c++) {
        if (reduced[c] > gap) continue;
        let k = filled++;
        while (k > start && reduced[candidates[k - 1]] > reduced[c]) {
          candidates[k] = candidates[k - 1];
          k--;
        }
        candidates[k] = c;
      }
      this.#chosen[g] = candidates[start];
      // Only groups with something to decide take part.
      if (filled - start === 1) {
        filled = start;
        continue;
      }
      second = reduced[candidates[start + 1]];
      this.#groups[open] = g;
      this.#from[open] = start;
      spread[open] = second;
      open++;
      if (filled > maxOpen) return { complete: false, chosen: undefined, cost: 0 };
    }
    this.#from[open] = filled;
    const ends = this.#from.slice(1, open + 1);
    // The dearest decisions first: they use up what may be spent soonest.
    const order = Array.from({ length: open }, (_, k) => k).sort((a, b) => spread[b] - spread[a]);
    const width = rows + 2;
    /** Per depth: sums of the rows, of the cost and of the reduced costs so far. */
    const sums = new Float64Array((open + 1) * width);
    for (let g = 0; g + 1 < groupStart.length; g++) {
      const only = this.#chosen[g];
      for (let r = 0; r < rows; r++) sums[r] += coefs[r][only];
      sums[rows] += cost[only];
    }
    for (const k of order) {
      const first = candidates[this.#from[k]];
      for (let r = 0; r < rows; r++) sums[r] -= coefs[r][first];
      sums[rows] -= cost[first];
    }
    /** Per depth: least and most that the groups still to come add to each row, and their least reduced cost. */
    const least = new Float64Array((open + 1) * rows);
    const most = new Float64Array((open + 1) * rows);
    const still = new Float64Array(open + 1);
    for (let depth = open - 1; depth >= 0; depth--) {
      const k = order[depth];
      still[depth] = still[depth + 1] + reduced[candidates[this.#from[k]]];
      for (let r = 0; r < rows; r++) {
        let low = Infinity;
        let high = -Infinity;
        for (let i = this.#from[k]; i < ends[k]; i++) {
          low = Math.min(low, coefs[r][candidates[i]]);
          high = Math.max(high, coefs[r][candidates[i]]);
        }
        least[depth * rows + r] = least[(depth + 1) * rows + r] + low;
        most[depth * rows + r] = most[(depth + 1) * rows + r] + high;
      }
    }
    this.#best = undefined;
    this.#bestCost = cutoff;
    const at = new Int32Array(open + 1);
    let depth = 0;
    let steps = 0;
    if (open > 0) at[0] = this.#from[order[0]];
    for (;;) {
      if (depth === open) {
        this.#take(sums, depth * width, rows, bounds);
        if (--depth < 0) break;
        continue;
      }
      const k = order[depth];
      if (at[depth] >= ends[k]) {
        if (--depth < 0) break;
        continue;
      }
      if (++steps > maxSteps) return { complete: false, chosen: this.#best, cost: this.#bestCost };
      const choice = candidates[at[depth]++];
      const here = depth * width;
      const next = here + width;
      let reach = bound + sums[here + rows + 1] + reduced[choice] + still[depth + 1];
      if (reach >= this.#bestCost) {
        // Later choices of the group cost more still.
        at[depth] = ends[k];
        continue;
      }
      let fits = true;
      for (let r = 0; r < rows; r++) {
        const sum = sums[here + r] + coefs[r][choice];
        sums[next + r] = sum;
        if (sum + least[(depth + 1) * rows + r] > bounds[r]) {
          fits = false;
          break;
        }
        const room = bounds[r] - sum - most[(depth + 1) * rows + r];
        if (room > 0) reach += prices[r] * room;
      }
      if (!fits || reach >= this.#bestCost) continue;
      sums[next + rows] = sums[here + rows] + cost[choice];
      sums[next + rows + 1] = sums[here + rows + 1] + reduced[choice];
      this.#chosen[this.#groups[k]] = choice;
      depth++;
      if (depth < open) at[depth] = this.#from[order[depth]];
    }
    return { complete: true, chosen: this.#best, cost: this.#bestCost };
  }

  /** A complete child: kept where it satisfies the rows and is better than the one kept. */
  #take(sums: Float64Array, offset: number, rows: number, bounds: readonly number[]): void {
    for (let r = 0; r < rows; r++) if (sums[offset + r] > bounds[r]) return;
    if (sums[offset + rows] >= this.#bestCost) return;
    this.#bestCost = sums[offset + rows];
    this.#best = this.#chosen.slice();
  }
}
