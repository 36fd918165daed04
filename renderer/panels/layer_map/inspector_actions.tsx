/** What can be done with the selected variant: hold it, rule it out, or see the child that has it here. */
import { useEffect } from 'react';
import { useStore } from 'zustand';
import { changeFigure, limitName, limitText, type LimitName } from '../../state/derived_limit_text.ts';
import type { ObjectiveScale } from '../../state/derived_objective.ts';
import { requestTrial, trialKey, trialStore } from '../../state/derived_trial.ts';
import { brokenLimits, editedChoices, type BrokenLimit, type VariantRow } from '../../state/derived_variants.ts';
import { documentStore } from '../../state/document_store.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { formatWithUnit } from '../../state/format.ts';
import { pinEdited } from '../../state/pin_actions.ts';
import { problemOf } from '../../state/problem.ts';
import { shownSolution, solveStore } from '../../state/solve_store.ts';
import { Button } from '../../widgets/button.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { emptiedBy, toggleBan, toggleLock } from './hold_actions.ts';

interface InspectorActionsProps {
  readonly library: OpenLibrary;
  readonly layer: number;
  readonly row: VariantRow;
  readonly choices: readonly number[];
  readonly objective: ObjectiveScale;
  readonly objectiveText: string;
}

export function InspectorActions(props: InspectorActionsProps) {
  const { layer, row } = props;
  const { variant, banned } = row;
  const document = useStore(documentStore, (state) => state.document);
  const last = (at: number | undefined): boolean => emptiedBy(document, variant, at) !== undefined;
  const everywhere = document.bans.some((ban) => ban.layer === undefined && ban.variant === variant);
  const here = document.bans.some((ban) => ban.layer === layer && ban.variant === variant);
  return (
    <footer>
      <div className="inspector-actions">
        <strong>{variant}</strong>
        <span className="inspector-space" />
        <Button icon="lock" disabled={banned === 'everywhere'} aria-keyshortcuts="L" onClick={() => toggleLock(layer, variant)} data-testid="inspector-lock-variant">
          {row.locked ? 'Unlock' : 'Lock'}
        </Button>
        <Button icon="ban" disabled={!here && (banned !== 'no' || last(layer))} aria-keyshortcuts="B" onClick={() => toggleBan(variant, layer)} data-testid="inspector-ban-here">
          {here ? 'Allow here' : 'Ban here'}
        </Button>
        <Button disabled={!everywhere && last(undefined)} onClick={() => toggleBan(variant)} data-testid="inspector-ban-everywhere">
          {everywhere ? 'Allow everywhere' : 'Ban everywhere'}
        </Button>
      </div>
      {!row.chosen && <TrialLine {...props} />}
    </footer>
  );
}

/** The child with this block here and all others as they are. */
function TrialLine({ library, layer, row, choices, objective, objectiveText }: InspectorActionsProps) {
  const { view } = library;
  const edited = editedChoices(view, choices, row.choice);
  const key = edited === undefined ? '' : trialKey(view.id, objectiveText, edited);
  const trial = useStore(trialStore, (state) => state.trials.get(key));
  const before = useStore(solveStore, (state) => shownSolution(state)?.objective);
  const document = useStore(documentStore, (state) => state.document);
  useEffect(() => {
    if (edited !== undefined) requestTrial(view.id, objectiveText, edited);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the key says all that the edit depends on
  }, [key]);
  if (edited === undefined) return <p className="muted">Its ends fall inside blocks over several layers, so that neighbours would have to change as well.</p>;
  if (trial === undefined || trial.kind === 'loading' || before === undefined) return <p className="muted">Trying it…</p>;
  if (trial.kind === 'failed') return <p className="inspector-breaks">{trial.error.message}</p>;
  const problem = problemOf(document, library);
  const broken = brokenLimits(problem.limits, trial.solution.costs);
  return (
    <div className="inspector-trial" data-testid="inspector-trial">
      <p>
        Put here with all other layers as they are: {objective.label} {formatWithUnit(trial.solution.objective, objective.unit)} (
        {changeFigure(trial.solution.objective - before)}).{' '}
        {broken.length === 0 ? (
          <span className="muted">All limits {problem.workloads?.length ? 'outside workloads ' : ''}hold.</span>
        ) : (
          <span className="inspector-breaks" data-testid="inspector-breaks">
            <Icon name="alert" size={12} /> Breaks{' '}
            {broken.map((limit) => brokenText(limitName(view, problem, limit), limit)).join('; ')}.
          </span>
        )}
      </p>
      <Button icon="pin" onClick={() => pinEdited(library, edited, `Edited: layer ${layer} → ${row.variant}`)} data-testid="inspector-pin">
        Keep as pin
      </Button>
    </div>
  );
}

function brokenText(name: LimitName, limit: BrokenLimit): string {
  return `${limitText(name, limit)} by ${formatWithUnit(limit.by, name.unit)}`;
}
