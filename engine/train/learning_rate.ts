/** Learning rate over a run: linear warm-up from nearly nothing, then a cosine down to the final rate. */
import type { TrainingSpec } from '../protocol/train.ts';

export type Schedule = Pick<TrainingSpec, 'steps' | 'warmup_steps' | 'learning_rate' | 'final_learning_rate'>;

/**
 * The rate of the step that has `step` steps before it. The full rate is reached at the last step of the warm-up, the final
 * rate at the last step of the run.
 */
export function learningRateAt({ steps, warmup_steps, learning_rate, final_learning_rate }: Schedule, step: number): number {
  if (step < warmup_steps) return (learning_rate * (step + 1)) / warmup_steps;
  const decaySteps = steps - Math.max(warmup_steps, 1);
  if (decaySteps <= 0) return learning_rate;
  const share = Math.min((step + 1 - Math.max(warmup_steps, 1)) / decaySteps, 1);
  return final_learning_rate + ((learning_rate - final_learning_rate) * (1 + Math.cos(Math.PI * share))) / 2;
}
