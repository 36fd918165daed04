/** What is known of one step of a run, or of its result; a failure comes first, with its remedy. */
import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import type { StepKind } from '../../../engine/protocol/train.ts';
import { partOfInterest, RESULT, stepOf, type RunPart } from '../../state/train_run.ts';
import { showDialog } from '../../state/dialog_store.ts';
import { freeName } from '../../state/train_actions.ts';
import { runStore } from '../../state/train_run_store.ts';
import { viewStore } from '../../state/view_store.ts';
import { Button } from '../../widgets/button.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { AdditivityStep } from './additivity_step.tsx';
import { BldStep } from './bld_step.tsx';
import { DataStep } from './data_step.tsx';
import { ExperimentStep } from './experiment_step.tsx';
import { ExportStep } from './export_step.tsx';
import { FinalStep } from './final_step.tsx';
import { GkdStep } from './gkd_step.tsx';
import { MethodsStep } from './methods_step.tsx';
import { ParentStep } from './parent_step.tsx';
import { PlainStep } from './plain_step.tsx';
import { ResultView } from './result_view.tsx';
import { ScoreStep } from './score_step.tsx';
import { StepClock } from './step_clock.tsx';
import { TimesStep } from './times_step.tsx';

/** What a step is for, for whoever sees it the first time. */
const PURPOSES: Readonly<Record<StepKind, string>> = {
  data: 'Text is turned into tokens, packed into sequences and split by document into training and held-out text.',
  parent: 'The model that is to be made cheaper.',
  activations: 'The parent’s hidden states between layers are kept, so that every block can be trained by itself.',
  measure: 'How long every variant of a sub-block takes on this computer, and by the cost model on the target device.',
  bld: 'Every variant of a sub-block, or of a block where pairs are trained, gets the parent’s hidden states and learns to make of them what the parent’s layer does.',
  score: 'Each block in turn takes its place in the otherwise intact parent; what that does to the whole model is its score.',
  library: 'Scores, times and sizes of all blocks become a block library, as the Explorer searches them.',
  search: 'The child with the least summed score within each set of limits, and what simpler methods choose there.',
  evaluate: 'The children found are put together and measured against the parent, before any further training.',
  additivity: 'Whether sums of scores rank whole children as they really are: random ones, some of them of one runtime.',
  gkd: 'The chosen child is put together and trained as a whole to do as its parent does.',
  final: 'The child before and after distillation beside its parent, on text and tasks that were not trained on.',
  export: 'The child’s weights as files that other programs load.',
  experiment_baselines: 'What the exact search is worth beside simpler methods, on this parent.',
  experiment_bld: 'What training the blocks is worth: the same search over blocks as they are initialised.',
  experiment_coupled: 'Whether pairs should be trained together.',
  experiment_metrics: 'Which score the search should add up.',
  experiment_losses: 'Which terms of the loss the child should be distilled with.',
  experiment_budgets: 'What more or fewer tokens would change.',
};

export function StepDetail({ id, part }: { readonly id: string; readonly part: RunPart }) {
  return (
    <div id="run-part" className="part" role="tabpanel" aria-labelledby={`part-${part}`}>
      {part === RESULT ? <ResultView id={id} /> : <Step id={id} kind={part} />}
    </div>
  );
}

function Step({ id, kind }: { readonly id: string; readonly kind: StepKind }) {
  const step = useStore(runStore, ({ view }) => (view === undefined ? undefined : stepOf(view.progress, kind)));
  const elsewhere = useStore(runStore, ({ view }) => view !== undefined && view.progress.state === 'running' && partOfInterest(view.progress) !== kind);
  if (step === undefined) return undefined;
  return (
    <>
      <header className="part-head">
        <h2>{step.title}</h2>
        <StepClock step={step} />
        {elsewhere && (
          <Button variant="ghost" onClick={() => viewStore.setState({ runPart: undefined })} data-testid="follow">
            Go to the step under way
          </Button>
        )}
        <p className="part-purpose muted">{PURPOSES[kind]}</p>
      </header>
      {step.error !== undefined && (
        <div className="part-error" role="alert" data-testid="step-error">
          <Icon name="alert" />
          <div className="selectable">
            <strong>{step.error.message}</strong>
            {step.error.hint !== undefined && <p>{step.error.hint}</p>}
          </div>
          <ChangePlan id={id} />
        </div>
      )}
      {contentOf(id, kind)}
    </>
  );
}

/** What failed for what it was told to do fails again; another plan may not. */
function ChangePlan({ id }: { readonly id: string }) {
  const plan = useStore(runStore, ({ view }) => view?.plan);
  const name = useStore(runStore, ({ view }) => view?.progress.name);
  if (plan === undefined || name === undefined) return undefined;
  return (
    <Button onClick={() => showDialog({ kind: 'train', from: { id, plan, name: freeName(name) } })} data-testid="step-change-plan">
      Change the plan…
    </Button>
  );
}

function contentOf(id: string, kind: StepKind): ReactElement {
  switch (kind) {
    case 'data':
      return <DataStep />;
    case 'parent':
      return <ParentStep />;
    case 'measure':
      return <TimesStep />;
    case 'bld':
      return <BldStep />;
    case 'score':
      return <ScoreStep />;
    case 'search':
    case 'evaluate':
      return <MethodsStep />;
    case 'additivity':
      return <AdditivityStep />;
    case 'gkd':
      return <GkdStep />;
    case 'final':
      return <FinalStep />;
    case 'export':
      return <ExportStep id={id} />;
    case 'activations':
    case 'library':
      return <PlainStep id={id} kind={kind} />;
    case 'experiment_baselines':
    case 'experiment_bld':
    case 'experiment_coupled':
    case 'experiment_metrics':
    case 'experiment_losses':
    case 'experiment_budgets':
      return <ExperimentStep kind={kind} />;
    default:
      return kind satisfies never;
  }
}
