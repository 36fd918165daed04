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
 * to the first and the last stage (embeddings, head). Exact, by dynamic programming over prefixes.
 */
export function balancedStages(weights: readonly number[], pp: number, before = 0, after = 0): readonly Stage[] {
  const layers = weights.length;
  const stages = Math.min(pp, layers);
  const prefix = [0];
  for (const weight of weights) prefix.push((prefix.at(-1) ?? 0) + weight);
  const cost = (first: number, end: number): number =>
    (prefix[end] ?? 0) - (prefix[first] ?? 0) + (first === 0 ? before : 0) + (end === layers ? after : 0);
  /** best[s][e]: smallest maximum for the first e layers in s + 1 stages; from[s][e]: where the last of them begins. */
  let best = Array.from({ length: layers + 1 }, (_, end) => cost(0, end));
  const from: number[][] = [];
  for (let stage = 1; stage < stages; stage++) {
    const next = Array.from<number>({ length: layers + 1 }).fill(Infinity);
    const begin = Array.from<number>({ length: layers + 1 }).fill(0);
    for (let end = stage + 1; end <= layers; end++) {
      for (let first = end - 1; first >= stage; first--) {
        const own = cost(first, end);
        if (own >= (next[end] ?? Infinity)) break;
        const value = Math.max(best[first] ?? Infinity, own);
        if (value < (next[end] ?? Infinity)) {
          next[end] = value;
          begin[end] = first;
        }
      }
    }
    from.push(begin);
    best = next;
  }
  const ends: Stage[] = [];
  let end = layers;
  for (let stage = stages - 1; stage >= 0; stage--) {
    const first = stage === 0 ? 0 : (from[stage - 1]?.[end] ?? 0);
    ends.unshift({ first, end });
    end = first;
  }
  return ends;
}
