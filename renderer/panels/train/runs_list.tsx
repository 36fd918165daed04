/** The project's runs, newest first; runs of one experiment stand together. Folders that cannot be read are named. */
import { memo } from 'react';
import { useStore } from 'zustand';
import type { RunSummary } from '../../../engine/protocol/train_api.ts';
import { runCommand } from '../../commands/command_actions.ts';
import { shortcutOf } from '../../commands/use_commands.ts';
import { showExperiment, showRun } from '../../state/train_actions.ts';
import { groupRuns } from '../../state/train_experiment.ts';
import { trainStore } from '../../state/train_store.ts';
import { viewStore } from '../../state/view_store.ts';
import { Badge } from '../../widgets/badge.tsx';
import { IconButton } from '../../widgets/button.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { Menu } from '../../widgets/menu.tsx';
import { Tooltip } from '../../widgets/tooltip.tsx';
import { StateIcon } from './state_icon.tsx';
import { LOOK_WORDS, lookOfRun, runLine } from './step_texts.ts';

export function RunsList() {
  const list = useStore(trainStore, (state) => state.list);
  const chosen = useStore(viewStore, (state) => state.run) ?? list?.runs[0]?.id;
  const experiment = useStore(viewStore, (state) => state.experiment);
  const entries = groupRuns(list?.runs ?? []);
  return (
    <aside className="runs" aria-label="Training runs">
      <header className="runs-head">
        <h2>Runs</h2>
        <span className="runs-new">
          <IconButton icon="add" label="New training run" shortcut={shortcutOf('train.new')} onClick={() => runCommand('train.new')} data-testid="train-new" />
          <Menu
            label="More ways to train"
            width={300}
            testId="train-more-menu"
            sections={[
              {
                id: 'new',
                items: [
                  { id: 'run', label: 'New training run…', description: 'a parent, its blocks, a search, a child', onSelect: () => runCommand('train.new') },
                  { id: 'experiment', label: 'New experiment…', description: 'runs that differ in one thing, over several seeds', onSelect: () => runCommand('train.experiment') },
                ],
              },
            ]}
            renderTrigger={(props) => (
              <button type="button" className="button button-ghost icon-button" aria-label="More ways to train" data-testid="train-more" {...props}>
                <Icon name="chevron" />
              </button>
            )}
          />
        </span>
      </header>
      <ul className="runs-list" data-testid="runs-list">
        {entries.map((entry) =>
          entry.kind === 'run' ? (
            <li key={entry.run.id}>
              <RunRow run={entry.run} chosen={experiment === undefined && entry.run.id === chosen} label={entry.run.name} />
            </li>
          ) : (
            <li key={`experiment ${entry.name}`} className="runs-group">
              <button
                type="button"
                className="run-row run-group-head"
                aria-current={experiment === entry.name ? 'true' : undefined}
                onClick={() => showExperiment(entry.name)}
                data-testid="experiment-row"
                data-name={entry.name}
              >
                <Icon name="compare" />
                <span className="run-name">{entry.name}</span>
                <span className="muted run-count">
                  {entry.runs.filter(({ run }) => run.state === 'done').length} of {entry.runs.length}
                </span>
              </button>
              <ul>
                {entry.runs.map(({ run, label }) => (
                  <li key={run.id}>
                    <RunRow run={run} chosen={experiment === undefined && run.id === chosen} label={label} />
                  </li>
                ))}
              </ul>
            </li>
          ),
        )}
        {(list?.damaged ?? []).map(({ id, reason }) => (
          <li key={id}>
            <Tooltip text={reason}>
              <div className="run-row run-damaged" data-testid="run-damaged">
                <span className="state-icon state-failed" aria-hidden="true">
                  <Icon name="alert" size={12} />
                </span>
                <span className="run-name">{id}</span>
                <span className="run-line">Its run.json cannot be read: {reason}</span>
              </div>
            </Tooltip>
          </li>
        ))}
      </ul>
    </aside>
  );
}

const RunRow = memo(function RunRow({ run, chosen, label }: { readonly run: RunSummary; readonly chosen: boolean; readonly label: string }) {
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
      <span className="run-name">{label}</span>
      {run.read_only !== undefined && <Badge text="read only" tone="warning" />}
      <span className="run-line">
        <span className="visually-hidden">{LOOK_WORDS[look]}: </span>
        {runLine(run)}
      </span>
      {look === 'running' && <span className="run-bar" aria-hidden="true"><span style={{ width: `${100 * share}%` }} /></span>}
    </button>
  );
});
