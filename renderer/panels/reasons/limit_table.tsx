/** Every limit with what the child makes of it, its price, and what a search one step to either side found. */
import { changeFigure, limitText } from '../../state/derived_limit_text.ts';
import { formatPercent, formatWithUnit } from '../../state/format.ts';
import type { SearchedStep } from '../../state/derived_price.ts';
import { Badge } from '../../widgets/badge.tsx';
import type { LimitReason } from './limit_reasons.ts';

interface LimitTableProps {
  readonly limits: readonly LimitReason[];
  readonly objective: { readonly label: string; readonly unit: string };
  /** Searches beside the limits are still on their way. */
  readonly searching: boolean;
}

export function LimitTable({ limits, objective, searching }: LimitTableProps) {
  return (
    <div className="reasons-table-scroll">
      <table className="reasons-table" data-testid="reasons-limits">
        <caption className="visually-hidden">Limits and what they do</caption>
        <thead>
          <tr>
            <th scope="col">Limit</th>
            <th scope="col" className="is-number is-spare">
              Child has
            </th>
            <th scope="col" className="is-number">
              Room left
            </th>
            <th scope="col">
              <span className="visually-hidden">Binding</span>
            </th>
            <th scope="col" title="From the dual of the linear relaxation: exact for mixtures of variants, for children a rate to judge by.">
              A step looser, by price
            </th>
            <th scope="col" title="The best child with the limit this much looser, searched.">
              Searched, looser
            </th>
            <th scope="col" title="The best child with the limit this much tighter, searched.">
              Searched, tighter
            </th>
          </tr>
        </thead>
        <tbody>
          {limits.map((limit) => (
            <Row key={limit.key} limit={limit} objective={objective} searching={searching} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ limit, objective, searching }: { readonly limit: LimitReason } & Omit<LimitTableProps, 'limits'>) {
  const { name, state, share, step, price, looser, tighter } = limit;
  const estimated = name.estimated ? 'estimated' : '';
  return (
    <tr data-testid={`reason-${state.column}-${state.side}`} data-binding={state.binding}>
      <th scope="row">{limitText(name, state)}</th>
      <td className={`is-number is-spare ${estimated}`} title={name.provenance}>
        {formatWithUnit(state.value, name.unit)}
      </td>
      <td className="is-number">
        {formatWithUnit(Math.max(0, state.slack), name.unit)}
        {share !== undefined && <small> {formatPercent(share, share < 0.1 ? 1 : 0)}</small>}
      </td>
      <td>{state.binding ? <Badge text="binding" tone="accent" /> : <span className="muted">free</span>}</td>
      <td title="From the dual of the linear relaxation.">
        {state.binding ? (
          <>
            {state.side === 'max' ? '+' : '−'}
            {step.text} → {changeFigure(price)}
          </>
        ) : (
          <span className="muted">changes nothing</span>
        )}
      </td>
      <Searched found={looser} sign={state.side === 'max' ? '+' : '−'} unit={name.unit} searching={searching} objective={objective} />
      <Searched found={tighter} sign={state.side === 'max' ? '−' : '+'} unit={name.unit} searching={searching} objective={objective} />
    </tr>
  );
}

interface SearchedProps extends Omit<LimitTableProps, 'limits'> {
  readonly found: SearchedStep | undefined;
  readonly sign: '+' | '−';
  readonly unit: string;
}

function Searched({ found, sign, unit, searching, objective }: SearchedProps) {
  if (found === undefined) return <td className="muted">{searching ? '…' : '–'}</td>;
  return (
    <td title={`${found.proven ? 'Proven by search' : 'Found by search, not proven yet'}: ${objective.label} ${formatWithUnit(found.objective, objective.unit)} at ${formatWithUnit(found.limit, unit)}`}>
      {sign}
      {formatWithUnit(found.step, unit)} → {changeFigure(found.change)}
      {!found.proven && <small> unproven</small>}
    </td>
  );
}
