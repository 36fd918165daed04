/**
 * The optimum at each of many combinations of levels of one or two limits. Neighbouring problems know much about each
 * other: a child is within every limit that its totals meet, a bound at looser limits holds at tighter ones, and so
 * does impossibility. Where the best child known meets the best bound known, it is the optimum without a search.
 */
import { WorkbenchError } from '../protocol/errors.ts';
import type { LibraryView } from '../protocol/library.ts';
import { gapOf, type Problem, type SolveUpdate, type WireSolution } from '../protocol/problem.ts';
import { limitAt, type Axis } from './frontier_levels.ts';
import type { Answered } from './frontier_search.ts';
import { objectiveOf } from './quantities.ts';
import { solveProblem, type StudyContext } from './solve.ts';
import type { WarmStart } from './warm_start.ts';

/** Totals this close to a level, as a share of it, meet it: less than limits themselves tolerate. */
const LEVEL_TOLERANCE = 1e-10;
/** Objectives that agree to this share are one: the rounding of a sum of scores. */
const OBJECTIVE_TOLERANCE = 1e-11;

/** Positions among the levels of each axis, from loose to tight. */
export type Place = readonly number[];

interface Child {
  readonly solution: WireSolution;
  /** Per axis. */
  readonly totals: readonly number[];
  /** The objective, turned so that less is better. */
  readonly cost: number;
}

interface Known {
  readonly place: Place;
  /** No child within these limits costs less; Infinity where there is none. */
  readonly bound: number;
  readonly warmStart: WarmStart | undefined;
}

export class Grid {
  readonly #view: LibraryView;
  readonly #problem: Problem;
  readonly #axes: readonly Axis[];
  readonly #context: StudyContext;
  readonly #direction: 1 | -1;
  readonly #children: Child[] = [];
  readonly #known: Known[] = [];

  /** @param problem without limits on the axes' columns */
  constructor(view: LibraryView, problem: Problem, axes: readonly Axis[], context: StudyContext) {
    this.#view = view;
    this.#problem = { ...problem, solutions: 1 };
    this.#axes = axes;
    this.#context = context;
    this.#direction = objectiveOf(view, problem.objective).better === 'lower' ? 1 : -1;
  }

  problemAt(place: Place): Problem {
    const limits = this.#axes.map((axis, k) => limitAt(axis, axis.levels[place[k] ?? 0] ?? Number.NaN));
    return { ...this.#problem, limits: [...this.#problem.limits, ...limits] };
  }

  /** Makes a child known that meets the limits which all places share. */
  offer(solution: WireSolution): void {
    // A throughput without runtime is endless.
    const totals = this.#axes.map(({ column }) => solution.costs[column] ?? Number.POSITIVE_INFINITY);
    this.#children.push({ solution, totals, cost: this.#direction * solution.objective });
  }

  /** Makes known that no child within the limits which all places share is better. */
  offerBound(objective: number): void {
    this.#known.push({ place: this.#axes.map(() => 0), bound: this.#direction * objective, warmStart: undefined });
  }

  /** The answer without a search, where what is known already settles it. */
  shortcutAt(place: Place): SolveUpdate | undefined {
    const bound = this.#boundAt(place);
    if (bound === Infinity) return { status: 'infeasible', solve_ms: 0, reachable: [], conflict: [] };
    const child = this.#bestAt(place);
    if (child === undefined || !proves(bound, child.cost)) return undefined;
    return { status: 'optimal', ...this.#knownAnswer(child, bound), solve_ms: 0 };
  }

  /** Searches; 'cancelled' where time ran out before any child was found or the study was withdrawn. */
  async searchAt(place: Place, withinMs: number): Promise<SolveUpdate> {
    let update: SolveUpdate = { status: 'cancelled' };
    let warmStart: WarmStart | undefined;
    const startedAt = this.#context.now();
    try {
      warmStart = await solveProblem(this.#view, this.problemAt(place), {
        ...this.#context,
        giveUpAfterMs: withinMs,
        explainInfeasible: false,
        warmStart: this.#nearestTo(place),
        onUpdate: (newer) => {
          update = newer;
        },
      });
    } catch (error) {
      // No verdict in time: the neighbours may have a child all the same.
      if (!(error instanceof WorkbenchError) || error.payload.code !== 'internal') throw error;
    }
    if (this.#context.shouldStop()) return { status: 'cancelled' };
    const answer = this.#withNeighbours(place, update, this.#context.now() - startedAt);
    if (answer.status === 'infeasible') this.#known.push({ place, bound: Infinity, warmStart: undefined });
    if (answer.status !== 'optimal' && answer.status !== 'feasible') return answer;
    const [best] = answer.solutions;
    if (best !== undefined) this.offer(best);
    this.#known.push({ place, bound: this.#direction * answer.bound, warmStart });
    return answer;
  }

  /** An answer that is not proven, with the neighbours' bound, and their child where it is better. */
  #withNeighbours(place: Place, update: SolveUpdate, solveMs: number): SolveUpdate {
    if (update.status !== 'feasible' && update.status !== 'cancelled') return update;
    const own = update.status === 'feasible' ? { ...update, cost: this.#direction * update.objective, bound: this.#direction * update.bound } : undefined;
    const child = this.#bestAt(place);
    const bound = Math.max(own?.bound ?? -Infinity, this.#boundAt(place));
    const cost = Math.min(own?.cost ?? Infinity, child?.cost ?? Infinity);
    const status = proves(bound, cost) ? 'optimal' : 'feasible';
    if (child !== undefined && child.cost === cost && bound > -Infinity) return { status, ...this.#knownAnswer(child, bound), solve_ms: solveMs };
    if (update.status !== 'feasible') return update;
    return { ...update, status, ...this.#certainty(update.objective, status === 'optimal' ? cost : bound) };
  }

  #knownAnswer({ solution, cost }: Child, bound: number): Omit<Answered, 'status' | 'solve_ms'> {
    const { objective } = solution;
    const certainty = this.#certainty(objective, proves(bound, cost) ? cost : bound);
    return { objective, ...certainty, solutions: [solution], limits: [], final: true, exhausted: false };
  }

  #certainty(objective: number, boundCost: number): Pick<Answered, 'bound' | 'gap'> {
    const bound = this.#direction * boundCost;
    return { bound, gap: gapOf(objective, bound) };
  }

  #boundAt(place: Place): number {
    let bound = -Infinity;
    for (const known of this.#known) {
      if (known.bound > bound && known.place.every((position, k) => position <= (place[k] ?? 0))) bound = known.bound;
    }
    return bound;
  }

  #bestAt(place: Place): Child | undefined {
    let best: Child | undefined;
    for (const child of this.#children) {
      if ((best === undefined || child.cost < best.cost) && this.#meets(child, place)) best = child;
    }
    return best;
  }

  #meets({ totals }: Child, place: Place): boolean {
    return this.#axes.every(({ side, levels }, k) => {
      const level = levels[place[k] ?? 0] ?? Number.NaN;
      const total = totals[k] ?? Number.NaN;
      const room = LEVEL_TOLERANCE * Math.abs(level);
      return side === 'max' ? total <= level + room : total >= level - room;
    });
  }

  /** What the nearest place left: its child, repaired, is better here than the best one that needs no repair. */
  #nearestTo(place: Place): WarmStart | undefined {
    let nearest: WarmStart | undefined;
    let least = Infinity;
    for (const { place: other, warmStart } of this.#known) {
      const distance = other.reduce((sum, position, k) => sum + Math.abs(position - (place[k] ?? 0)), 0);
      if (warmStart === undefined || distance >= least) continue;
      nearest = warmStart;
      least = distance;
    }
    return nearest;
  }
}

/** Whether no child can cost less than this one does. */
function proves(bound: number, cost: number): boolean {
  return cost - bound <= OBJECTIVE_TOLERANCE * Math.abs(cost);
}
