/**
 * How far a limit can go while the others hold: beyond `tightest` no child is left, beyond `loosest` the limit does
 * nothing. Shown as zones of the slider's track, each with a sentence on what lies there.
 */
import type { LimitSetting } from '../../../engine/protocol/workspace.ts';
import type { LimitExplanation } from '../../state/explain_store.ts';
import { formatValue, formatWithUnit } from '../../state/format.ts';
import type { SolveState } from '../../state/solve_store.ts';
import type { SliderZone } from '../../widgets/range_slider.tsx';

export interface FeasibleRange {
  readonly side: LimitSetting['side'];
  readonly tightest: number;
  /** False while something nearer to the limit may still be found. */
  readonly proven: boolean;
  /** Unknown where nothing fits. */
  readonly loosest: number | undefined;
  /** Found for an earlier problem. */
  readonly stale: boolean;
}

/** An explanation, and whether it is of the problem on screen. */
export interface KnownPiece {
  readonly piece: LimitExplanation;
  readonly stale: boolean;
}

/** What an infeasible answer says about the limit counts before an explanation, which then is of an earlier problem. */
export function feasibleRange(setting: Pick<LimitSetting, 'column' | 'side'>, solve: Pick<SolveState, 'outcome' | 'awaiting'>, known: KnownPiece | undefined): FeasibleRange | undefined {
  const { column, side } = setting;
  if (solve.outcome.kind === 'infeasible') {
    const found = solve.outcome.reachable.find((entry) => entry.workload === undefined && entry.column === column && entry.side === side);
    if (found?.others_hold === true) {
      return { side, tightest: found.reachable, proven: found.proven, loosest: undefined, stale: solve.awaiting };
    }
  }
  if (known === undefined) return undefined;
  const { piece, stale } = known;
  return { side, tightest: piece.tightest, proven: true, loosest: piece.loosest, stale };
}

/** Zones of a track on which `positionOf` places values. */
export function zonesOf(range: FeasibleRange, unit: string, positionOf: (value: number) => number): readonly SliderZone[] {
  const { side, tightest, loosest, proven } = range;
  const lower = side === 'max';
  const at = positionOf(tightest);
  const shortfall = lower ? 'below' : 'above';
  const zones: SliderZone[] = [
    {
      look: 'hatched',
      ...(lower ? { from: 0, to: at } : { from: at, to: 1 }),
      hint: proven
        ? `No child is ${shortfall} ${formatWithUnit(tightest, unit)} while the other limits hold (settled to 0.01 %).`
        : `No child ${shortfall} ${formatWithUnit(tightest, unit)} has been found yet that meets the other limits.`,
    },
  ];
  if (loosest !== undefined) {
    const end = positionOf(loosest);
    zones.push({
      look: 'dimmed',
      ...(lower ? { from: end, to: 1 } : { from: 0, to: end }),
      hint: `${lower ? 'From' : 'Up to'} ${formatWithUnit(loosest, unit)} ${lower ? 'on ' : ''}this limit does nothing: the best child under the other limits meets it anyway.`,
    });
  }
  return zones.filter((zone) => zone.to > zone.from).map((zone) => (range.stale ? { ...zone, hint: `${zone.hint}\nFound before the last change.` } : zone));
}

/** What lies between the zones. */
export function decidingText({ side, tightest, loosest }: FeasibleRange, unit: string): string {
  const [from, to] = side === 'max' ? [tightest, loosest] : [loosest, tightest];
  if (from === undefined || to === undefined) return 'Here a child meets all limits.';
  return `From ${formatValue(from, unit)} to ${formatWithUnit(to, unit)} this limit decides: the tighter, the more quality it costs.`;
}

/** The end that cannot be passed: `can go down to 34,012`. */
export function reachText({ side, tightest, proven }: FeasibleRange, unit: string): string {
  return `can go ${side === 'max' ? 'down' : 'up'} to ${formatValue(tightest, unit)}${proven ? '' : ' at least'}`;
}
