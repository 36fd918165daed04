/** How far a step is, how long it took and how long it will still take. */
import type { StepState } from '../../../engine/protocol/train.ts';
import { durationText, forecastText } from '../../state/train_numbers.ts';
import { percentText, STEP_WORDS } from './step_texts.ts';

export function StepClock({ step: { state, progress, elapsed_s: elapsed, eta_s: eta, jobs, outcome } }: { readonly step: StepState }) {
  const parts = [
    state === 'running' ? percentText(progress) : STEP_WORDS[state],
    ...(state === 'waiting' || elapsed <= 0 ? [] : [durationText(elapsed)]),
    ...(eta === undefined ? [] : [`${forecastText(eta)} left`]),
    ...(jobs.total > 1 && state !== 'waiting' ? [`${jobs.done} of ${jobs.total} jobs`] : []),
    ...(outcome === undefined ? [] : [outcome]),
  ];
  return (
    <span className="part-clock" data-testid="part-clock" data-state={state}>
      {parts.join(' · ')}
    </span>
  );
}
