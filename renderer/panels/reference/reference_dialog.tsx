/**
 * 51B and 40B: two problems whose answers are known, solved here and set beside the released Nemotron-51B. It opens over
 * whatever is on screen, without a library too, and asks the engine as soon as there is one.
 */
import { useEffect } from 'react';
import { useStore } from 'zustand';
import type { ReferenceComparison, ReferenceProblem } from '../../../engine/protocol/reference.ts';
import { closeDialog } from '../../state/dialog_store.ts';
import { engineStore, type OpenLibrary } from '../../state/engine_store.ts';
import { cancelReference, requestReference } from '../../state/reference_controller.ts';
import { referenceStore } from '../../state/reference_store.ts';
import { viewStore } from '../../state/view_store.ts';
import { Button } from '../../widgets/button.tsx';
import { Dialog } from '../../widgets/dialog.tsx';
import { EmptyState } from '../../widgets/empty_state.tsx';
import { FiguresTable } from './figures_table.tsx';
import { ProblemCard } from './problem_card.tsx';
import { ReferenceMaps } from './reference_maps.tsx';
import { Sources } from './sources.tsx';
import './reference.css';

export function ReferenceDialog() {
  const state = useStore(referenceStore);
  const connection = useStore(engineStore, (engine) => engine.connection);
  useEffect(() => {
    if (connection.kind !== 'ready') return undefined;
    void requestReference(connection.client);
    return cancelReference;
  }, [connection]);
  useEffect(() => () => viewStore.setState({ activeLayer: undefined }), []);
  const retry = (): void => {
    if (connection.kind === 'ready') void requestReference(connection.client);
  };
  return (
    <Dialog title="51B and 40B" onClose={closeDialog} width={1280} testId="reference">
      <div className="reference-content" data-testid="reference-content" data-state={state.kind}>
        {state.kind === 'failed' ? (
          <EmptyState
            icon="alert"
            title="The two problems could not be solved"
            text={`${state.error.message}${state.error.hint === undefined ? '' : ` ${state.error.hint}`}`}
            testId="reference-failed"
            actions={
              <>
                <Button onClick={retry}>Try again</Button>
                <Button onClick={closeDialog}>Close</Button>
              </>
            }
          />
        ) : state.kind === 'done' ? (
          <Compared comparison={state.comparison} library={state.library} />
        ) : (
          <Solving problems={state.kind === 'solving' ? state.problems : []} />
        )}
      </div>
    </Dialog>
  );
}

function Lead() {
  return (
    <p className="reference-lead">
      Two children of Llama-3.1-70B for one H100 in FP8, at 128 prompt and 1,024 generated tokens. The limits are what this workbench <em>predicts</em> for
      the released Nemotron-51B; published figures stand beside ours and are never limits.
    </p>
  );
}

/** What is asked is there at once; the answers take a second or two. */
function Solving({ problems }: { readonly problems: readonly ReferenceProblem[] }) {
  return (
    <>
      <Lead />
      <div className="reference-problems">
        {problems.map((problem) => (
          <ProblemCard key={problem.id} problem={problem} />
        ))}
      </div>
      <EmptyState
        busy
        title={problems.length === 0 ? 'Predicting what the released Nemotron-51B does…' : 'Solving both problems to proven optimality…'}
        text="80 layers with 60 variants each, at every batch that may serve. It takes some seconds, more while a frontier is searched as well."
        testId="reference-solving"
        actions={<Button onClick={closeDialog}>Cancel</Button>}
      />
    </>
  );
}

function Compared({ comparison, library }: { readonly comparison: ReferenceComparison; readonly library: OpenLibrary }) {
  return (
    <>
      <Lead />
      <div className="reference-problems">
        {comparison.answers.map((answer) => (
          <ProblemCard key={answer.problem.id} problem={answer.problem} answer={answer} released={comparison.released} />
        ))}
      </div>
      <ReferenceMaps comparison={comparison} library={library} />
      <FiguresTable comparison={comparison} />
      <Sources comparison={comparison} view={library.view} />
    </>
  );
}
