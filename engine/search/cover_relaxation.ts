/**
 * The linear relaxation of a cover by column generation (Dantzig and Wolfe 1960): the master mixes whole tilings of
 * each segment (stretch between boundaries that no choice crosses) by `relaxation.ts`; its prices ask for the
 * shortest path, whose pieces join the master until none is new. Coverings by intervals are totally unimodular, so
 * the bound is that of the full linear program. It is always evaluated by the path itself, hence valid whatever the
 * rounding on the way.
 */
import { at, coreOf } from './core.ts';
import { shortest, uncrossed, type CoverCore } from './cover_core.ts';
import { solveRelaxation } from './relaxation.ts';

export interface CoverRelaxation {
  /** Lower bound on the core's cost, `offset` not included. */
  readonly bound: number;
  /** Price per row of the core. */
  readonly prices: Float64Array;
  /** What choosing each choice adds to the bound at least. */
  readonly reduced: Float64Array;
  /** The same, split so that the sum over a path is what the path adds: never negative, 0 on the shortest path. */
  readonly tension: Float64Array;
  /** Share of each choice in the optimal mixture. */
  readonly shares: Float64Array;
  /** The path that is shortest at these prices. */
  readonly path: readonly number[];
  /** Tilings that the master was made of, as choices of the problem. */
  readonly pieces: readonly (readonly number[])[];
}

const MAX_ROUNDS = 400;
/** Relative to the dearest path: a bound this close to the master's value is its optimum. */
const CONVERGED = 1e-12;
/** Price of violating rows: raised by this factor until no violation is left, or it proves that one is needed. */
const PENALTY_STEP = 1e3;
const LARGEST_PENALTY = 1e10;

/**
 * @param known tilings of earlier, similar cores to start from, as choices of the problem
 * @returns 'infeasible' where even mixtures violate a row, with a bound above the dearest path as certificate
 */
export function relaxCover(core: CoverCore, known: readonly (readonly number[])[] = []): CoverRelaxation | 'infeasible' {
  const master = new Master(core, known);
  let prices: Float64Array = new Float64Array(core.coefs.length);
  let best = { ...lagrangian(core, prices), prices };
  const scale = core.dearest > 0 ? core.dearest : 1;
  let penalty = 10 * scale;
  let violated = false;
  let value = Infinity;
  master.add(best.path);
  for (let round = 0; core.coefs.length > 0 && round < MAX_ROUNDS; round++) {
    const solved = master.solve(penalty);
    if (solved === undefined) break;
    ({ prices, violated, value } = solved);
    const next = lagrangian(core, prices);
    if (next.bound > best.bound) best = { ...next, prices };
    if (master.add(next.path) > 0 && value - best.bound > CONVERGED * core.dearest) continue;
    if (!violated) break;
    if (best.bound > core.dearest + 1e-9 * (core.dearest + size(core, best.prices))) return 'infeasible';
    penalty *= PENALTY_STEP;
    if (penalty > LARGEST_PENALTY * scale) break;
  }
  return { ...best, shares: master.shares(best.path), pieces: master.tilings() };
}

/** Magnitude of the terms in the bound, to judge its rounding. */
function size(core: CoverCore, prices: Float64Array): number {
  return core.bounds.reduce((sum, bound, r) => sum + at(prices, r) * (bound + (core.excess[r] ?? 0)), 0);
}

/** Bound, reduced costs and the shortest path for given prices. */
export function lagrangian(
  core: CoverCore,
  prices: Float64Array,
): { bound: number; reduced: Float64Array; tension: Float64Array; path: number[] } {
  const weight = core.cost.slice();
  let paid = 0;
  for (const [r, coef] of core.coefs.entries()) {
    const price = at(prices, r);
    if (price === 0) continue;
    paid += price * (core.bounds[r] ?? 0);
    for (let c = 0; c < weight.length; c++) weight[c] = at(weight, c) + price * at(coef, c);
  }
  const { total, before, after } = shortest(core.layers, core.first, core.last, (c) => at(weight, c));
  const tension = new Float64Array(weight.length);
  const reduced = new Float64Array(weight.length);
  for (let c = 0; c < weight.length; c++) {
    const start = at(core.first, c);
    tension[c] = Math.max(0, at(weight, c) + at(after, at(core.last, c) + 1) - at(after, start));
    reduced[c] = at(tension, c) + Math.max(0, at(before, start) + at(after, start) - total);
  }
  const path: number[] = [];
  for (let layer = 0; layer < core.layers; ) {
    let next = at(core.starts, layer);
    for (let c = next + 1; c < at(core.starts, layer + 1); c++) if (at(tension, c) < at(tension, next)) next = c;
    path.push(next);
    layer = at(core.last, next) + 1;
  }
  return { bound: total - paid, reduced, tension, path };
}

interface Piece {
  readonly choices: readonly number[];
  readonly cost: number;
  readonly coefs: readonly number[];
}

/** The mixture of known tilings: one group of pieces per segment, and one that buys violation of rows. */
class Master {
  readonly #core: CoverCore;
  readonly #cuts: readonly number[];
  /** Segment that starts at a layer, or -1. */
  readonly #segmentAt: Int32Array;
  readonly #pieces: Piece[][];
  readonly #known = new Set<string>();
  #used: { piece: Piece; share: number }[] = [];

  constructor(core: CoverCore, known: readonly (readonly number[])[]) {
    this.#core = core;
    this.#cuts = uncrossed(core);
    this.#segmentAt = new Int32Array(core.layers).fill(-1);
    this.#pieces = this.#cuts.slice(1).map(() => []);
    for (const [segment, cut] of this.#cuts.slice(0, -1).entries()) this.#segmentAt[cut] = segment;
    // Where a segment is one layer, all its tilings are known from the start.
    for (let c = 0; c < core.first.length; c++) {
      const segment = at(this.#segmentAt, at(core.first, c));
      if (segment >= 0 && this.#cuts[segment + 1] === at(core.last, c) + 1) this.#addPiece(segment, [c]);
    }
    const place = new Map(Array.from(core.origin, (origin, c) => [origin, c]));
    for (const tiling of known) {
      const choices = tiling.map((origin) => place.get(origin));
      this.#addParts(choices);
    }
  }

  /** Adds the pieces of a path; how many of them are new. */
  add(path: readonly number[]): number {
    return this.#addParts(path);
  }

  tilings(): (readonly number[])[] {
    return this.#pieces.flatMap((pieces) => pieces.map(({ choices }) => choices.map((c) => at(this.#core.origin, c))));
  }

  /** Prices and value of the best mixture; `violated` where it pays for violating rows. */
  solve(penalty: number): { prices: Float64Array; value: number; violated: boolean } | undefined {
    const core = this.#core;
    const pieces = this.#pieces.flat();
    const groupStart = new Int32Array(this.#pieces.length + 2);
    for (const [segment, group] of this.#pieces.entries()) groupStart[segment + 1] = at(groupStart, segment) + group.length;
    groupStart[groupStart.length - 1] = pieces.length + 2;
    const small = coreOf(
      {
        groupStart,
        cost: Float64Array.from([...pieces.map((piece) => piece.cost), 0, penalty]),
        rows: core.bounds.map((bound, r) => ({
          key: String(r),
          // Twice what the worst path needs, so that rounding cannot leave the master without any mixture.
          coef: Float64Array.from([...pieces.map((piece) => piece.coefs[r] ?? 0), 0, -2 * (core.excess[r] ?? 0)]),
          bound,
          tolerance: 0,
        })),
      },
      new Uint8Array(pieces.length + 2).fill(1),
    );
    const relaxation = small && solveRelaxation(small);
    if (small === undefined || relaxation === undefined || relaxation === 'infeasible') return undefined;
    const prices = new Float64Array(core.coefs.length);
    for (const [r, row] of small.rowOrigin.entries()) prices[row] = at(relaxation.prices, r) / (small.rowScales[r] ?? 1);
    const shares = new Float64Array(pieces.length + 2);
    for (const choice of small.fixed) shares[choice] = 1;
    for (const group of small.openGroups) shares[at(small.fixed, group)] = 0;
    for (const [c, origin] of small.origin.entries()) shares[origin] = at(relaxation.shares, c);
    this.#used = pieces.map((piece, index) => ({ piece, share: at(shares, index) })).filter(({ share }) => share > 1e-9);
    return { prices, value: small.offset + relaxation.bound, violated: at(shares, pieces.length + 1) > 1e-9 };
  }

  /** Share of each choice in the last mixture, or on `path` where nothing had to be mixed. */
  shares(path: readonly number[]): Float64Array {
    const shares = new Float64Array(this.#core.first.length);
    if (this.#used.length === 0) for (const c of path) shares[c] = 1;
    for (const { piece, share } of this.#used) for (const c of piece.choices) shares[c] = at(shares, c) + share;
    return shares;
  }

  /** Splits a stretch of choices at uncrossed boundaries; parts with a choice that is gone are left out. */
  #addParts(choices: readonly (number | undefined)[]): number {
    let added = 0;
    let part: number[] | undefined = [];
    for (const c of choices) {
      if (c === undefined) {
        part = undefined;
        continue;
      }
      if (at(this.#segmentAt, at(this.#core.first, c)) >= 0) part = [];
      part?.push(c);
      if (part === undefined) continue;
      const segment = at(this.#segmentAt, at(this.#core.first, part[0] ?? -1));
      if (segment >= 0 && this.#cuts[segment + 1] === at(this.#core.last, c) + 1 && this.#addPiece(segment, part)) added++;
    }
    return added;
  }

  #addPiece(segment: number, choices: readonly number[]): boolean {
    const key = choices.join();
    if (this.#known.has(key)) return false;
    this.#known.add(key);
    const sum = (values: Float64Array): number => choices.reduce((total, c) => total + at(values, c), 0);
    this.#pieces[segment]?.push({ choices: [...choices], cost: sum(this.#core.cost), coefs: this.#core.coefs.map(sum) });
    return true;
  }
}
