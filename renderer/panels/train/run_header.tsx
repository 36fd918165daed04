/** What a run is, what computes it, how long it takes, and what can be done with it. */
import { useState } from 'react';
import { useStore } from 'zustand';
import type { Plan } from '../../../engine/protocol/train.ts';
import type { RunProgress } from '../../../engine/protocol/train_api.ts';
import { showDialog } from '../../state/dialog_store.ts';
import { cancelRun, freeName, isResumable, openRunLibrary, removeRun, resumeRun, startRun } from '../../state/train_actions.ts';
import { secondsLeft } from '../../state/train_estimate.ts';
import { durationText, forecastText } from '../../state/train_numbers.ts';
import { isUnderWay } from '../../state/train_run.ts';
import { runStore } from '../../state/train_run_store.ts';
import { Badge } from '../../widgets/badge.tsx';
import { Button } from '../../widgets/button.tsx';
import { Dialog } from '../../widgets/dialog.tsx';
import { Menu } from '../../widgets/menu.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { Tooltip } from '../../widgets/tooltip.tsx';
import { DeviceName } from './device_line.tsx';
import { LOOK_HELP, LOOK_WORDS, lookOfRun, type RunLook } from './step_texts.ts';

const TONES: Readonly<Record<RunLook, 'neutral' | 'accent' | 'warning' | 'danger' | 'ok'>> = {
  waiting: 'neutral',
  queued: 'neutral',
  running: 'accent',
  done: 'ok',
  failed: 'danger',
  cancelled: 'warning',
  interrupted: 'warning',
};

export function RunHeader({ id }: { readonly id: string }) {
  const progress = useStore(runStore, ({ view }) => view?.progress);
  const plan = useStore(runStore, ({ view }) => view?.plan);
  if (progress === undefined || plan === undefined) return undefined;
  const look = lookOfRun(progress);
  const help = LOOK_HELP[look];
  const badge = (
    <span className="run-state" data-testid="run-state" data-state={progress.state} data-look={look}>
      <Badge text={look === 'queued' ? `Queued behind ${progress.queued_behind?.name ?? 'another run'}` : LOOK_WORDS[look]} tone={TONES[look]} />
    </span>
  );
  return (
    <header className="run-head">
      <div className="run-what">
        <div className="run-heading">
          <h1 data-testid="run-name">{progress.name}</h1>
          {help === undefined ? badge : <Tooltip text={help}>{badge}</Tooltip>}
        </div>
        <p className="run-facts">
          <span>
            {plan.preset}, seed {plan.seed}
          </span>
          {progress.device !== undefined && (
            <span className="run-device">
              <DeviceName device={progress.device} />
              {progress.processes > 0 && `, ${progress.processes} ${progress.processes === 1 ? 'process' : 'processes'}`}
            </span>
          )}
          <RunTime progress={progress} plan={plan} />
        </p>
        {progress.read_only !== undefined && (
          <p className="run-read-only" role="status" data-testid="run-read-only">
            <Icon name="lock" size={14} />
            {progress.read_only}
          </p>
        )}
      </div>
      <RunActions id={id} progress={progress} plan={plan} />
    </header>
  );
}

function RunTime({ progress, plan }: { readonly progress: RunProgress; readonly plan: Plan }) {
  const elapsed = progress.steps.reduce((sum, { elapsed_s }) => sum + elapsed_s, 0);
  const left = progress.state === 'running' ? secondsLeft(plan, progress.steps) : undefined;
  if (progress.state === 'waiting' && elapsed === 0) return undefined;
  return (
    <span data-testid="run-time">
      {durationText(elapsed)}
      {progress.state === 'done' ? ' in all' : ' so far'}
      {left !== undefined && `, ${left < 5 ? '' : 'about '}${forecastText(left)} to go`}
    </span>
  );
}

function RunActions({ id, progress, plan }: { readonly id: string; readonly progress: RunProgress; readonly plan: Plan }) {
  const [asking, setAsking] = useState(false);
  const [stopping, setStopping] = useState(false);
  const results = useStore(runStore, (state) => (state.results?.scores.length ?? 0) > 0);
  const hasLibrary = results && progress.steps.some(({ kind, state }) => kind === 'library' && state === 'done');
  const fixed = progress.read_only !== undefined;
  const underWay = isUnderWay(progress);
  const stop = async (): Promise<void> => {
    setStopping(true);
    await cancelRun(id);
    setStopping(false);
  };
  return (
    <div className="run-actions">
      {underWay && (
        <Button icon="close" disabled={fixed || stopping} onClick={() => void stop()} data-testid="run-cancel">
          {stopping ? 'Cancelling…' : 'Cancel'}
        </Button>
      )}
      {!underWay && isResumable(progress.state) && (
        <Button variant="primary" disabled={fixed} onClick={() => void resumeRun(id)} data-testid="run-resume">
          Resume
        </Button>
      )}
      {!underWay && progress.state === 'waiting' && (
        <Button variant="primary" disabled={fixed} onClick={() => void startRun(id)} data-testid="run-start">
          Start
        </Button>
      )}
      {hasLibrary && (
        <Button icon="library" onClick={() => void openRunLibrary(id)} data-testid="run-open-library">
          Open library
        </Button>
      )}
      <Menu
        label="More about this run"
        width={260}
        sections={[
          {
            id: 'run',
            items: [
              { id: 'again', label: 'New run from this one…', description: 'with its plan, to be changed', onSelect: () => showDialog({ kind: 'train', from: { id, plan, name: freeName(progress.name) } }) },
              { id: 'remove', label: 'Remove…', description: underWay ? 'cancel it first' : 'with all its files', disabled: fixed || underWay, onSelect: () => setAsking(true) },
            ],
          },
        ]}
        testId="run-menu"
        renderTrigger={(props) => (
          <button type="button" className="button icon-button" aria-label="More about this run" data-testid="run-more" {...props}>
            <Icon name="chevron" />
          </button>
        )}
      />
      {asking && (
        <Dialog
          title={`Remove ${progress.name}?`}
          onClose={() => setAsking(false)}
          width={440}
          testId="run-remove-dialog"
          footer={
            <>
              <Button onClick={() => setAsking(false)}>Keep it</Button>
              <Button
                variant="danger"
                icon="trash"
                onClick={() => {
                  setAsking(false);
                  void removeRun(id);
                }}
                data-testid="run-remove-confirm"
              >
                Remove
              </Button>
            </>
          }
        >
          <p>Its parent, blocks, scores and children are deleted from the disk. Libraries that were opened from it stay in the project. This cannot be undone.</p>
        </Dialog>
      )}
    </div>
  );
}
