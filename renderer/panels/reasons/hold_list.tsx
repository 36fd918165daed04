/** What each lock and ban costs against the optimum without it, with the way to lift it. */
import { smallText } from '../../state/derived_limit_text.ts';
import { releaseAll } from '../../state/document_store.ts';
import { formatValue } from '../../state/format.ts';
import { viewStore } from '../../state/view_store.ts';
import { Button } from '../../widgets/button.tsx';
import type { Hold } from './holds.ts';

interface HoldListProps {
  readonly holds: readonly Hold[];
  readonly objective: { readonly label: string; readonly unit: string };
  readonly searching: boolean;
  readonly stale: boolean;
}

export function HoldList({ holds, objective, searching, stale }: HoldListProps) {
  return (
    <>
      <ul className={stale ? 'reasons-holds is-stale' : 'reasons-holds'} data-testid="reasons-holds">
        {holds.map((hold) => (
          <li
            key={hold.key}
            onPointerEnter={() => viewStore.setState({ activeLayer: hold.layer })}
            onPointerLeave={() => viewStore.setState({ activeLayer: undefined })}
          >
            <span>{hold.text}</span>
            <span className={hold.cost === undefined ? 'muted' : undefined} title={sourceOf(hold, objective.unit)}>
              {hold.cost === undefined ? (searching ? 'searching for its cost…' : 'cost not known yet') : costText(hold.cost, hold.proven, objective)}
            </span>
            <Button onClick={hold.lift}>{hold.action}</Button>
          </li>
        ))}
      </ul>
      {holds.length > 1 && (
        <Button onClick={releaseAll} data-testid="reasons-release">
          Lift all
        </Button>
      )}
    </>
  );
}

/** What was found without it is there to be had, so that a cost not proven yet can only grow. */
function costText(cost: number, proven: boolean, objective: HoldListProps['objective']): string {
  const size = smallText(cost);
  if (size === '0') return proven ? 'costs nothing' : 'no cost found yet';
  return `costs ${proven ? '' : 'at least '}${size} ${objective.label}`;
}

function sourceOf({ free, proven }: Hold, unit: string): string {
  if (free === undefined) return '';
  return `${proven ? 'Proven by search' : 'Found by search, not proven yet'}: without it, all others held, the best child has ${formatValue(free, unit)}.`;
}
