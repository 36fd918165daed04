/** The project's runs, newest first. Folders that cannot be read are named. */
import { memo } from 'react';
import { useStore } from 'zustand';
import type { RunProgress, RunSummary } from '../../../engine/protocol/train_api.ts';
import { runCommand } from '../../commands/command_actions.ts';
import { shortcutOf } from '../../commands/use_commands.ts';
import { showRun } from '../../state/train_actions.ts';
import { runStore } from '../../state/train_run_store.ts';
import { trainStore } from '../../state/train_store.ts';
import { viewStore } from '../../state/view_store.ts';
import { Badge } from '../../widgets/badge.tsx';
import { Button } from '../../widgets/button.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { Tooltip } from '../../widgets/tooltip.tsx';
import { StateIcon } from './state_icon.tsx';
import { LOOK_WORDS, lookOfRun, runLine } from './step_texts.ts';

export function RunsList() {
  const list = useStore(trainStore, (state) => state.list);
  const chosen = useStore(viewStore, (state) => state.run) ?? list?.runs[0]?.id;
  return (
    <aside className="runs" aria-label="Training runs">
      <header className="runs-head">
        <h2>Runs</h2>
        <Tooltip text={`New training run (${shortcutOf('train.new') ?? ''})`} describes={false}>
          <Button icon="add" onClick={() => runCommand('train.new')} data-testid="train-new">
            New run
          </Button>
        </Tooltip>
      </header>
      <ul className="runs-list" data-testid="runs-list">
        {(list?.runs ?? []).map((run) => (
          <li key={run.id}>
            <RunRow run={run} chosen={run.id === chosen} />
          </li>
        ))}
        {(list?.damaged ?? []).map(({ id, reason }) => (
          <li key={id}>
            <Tooltip text={reason}>
              <div className="run-row run-damaged" data-testid="run-damaged">
                <span className="state-icon state-failed" aria-hidden="true">
                  <Icon name="alert" size={14} />
                </span>
                <span className="run-name">{id}</span>
                <span className="run-line">Cannot be read: {reason}</span>
              </div>
            </Tooltip>
          </li>
        ))}
      </ul>
    </aside>
  );
}

function endedRun(run: RunSummary, { state, steps }: RunProgress): RunSummary {
  return {
    ...run,
    state,
    step: undefined,
    steps_done: steps.filter((step) => step.state === 'done').length,
    elapsed_s: steps.reduce((sum, step) => sum + step.elapsed_s, 0),
  };
}

const RunRow = memo(function RunRow({ run: listed, chosen }: { readonly run: RunSummary; readonly chosen: boolean }) {
  // The list comes less often than the run on screen: it must not go on running here when it is done there.
  const ended = useStore(runStore, ({ id, view }) => (id === listed.id && view !== undefined && view.progress.state !== 'running' ? view.progress : undefined));
  const run = listed.state === 'running' && ended !== undefined ? endedRun(listed, ended) : listed;
  const look = lookOfRun(run);
  const share = (run.steps_done + (run.step?.progress ?? 0)) / Math.max(1, run.steps_total);
  return (
    <button
      type="button"
      className={`run-row run-${look}`}
      aria-current={chosen ? 'true' : undefined}
      onClick={() => showRun(run.id)}
      data-testid="run-row"
      data-id={run.id}
      data-state={run.state}
    >
      <StateIcon look={look} progress={share} />
      <span className="run-name">{run.name}</span>
      {run.read_only !== undefined && <Badge text="read only" tone="warning" />}
      <span className="run-line">
        {look === 'running' && <span className="visually-hidden">{LOOK_WORDS.running}: </span>}
        {runLine(run)}
      </span>
      {look === 'running' && <span className="run-bar" aria-hidden="true"><span style={{ width: `${100 * share}%` }} /></span>}
    </button>
  );
});
