/**
 * The way out where nothing fits. It stays in sight at the lower edge of the side column, below whatever is being
 * dragged, so that its coming and going moves no slider.
 */
import { useStore } from 'zustand';
import type { Statement } from '../../../engine/protocol/problem.ts';
import { allowVariant, documentStore, enableLimit, setLimit, unlockLayer } from '../../state/document_store.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { solveStore } from '../../state/solve_store.ts';
import { Button } from '../../widgets/button.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { Tooltip } from '../../widgets/tooltip.tsx';
import { changeWorkloadLimit } from '../workloads/workload_actions.ts';
import { liftWord, statementWords, waysOut, type Relaxation } from './relaxations.ts';

export function InfeasibleNotice({ library }: { readonly library: OpenLibrary }) {
  const outcome = useStore(solveStore, (state) => state.outcome);
  const awaiting = useStore(solveStore, (state) => state.awaiting);
  const workloads = useStore(documentStore, (state) => state.document.workloads);
  if (outcome.kind !== 'infeasible') return undefined;
  const context = { library, workloads };
  const { alone, never } = waysOut(outcome.reachable, context);
  return (
    <section className={awaiting ? 'infeasible limit-stale' : 'infeasible'} aria-label="What cannot be met" data-testid="infeasible" data-stale={awaiting}>
      <h2>
        <Icon name="alert" /> No child meets all limits
      </h2>
      {outcome.reachable.length === 0 && outcome.conflict.length === 0 && <p>Searching for what would help…</p>}
      {alone.length > 0 && (
        <>
          <p>{alone.length === 1 ? 'This change is enough:' : 'Any one of these changes is enough:'}</p>
          <ul>
            {alone.map((way) => (
              <Way key={`${way.target.workload ?? ''} ${way.target.column} ${way.target.side}`} way={way} />
            ))}
          </ul>
        </>
      )}
      {alone.length === 0 && never.length > 0 && <p>No single limit, however loose, would be enough.</p>}
      {alone.length > 0 && never.length > 0 && <p className="infeasible-aside">Not enough alone, however loose: {never.join(', ')}.</p>}
      {outcome.conflict.length > 0 && (
        <>
          <p>{outcome.conflict.length === 1 ? 'This cannot be met:' : 'These contradict each other, even with everything else left aside:'}</p>
          <p className="infeasible-conflict">
            {outcome.conflict.map((statement) => (
              <Held key={JSON.stringify(statement)} words={statementWords(statement, context)} statement={statement} />
            ))}
          </p>
        </>
      )}
    </section>
  );
}

function Way({ way }: { readonly way: Relaxation }) {
  const { name, text, change, proven, target } = way;
  const certainty = proven ? 'Proven: with 0.01 % less no child fits.' : 'The best found so far; a smaller change may do.';
  return (
    <li data-testid={`infeasible-way-${target.column}-${target.side}`}>
      <Tooltip text={certainty}>
        <span>
          {name} {text}
          {change !== undefined && <span className="infeasible-change"> ({change})</span>}
          {!proven && <span className="infeasible-change"> or less</span>}
        </span>
      </Tooltip>
      <Button onClick={() => relax(way)} data-testid={`infeasible-set-${target.column}-${target.side}`}>
        Set
      </Button>
    </li>
  );
}

/** One statement of a contradiction; pressing it lifts it. */
function Held({ words, statement }: { readonly words: string; readonly statement: Statement }) {
  const what = `${liftWord(statement)}: ${words}`;
  return (
    <Tooltip text={what} describes={false}>
      <button type="button" className="infeasible-held" aria-label={what} onClick={() => lift(statement)} data-testid="infeasible-lift">
        {words}
        <Icon name="close" size={12} />
      </button>
    </Tooltip>
  );
}

function relax({ target: { workload, column, side }, setTo }: Relaxation): void {
  if (workload === undefined) setLimit(column, side, setTo);
  else changeWorkloadLimit(workload, column, side, setTo);
}

function lift(statement: Statement): void {
  switch (statement.kind) {
    case 'limit':
      if (statement.workload === undefined) return enableLimit(statement.column, statement.side, false);
      return changeWorkloadLimit(statement.workload, statement.column, statement.side, undefined);
    case 'lock':
      return unlockLayer(statement.layer);
    case 'ban':
      return allowVariant(statement.variant, statement.layer);
    default:
      return statement satisfies never;
  }
}
