/** One run: what it is and does at the top, its steps at the left, what is known of one of them beside, its log below. */
import { useState } from 'react';
import { useStore } from 'zustand';
import { partOfInterest, type RunPart } from '../../state/train_run.ts';
import { runStore } from '../../state/train_run_store.ts';
import { viewStore } from '../../state/view_store.ts';
import { ErrorBoundary } from '../../widgets/error_boundary.tsx';
import { PipelineList } from './pipeline_list.tsx';
import { RunHeader } from './run_header.tsx';
import { RunLog } from './run_log.tsx';
import { StepDetail } from './step_detail.tsx';

export function RunView({ id }: { readonly id: string }) {
  const part = useShownPart();
  const [logShown, setLogShown] = useState(false);
  return (
    <section className="run" aria-label="Training run" data-testid="run" data-id={id} data-part={part}>
      <RunHeader id={id} />
      <div className="run-body">
        <PipelineList shown={part} />
        <div className="run-detail" data-testid="run-detail">
          <ErrorBoundary key={part} name="This step">
            <StepDetail id={id} part={part} />
          </ErrorBoundary>
        </div>
      </div>
      <RunLog shown={logShown} onToggle={() => setLogShown(!logShown)} />
    </section>
  );
}

/** The part that was chosen, else the one that says most now. */
function useShownPart(): RunPart {
  const chosen = useStore(viewStore, (state) => state.runPart);
  const interest = useStore(runStore, ({ view }) => (view === undefined ? 'data' : partOfInterest(view.progress)));
  const there = useStore(runStore, ({ view }) => chosen === 'result' || (view?.progress.steps.some(({ kind }) => kind === chosen) ?? false));
  return chosen !== undefined && there ? chosen : interest;
}
