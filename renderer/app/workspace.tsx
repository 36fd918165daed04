/** The middle of the window for every state of the open library. */
import { useStore } from 'zustand';
import { DiversityPanel } from '../panels/limits/diversity_panel.tsx';
import { LayerMapPanel } from '../panels/layer_map/layer_map_panel.tsx';
import { InfeasibleNotice } from '../panels/limits/infeasible_notice.tsx';
import { LimitsPanel } from '../panels/limits/limits_panel.tsx';
import { DeploymentPanel } from '../panels/model/deployment_panel.tsx';
import { ObjectivePanel } from '../panels/objective/objective_panel.tsx';
import { PinsPanel } from '../panels/pins/pins_panel.tsx';
import { SummaryStrip } from '../panels/summary/summary_strip.tsx';
import { Welcome } from '../panels/libraries/welcome.tsx';
import { WorkloadsPanel } from '../panels/workloads/workloads_panel.tsx';
import { runCommand } from '../commands/command_actions.ts';
import { documentStore } from '../state/document_store.ts';
import { engineStore, type OpenLibrary } from '../state/engine_store.ts';
import { followLibrary } from '../state/library_opener.ts';
import { viewStore } from '../state/view_store.ts';
import { TrainScreen } from '../panels/train/train_screen.tsx';
import { Button } from '../widgets/button.tsx';
import { EmptyState } from '../widgets/empty_state.tsx';
import { ErrorBoundary } from '../widgets/error_boundary.tsx';
import { Tabs } from './tabs.tsx';

export function Workspace() {
  const screen = useStore(viewStore, (state) => state.screen);
  if (screen === 'explore') return <ExploreScreen />;
  return (
    <ErrorBoundary name="Training">
      <TrainScreen />
    </ErrorBoundary>
  );
}

function ExploreScreen() {
  const library = useStore(engineStore, (state) => state.library);
  const loaded = useStore(documentStore, (state) => state.loaded);
  const chosen = useStore(documentStore, (state) => state.document.library_id);
  switch (library.kind) {
    case 'open':
      return <Explorer library={library.library} />;
    case 'loading':
      return (
        <main className="workspace-state">
          <EmptyState busy title="Opening the library…" testId="library-loading" />
        </main>
      );
    case 'failed':
      return (
        <main className="workspace-state">
          <EmptyState
            icon="alert"
            title="The project's library could not be opened"
            text={`${library.error.message}${library.error.hint === undefined ? '' : ` ${library.error.hint}`}`}
            testId="library-failed"
            actions={
              <>
                <Button onClick={() => void followLibrary()}>Try again</Button>
                <Button onClick={() => runCommand('library.open-file')}>Open another…</Button>
                <Button onClick={() => runCommand('library.estimate')}>Estimate one…</Button>
                <Button onClick={() => runCommand('library.sample')}>Open the sample</Button>
              </>
            }
          />
        </main>
      );
    case 'none':
      return (
        <main className="workspace-state">
          {loaded && chosen === undefined ? <Welcome /> : <EmptyState busy title="Starting the engine…" testId="engine-starting" />}
        </main>
      );
    default:
      return library satisfies never;
  }
}

function Explorer({ library }: { readonly library: OpenLibrary }) {
  return (
    <div className="explorer">
      <aside className="side" aria-label="Objective, deployment, limits, workloads and pins">
        <ErrorBoundary name="The limits">
          <ObjectivePanel library={library} />
          <DeploymentPanel library={library} />
          <LimitsPanel library={library} />
          <InfeasibleNotice library={library} />
          <WorkloadsPanel library={library} />
          <DiversityPanel layers={library.view.header.parent.num_hidden_layers} />
        </ErrorBoundary>
        <ErrorBoundary name="The pins">
          <PinsPanel library={library} />
        </ErrorBoundary>
      </aside>
      <main className="main">
        <ErrorBoundary name="The summary">
          <SummaryStrip library={library} />
        </ErrorBoundary>
        <div className="main-map">
          <ErrorBoundary name="The runtime map">
            <LayerMapPanel />
          </ErrorBoundary>
        </div>
        <Tabs />
      </main>
    </div>
  );
}
