/**
 * What a limit's row says: where its value lies in the reachable range, what the child uses, what the limit costs, and
 * what stands in the way.
 */
import type { ColumnRange } from '../../../engine/protocol/api.ts';
import { THROUGHPUT_COLUMNS, type LimitState } from '../../../engine/protocol/problem.ts';
import type { LimitSetting } from '../../../engine/protocol/workspace.ts';
import { limitableIds, quantityOf, type Quantity } from '../../state/columns.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { formatWithUnit } from '../../state/format.ts';
import { niceStep, roundOutward, snap } from '../../state/number_text.ts';
import { isStale, shownSolution, type SolveState } from '../../state/solve_store.ts';
import { feasibleRange, type FeasibleRange, type KnownPiece } from './feasible_range.ts';

export interface LimitMessage {
  readonly tone: 'note' | 'problem';
  /** Absent where the notice on what cannot be met says it. */
  readonly text?: string;
  /** A value that would mend it. */
  readonly setTo?: number;
}

export interface LimitRow {
  readonly setting: LimitSetting;
  readonly quantity: Quantity;
  /** Absent where the open library has no such column. */
  readonly range: ColumnRange | undefined;
  /** Total of the child on screen. */
  readonly used: number | undefined;
  /** How far the child stays within the limit, never negative; absent where it does not meet it or the limit is off. */
  readonly slack: number | undefined;
  /** Slack and price of the best child as the search gave them. */
  readonly state: LimitState | undefined;
  /** `state` answers the limits on screen. */
  readonly current: boolean;
  readonly feasible: FeasibleRange | undefined;
  readonly message: LimitMessage | undefined;
}

/** Nearer than this share of the slider a limit counts as used up. */
const BINDING = 0.002;

export function limitRow(setting: LimitSetting, library: OpenLibrary, solve: SolveState, known?: KnownPiece): LimitRow {
  const quantity = quantityOf(library.view, setting.column);
  const range = library.ranges.find((candidate) => candidate.column === setting.column);
  const used = range === undefined ? undefined : shownSolution(solve)?.costs[setting.column];
  const room = used === undefined ? undefined : setting.side === 'max' ? setting.value - used : used - setting.value;
  const slack = setting.enabled && room !== undefined && room >= 0 ? room : undefined;
  const state = setting.enabled ? stateOf(setting, solve) : undefined;
  const current = state !== undefined && state.limit === setting.value && !solve.awaiting && !isStale(solve);
  const feasible = setting.enabled ? feasibleRange(setting, solve, known) : undefined;
  return { setting, quantity, range, used, slack, state, current, feasible, message: messageOf(setting, quantity, range, solve) };
}

function stateOf({ column, side }: LimitSetting, solve: SolveState): LimitState | undefined {
  return solve.answer?.limits.find((state) => state.workload === undefined && state.column === column && state.side === side);
}

/** As the search says; without that, whether the child comes close. */
export function isBinding(row: LimitRow): boolean {
  if (row.state !== undefined) return row.state.binding;
  if (row.slack === undefined || row.range === undefined || row.used === undefined) return false;
  const scale = limitScale(row.range, row.setting.side);
  return Math.abs(scale.positionOf(row.setting.value) - scale.positionOf(row.used)) <= BINDING;
}

function messageOf(
  setting: LimitSetting,
  quantity: Quantity,
  range: ColumnRange | undefined,
  solve: SolveState,
): LimitMessage | undefined {
  if (range === undefined) return { tone: 'note', text: 'This library has no such column; the limit is not applied.' };
  if (!setting.enabled) return undefined;
  const { side, value } = setting;
  const say = (at: number): string => formatWithUnit(at, quantity.unit);
  const [extreme, word] = side === 'max' ? [range.smallest, 'smallest'] : [range.largest, 'largest'];
  if (side === 'max' ? value < extreme : value > extreme) {
    const setTo = roundOutward(extreme, side);
    return { tone: 'problem', text: `Out of reach: the ${word} that any child has is ${say(extreme)}.`, setTo };
  }
  const beyond = (at: number): boolean => (side === 'max' ? value < at : value > at);
  const missed =
    solve.outcome.kind === 'infeasible' &&
    solve.outcome.reachable.some((entry) => entry.workload === undefined && entry.column === setting.column && entry.side === side && beyond(entry.reachable));
  // Said once for all limits, where it does not push this row from under the pointer.
  if (missed) return { tone: 'problem' };
  const idle = side === 'max' ? value >= range.largest : value <= range.smallest;
  return idle ? { tone: 'note', text: 'Every child meets this limit.' } : undefined;
}

/** Where values lie on a slider, as positions from 0 to 1, and which round values positions and steps mean. */
export interface LimitScale {
  positionOf(value: number): number;
  valueAt(position: number): number;
  /** One key press from `value`, by a round step of about `by` of the slider's length. */
  step(value: number, by: number): number;
}

/** A drag settles on round values about this far apart. */
const FINE = 1 / 1000;

/**
 * Throughput is a reciprocal of runtime: the all-no-op child is a hundred times faster than any useful one, and on a
 * linear track everything worth choosing would share its first pixels. There equal lengths are equal runtimes saved.
 */
export function limitScale(range: ColumnRange, side: LimitSetting['side']): LimitScale {
  const { smallest, largest } = range;
  const reciprocal = smallest > 0 && THROUGHPUT_COLUMNS.some((column) => column === range.column);
  const bend = (value: number): number => (reciprocal ? -1 / value : value);
  const [from, to] = [bend(smallest), bend(largest)];
  const exact = (position: number): number => bend(from + (to - from) * position);
  const positionOf = (value: number): number => (to === from ? 0 : (bend(Math.min(Math.max(value, smallest), largest)) - from) / (to - from));
  /** The round number nearest to what `share` of the slider is worth at `position`. */
  const roundStep = (position: number, share: number): number => {
    const start = Math.min(Math.max(position, 0), 1 - share);
    return niceStep(exact(start + share) - exact(start));
  };
  // At the ends the extreme itself is meant, rounded so that the child that has it still fits.
  const settle = (value: number): number =>
    value <= smallest ? roundOutward(smallest, side) : value >= largest ? roundOutward(largest, side) : value;
  return {
    positionOf,
    valueAt(position) {
      if (position <= 0) return settle(smallest);
      if (position >= 1) return settle(largest);
      return settle(snap(exact(position), roundStep(position, FINE)));
    },
    step(value, by) {
      const position = positionOf(value);
      const step = roundStep(by < 0 ? position + by : position, Math.abs(by));
      return settle(snap(value + Math.sign(by) * step, roundStep(position, FINE)));
    },
  };
}

/**
 * The limits that could still be added: first each column on the side that costs or gains, at the parent's value, then
 * the other sides, where they exclude nothing yet.
 */
export function addableLimits(library: OpenLibrary, limits: readonly LimitSetting[]): readonly LimitSetting[] {
  const free = ({ column, side }: LimitSetting): boolean => !limits.some((limit) => limit.column === column && limit.side === side);
  const offered = new Set(limitableIds(library));
  const ranges = library.ranges.filter((range) => range.largest > range.smallest && offered.has(range.column));
  const isGain = (column: string): boolean => quantityOf(library.view, column).better === 'higher';
  const usual = ranges.map(({ column, parent }): LimitSetting => ({ column, side: isGain(column) ? 'min' : 'max', value: parent, enabled: true }));
  const other = ranges.map(
    ({ column, smallest, largest }): LimitSetting =>
      isGain(column) ? { column, side: 'max', value: largest, enabled: true } : { column, side: 'min', value: smallest, enabled: true },
  );
  return [...usual, ...other].filter(free);
}
