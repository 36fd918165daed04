/** What a run's search minimises: scores of replacing one block, all of them better when lower. */
import { TASKS } from '../../engine/protocol/train.ts';

export interface ObjectiveChoice {
  readonly id: string;
  readonly label: string;
  readonly group: string | undefined;
}

/** Of scores on the data's tasks, which there are for the bundled corpus alone. */
const OF_TASKS = /^task/;

const ON_TEXT: readonly ObjectiveChoice[] = [
  { id: 'kl_div', label: 'KL from the parent', group: 'On held-out text' },
  { id: 'lm_loss_increase', label: 'LM loss, increase', group: 'On held-out text' },
  { id: 'top_1_drop', label: 'Top-1 accuracy, drop', group: 'On held-out text' },
  { id: 'top_5_drop', label: 'Top-5 accuracy, drop', group: 'On held-out text' },
  { id: 'top_10_drop', label: 'Top-10 accuracy, drop', group: 'On held-out text' },
  { id: 'hidden_cosine', label: 'Hidden states, cosine distance', group: 'On held-out text' },
];
const ON_TASKS: readonly ObjectiveChoice[] = [
  { id: 'tasks_drop', label: 'Task accuracy, mean drop', group: 'On tasks' },
  ...[...TASKS].sort().map((task) => ({ id: `task_${task}_drop`, label: `Accuracy of ${task.replaceAll('_', ' ')}, drop`, group: 'On tasks' })),
];

/** @param tasks whether blocks are scored on tasks. */
export function objectiveChoices(tasks: boolean): readonly ObjectiveChoice[] {
  return tasks ? [...ON_TEXT, ...ON_TASKS] : ON_TEXT;
}

export function objectiveText(id: string): string {
  return objectiveChoices(true).find((choice) => choice.id === id)?.label ?? id;
}

export function needsTasks(id: string): boolean {
  return OF_TASKS.test(id);
}
