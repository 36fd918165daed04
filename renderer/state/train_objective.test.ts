import { expect, test } from 'vitest';
import { TASKS } from '../../engine/protocol/train.ts';
import { scoreIds } from '../../engine/train/library.ts';
import { needsTasks, objectiveChoices, objectiveText } from './train_objective.ts';

test.each([
  [false, []],
  [true, TASKS],
])('the choices are the scores that a run takes; with tasks: %s', (scored, tasks) => {
  expect(objectiveChoices(scored).map(({ id }) => id)).toEqual(scoreIds(tasks));
});

test('scores on tasks are told from those on text', () => {
  expect(scoreIds(TASKS).filter((id) => needsTasks(id))).toEqual(scoreIds(TASKS).filter((id) => !scoreIds([]).includes(id)));
});

test('an unknown one is called by its id', () => {
  expect(objectiveText('top_1_drop')).toBe('Top-1 accuracy, drop');
  expect(objectiveText('kl_div + lm_loss')).toBe('kl_div + lm_loss');
});
