/** What a limit costs or leaves, in one quiet line. */
import type { LimitState } from '../../../engine/protocol/problem.ts';
import { quantityOf, type Quantity } from '../../state/columns.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { isStale, type SolveState } from '../../state/solve_store.ts';
import { Badge } from '../../widgets/badge.tsx';
import { Tooltip } from '../../widgets/tooltip.tsx';
import type { KnownPiece } from './feasible_range.ts';
import { isBinding, type LimitRow } from './limits_model.ts';
import { priceDetails, priceText, slackText, type Unit } from './price_text.ts';

interface LimitLineProps {
  readonly row: LimitRow;
  readonly library: OpenLibrary;
  readonly solve: SolveState;
  readonly known: KnownPiece | undefined;
  readonly testId: string;
}

export function LimitLine({ row, library, solve, known, testId }: LimitLineProps) {
  // Where nothing fits the limits, what they cost an earlier child is of no use.
  if (row.slack === undefined || isStale(solve)) return undefined;
  return (
    <PriceLine
      unit={row.quantity}
      state={row.state}
      slack={row.slack}
      binding={isBinding(row)}
      stale={row.state !== undefined && !row.current}
      objective={objectiveUnit(library, solve)}
      known={known}
      testId={testId}
    />
  );
}

interface PriceLineProps {
  readonly unit: Unit;
  /** Absent while the search has not said. */
  readonly state: LimitState | undefined;
  readonly slack: number;
  readonly binding: boolean;
  readonly stale: boolean;
  readonly objective: Unit;
  readonly known: KnownPiece | undefined;
  readonly testId: string;
}

export function PriceLine({ unit, state, slack, binding, stale, objective, known, testId }: PriceLineProps) {
  const searched = known?.stale === false ? known.piece : undefined;
  const text = state?.binding === true ? priceText(state, unit, objective) : binding ? '' : slackText(slack, unit);
  const line = (
    <p className={stale ? 'limit-line limit-stale' : 'limit-line'} data-testid={testId} data-stale={stale}>
      {binding && <Badge text="binding" tone="accent" />}
      <span>{text}</span>
    </p>
  );
  return state === undefined ? line : <Tooltip text={priceDetails(state, unit, objective, searched)}>{line}</Tooltip>;
}

/** Of the answer on screen: prices are in its objective. A weighted sum has no short name. */
export function objectiveUnit(library: OpenLibrary, solve: SolveState): Unit {
  const id = solve.answer?.problem.objective ?? library.view.header.default_objective;
  const quantity: Quantity = quantityOf(library.view, id);
  return quantity.label.includes(' + ') ? { label: 'objective', unit: '' } : quantity;
}
