/** What the search makes as good as it can: a score, or a weighted sum of several, with what is doubtful about it. */
import { useEffect } from 'react';
import { useStore } from 'zustand';
import { objectiveText, type ObjectiveTerm } from '../../../engine/protocol/objective.ts';
import { columnOf, quantityOf, scoreColumns } from '../../state/columns.ts';
import { documentStore, setObjective } from '../../state/document_store.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { objectiveOf } from '../../state/problem.ts';
import { solveStore } from '../../state/solve_store.ts';
import { Button, IconButton } from '../../widgets/button.tsx';
import { NumberField } from '../../widgets/number_field.tsx';
import { Select } from '../../widgets/select.tsx';
import { Tooltip } from '../../widgets/tooltip.tsx';
import { composed, differingLayers, NOISE_DETAILS, noiseWarnings, unusedScores, weightProblem, withAnother, without, withTerm } from './objective_model.ts';
import { followChildren, previousChildStore } from './previous_child.ts';
import './objective.css';

const WEIGHTED = 'weighted…';

export function ObjectivePanel({ library }: { readonly library: OpenLibrary }) {
  const { view } = library;
  const objective = useStore(documentStore, (state) => objectiveOf(state.document, view));
  useEffect(() => followChildren(), []);
  const choice = composed(objective);
  const scores = scoreColumns(view);
  const several = scores.length > 1 || choice.kind === 'weighted';
  return (
    <section className="side-section objective" aria-label="Objective" data-testid="objective-panel">
      <header className="side-header">
        <h2>Objective</h2>
        <Select
          label="Objective"
          hideLabel
          value={choice.kind === 'single' ? choice.column : WEIGHTED}
          options={[
            ...scores.map((column) => ({
              value: column.id,
              label: `${column.better === 'lower' ? 'min' : 'max'} ${column.label}${column.provenance.kind === 'estimated' ? ' (est.)' : ''}`,
            })),
            ...(several ? [{ value: WEIGHTED, label: 'Weighted…' }] : []),
          ]}
          onChange={(value) => setObjective(value === WEIGHTED ? withAnother(termsOf(choice), view) : value)}
          testId="objective"
        />
      </header>
      {choice.kind === 'weighted' && <WeightedTerms library={library} terms={choice.terms} />}
      {noiseWarnings(objective, library).map((text) => (
        <Tooltip key={text} text={NOISE_DETAILS}>
          <p className="objective-warning" data-testid="objective-noise">
            {text}
          </p>
        </Tooltip>
      ))}
      <ChangeOfChild library={library} objective={objective} />
    </section>
  );
}

function termsOf(choice: ReturnType<typeof composed>): readonly ObjectiveTerm[] {
  return choice.kind === 'weighted' ? choice.terms : [{ column: choice.column, weight: 1 }];
}

function WeightedTerms({ library: { view }, terms }: { readonly library: OpenLibrary; readonly terms: readonly ObjectiveTerm[] }) {
  const unused = unusedScores(terms, view);
  const goal = quantityOf(view, terms[0].column).better === 'lower' ? 'min' : 'max';
  return (
    <div className="objective-terms" role="group" aria-label="Weighted objective">
      {terms.map(({ column, weight }, index) => (
        <div key={column} className="objective-term" data-testid={`objective-term-${index}`}>
          <NumberField
            label={`Weight of ${columnOf(view, column)?.label ?? column}`}
            value={weight}
            unit=""
            check={weightProblem}
            onCommit={(next) => setObjective(withTerm(terms, index, { weight: next }))}
            testId={`objective-weight-${index}`}
          />
          <span aria-hidden="true">×</span>
          <Select
            label={`Score ${index + 1}`}
            hideLabel
            value={column}
            options={[...scoreColumns(view)].filter(({ id }) => id === column || unused.some((other) => other.id === id)).map(({ id, label }) => ({ value: id, label }))}
            onChange={(next) => setObjective(withTerm(terms, index, { column: next }))}
            testId={`objective-column-${index}`}
          />
          <IconButton
            icon="close"
            label={`Remove ${columnOf(view, column)?.label ?? column}`}
            disabled={terms.length === 1}
            onClick={() => setObjective(without(terms, index))}
            data-testid={`objective-remove-${index}`}
          />
        </div>
      ))}
      <div className="objective-foot">
        <Tooltip text="As limits files and the command line take it. Scores that go the other way than the first count negatively.">
          <code className="selectable" data-testid="objective-text">
            {goal} {objectiveText(terms)}
          </code>
        </Tooltip>
        <Button variant="ghost" icon="add" disabled={unused.length === 0} onClick={() => setObjective(withAnother(terms, view))} data-testid="objective-add">
          Add score
        </Button>
      </div>
    </div>
  );
}

/** After a switch: how far the architecture moved. */
function ChangeOfChild({ library, objective }: { readonly library: OpenLibrary; readonly objective: string }) {
  const { current, previous } = useStore(previousChildStore);
  const settled = useStore(solveStore, (state) => !state.pending && state.outcome.kind === 'answer');
  if (!settled || current === undefined || previous === undefined || current.objective !== objective) return undefined;
  const layers = library.view.header.parent.num_hidden_layers;
  const changed = differingLayers(library.view, current.choices, previous.choices);
  const { label } = quantityOf(library.view, previous.objective);
  return (
    <p className="objective-change" data-testid="objective-change" data-changed={changed}>
      {changed === 0 ? `The same child as for ${label}` : `${changed} of ${layers} layers differ from the child for ${label}`}
    </p>
  );
}
