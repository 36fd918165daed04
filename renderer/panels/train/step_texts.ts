/** Words for states of runs and steps. */
import type { RunProgress, RunSummary } from '../../../engine/protocol/train_api.ts';
import type { StepState } from '../../../engine/protocol/train.ts';
import { durationText, forecastText } from '../../state/train_numbers.ts';

export type RunLook = 'waiting' | 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'interrupted';

export function lookOfRun({ state, queued_behind: queued }: Pick<RunProgress, 'state' | 'queued_behind'>): RunLook {
  return queued !== undefined && state !== 'running' ? 'queued' : state;
}

export const LOOK_WORDS: Readonly<Record<RunLook, string>> = {
  waiting: 'Not started',
  queued: 'Queued',
  running: 'Running',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
  interrupted: 'Interrupted',
};

/** What each state means for the user, where its word does not say. */
export const LOOK_HELP: Readonly<Partial<Record<RunLook, string>>> = {
  queued: 'One run computes at a time; this one starts by itself.',
  cancelled: 'Resuming goes on where it stopped; nothing that is done is done again.',
  interrupted: 'The program ended while it ran. Resuming goes on from its last checkpoint, with the same results.',
};

/** The second line of a run in the list. */
export function runLine(run: RunSummary): string {
  const look = lookOfRun(run);
  switch (look) {
    case 'running':
      return run.step === undefined ? 'Starting…' : [run.step.title, percentText(run.step.progress), ...(run.step.eta_s === undefined ? [] : [`${forecastText(run.step.eta_s)} left`])].join(' · ');
    case 'queued':
      return `Queued behind ${run.queued_behind?.name ?? 'another run'}`;
    case 'done':
      return `Done in ${durationText(run.elapsed_s)}`;
    case 'waiting':
      return 'Not started';
    case 'failed':
    case 'cancelled':
    case 'interrupted':
      return `${LOOK_WORDS[look]} after ${run.steps_done} of ${run.steps_total} steps, ${durationText(run.elapsed_s)}`;
    default:
      return look satisfies never;
  }
}

export function percentText(share: number): string {
  return `${Math.floor(100 * share)} %`;
}

export const STEP_WORDS: Readonly<Record<StepState['state'], string>> = { waiting: 'waiting', running: 'under way', done: 'done', failed: 'failed', cancelled: 'stopped' };

/** What stands at the end of a step's line. */
export function stepTime({ state, elapsed_s: elapsed, eta_s: eta }: StepState): string {
  if (state === 'running' && eta !== undefined) return `${forecastText(eta)} left`;
  return elapsed > 0 && state !== 'waiting' ? durationText(elapsed) : '';
}
