/** Training: the project's runs at the left, the one chosen beside them. */
import { useEffect } from 'react';
import { useStore } from 'zustand';
import { runCommand } from '../../commands/command_actions.ts';
import { engineStore } from '../../state/engine_store.ts';
import { beginSample } from '../../state/train_actions.ts';
import { runStore } from '../../state/train_run_store.ts';
import { askDevices, askPresets, knownOf, trainStore } from '../../state/train_store.ts';
import { durationText } from '../../state/train_numbers.ts';
import { Button } from '../../widgets/button.tsx';
import { EmptyState } from '../../widgets/empty_state.tsx';
import { ErrorBoundary } from '../../widgets/error_boundary.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { DeviceLine } from './device_line.tsx';
import { RunView } from './run_view.tsx';
import { RunsList } from './runs_list.tsx';
import '../../widgets/data_table.css';
import './train.css';

export function TrainScreen() {
  const client = useStore(engineStore, (state) => (state.connection.kind === 'ready' ? state.connection.client : undefined));
  const list = useStore(trainStore, (state) => state.list);
  const listError = useStore(trainStore, (state) => state.listError);
  useEffect(() => {
    if (client !== undefined) askPresets(client);
  }, [client]);
  if (list === undefined) {
    return (
      <main className="workspace-state" data-testid="train">
        {listError === undefined ? <EmptyState busy title="Looking for training runs…" /> : <EmptyState icon="alert" title="The runs of this project cannot be read" text={`${listError.message} ${listError.hint ?? ''}`} />}
      </main>
    );
  }
  if (list.runs.length + list.damaged.length === 0) {
    return (
      <main className="workspace-state" data-testid="train">
        <NoRuns />
      </main>
    );
  }
  return (
    <div className="train" data-testid="train">
      <RunsList />
      <main className="train-main">
        <ErrorBoundary name="The run">
          <ShownRun />
        </ErrorBoundary>
      </main>
    </div>
  );
}

function ShownRun() {
  const id = useStore(runStore, (state) => state.id);
  const ready = useStore(runStore, (state) => state.view !== undefined);
  const error = useStore(runStore, (state) => state.error);
  const gone = useStore(runStore, (state) => state.gone);
  if (id !== undefined && ready) return <RunView key={id} id={id} />;
  if (error !== undefined) return <EmptyState icon="alert" title="This run cannot be shown" text={`${error.message} ${error.hint ?? ''}`} testId="run-failed" />;
  if (gone) return <EmptyState icon="trash" title="This run was removed" text="Choose another one at the left, or begin a new one." />;
  return id === undefined ? <EmptyState icon="info" title="No run can be read" text="Begin a new one, or look into the folders named at the left." /> : <EmptyState busy title="Opening the run…" />;
}

function NoRuns() {
  const presets = knownOf(useStore(trainStore, (state) => state.presets));
  const client = useStore(engineStore, (state) => (state.connection.kind === 'ready' ? state.connection.client : undefined));
  // Who sees this may start something: what it would run on is worth knowing, and takes a moment to find out.
  useEffect(() => {
    if (client !== undefined) askDevices(client);
  }, [client]);
  const smoke = presets?.find(({ id }) => id === 'smoke') ?? presets?.[0];
  return (
    <div className="train-welcome" data-testid="train-empty">
      <div className="train-welcome-box">
        <h1>Run Puzzle on a model of your own</h1>
        <p className="muted train-welcome-text">
          A run trains a parent or opens one, distils cheaper variants of every block from it, scores each in its place and searches for the best child within your limits. The child is distilled, measured against its
          parent and exported with weights that other programs load; its block library opens in the Explorer.
        </p>
        <div className="train-welcome-actions">
          <Button variant="primary" onClick={() => void beginSample()} data-testid="train-sample">
            Train a sample parent
          </Button>
          <Button onClick={() => runCommand('train.new')} data-testid="train-new">
            Choose what to train…
          </Button>
        </div>
        {smoke !== undefined && (
          <p className="muted train-welcome-note">
            The sample: {smoke.line} About {durationText(smoke.estimate_s)} on two cores.
          </p>
        )}
        <ol className="train-welcome-steps" aria-label="What a run does">
          {[
            ['Parent', 'trained on text made here, or a Hugging Face folder of yours'],
            ['Blocks', 'every layer’s alternatives learn to imitate it (BLD)'],
            ['Scores', 'what each block does to the whole model, and how long it takes'],
            ['Search', 'the best child within limits, beside simpler methods'],
            ['Child', 'distilled (GKD), measured, exported'],
          ].map(([name, what], i) => (
            <li key={name}>
              <span className="train-welcome-number" aria-hidden="true">
                {i + 1}
              </span>
              <strong>{name}</strong>
              <span className="muted">{what}</span>
            </li>
          ))}
        </ol>
        <p className="train-welcome-device">
          <Icon name="chip" />
          <DeviceLine />
        </p>
      </div>
    </div>
  );
}
