/**
 * Pipeline stages: consecutive layers to `pp` groups so that the slowest takes as little as possible. Layers of a
 * child are unequal, so dividing by their number alone leaves devices waiting (Nemotron-51B in 4 even stages: 1.30 times
 * the mean).
 */

/** Layers `first` up to but not including `end`. */
export interface Stage {
  readonly first: number;
  readonly end: number;
}

/** The same number of layers each, the first ones taking one more where they do not divide. */
export function evenStages(layers: number, pp: number): readonly Stage[] {
  return Array.from({ length: pp }, (_, index) => ({
    first: Math.floor((index * layers) / pp),
    end: Math.floor(((index + 1) * layers) / pp),
  }));
}

/**
 * The contiguous partition into `pp` stages whose largest sum of `weights` is smallest. `before` and `after` are added
 * to the first and the last stage (embeddings, head).
 */
export function balancedStages(weights: readonly number[], pp: number, before = 0, after = 0): readonly Stage[] {
  const layers = weights.length;
  const prefix = prefixSums(weights);
  const cost = (first: number, end: number): number =>
    (prefix[end] ?? 0) - (prefix[first] ?? 0) + (first === 0 ? before : 0) + (end === layers ? after : 0);
  // Costs are finite, so that there is a partition.
  return cheapestStages(layers, pp, cost) ?? evenStages(layers, Math.min(pp, layers));
}

/** `sums[i]` is the sum of the first i. */
export function prefixSums(values: readonly number[]): readonly number[] {
  const sums = [0];
  let sum = 0;
  for (const value of values) sums.push((sum += value));
  return sums;
}

/**
 * The contiguous partition of `layers` layers into `pp` stages (one for each layer, if there are fewer layers) whose
 * largest `cost(first, end)` is smallest, by dynamic programming over prefixes. A stage must not become cheaper by more
 * layers, and is Infinity where it cannot be; undefined where no partition can.
 */
export function cheapestStages(layers: number, pp: number, cost: (first: number, end: number) => number): readonly Stage[] | undefined {
  const stages = Math.min(pp, layers);
  /** best[e]: smallest maximum for the first e layers in the stages so far; from[s][e]: where the last of them begins. */
  let best = Float64Array.from({ length: layers + 1 }, (_, end) => cost(0, end));
  const from: Int32Array[] = [];
  for (let stage = 1; stage < stages; stage++) {
    const next = new Float64Array(layers + 1).fill(Infinity);
    const begin = new Int32Array(layers + 1);
    for (let end = stage + 1; end <= layers; end++) {
      let least = Infinity;
      for (let first = end - 1; first >= stage; first--) {
        const own = cost(first, end);
        if (own >= least) break;
        const value = Math.max(best[first] ?? Infinity, own);
        if (value < least) {
          least = value;
          begin[end] = first;
        }
      }
      next[end] = least;
    }
    from.push(begin);
    best = next;
  }
  if (best[layers] === Infinity) return undefined;
  const found: Stage[] = [];
  let end = layers;
  for (let stage = stages - 1; stage >= 0; stage--) {
    const first = stage === 0 ? 0 : (from[stage - 1]?.[end] ?? 0);
    found.unshift({ first, end });
    end = first;
  }
  return found;
}
