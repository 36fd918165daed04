/** The regrets in words: which layers leave no other choice, and which could be changed for next to nothing. */
import { rangesText } from '../../state/derived_frequency.ts';
import { formatPercent } from '../../state/format.ts';
import type { RegretSummary } from './regrets.ts';

export function RegretText({ summary, layers, stale }: { readonly summary: RegretSummary; readonly layers: number; readonly stale: boolean }) {
  const { known, forced, free, threshold } = summary;
  if (known === 0) return undefined;
  return (
    <dl className={stale ? 'reasons-groups is-stale' : 'reasons-groups'} data-testid="regret-groups">
      <dt>Nearly free</dt>
      <dd>
        {free.length === 0 ? 'none' : `${free.length} of ${layers}`}
        {free.length > 0 && (
          <span className="muted">
            {' '}
            layers {rangesText(free)}: the second best costs less than {formatPercent(threshold)} of the objective
          </span>
        )}
      </dd>
      {forced.length > 0 && (
        <>
          <dt>No other choice</dt>
          <dd>
            {forced.length} of {layers}
            <span className="muted"> layers {rangesText(forced)}: no other block lets the limits be met</span>
          </dd>
        </>
      )}
    </dl>
  );
}
