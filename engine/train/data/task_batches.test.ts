import { describe, expect, it } from 'vitest';
import type { TaskExample } from './data_format.ts';
import { answeredRight, answerPositions, taskAccuracy, taskBatches, type AnsweredBatch, type TaskBatch } from './task_batches.ts';

const EXAMPLES: readonly TaskExample[] = [
  { task: 'copy', level: 1, tokens: [9, 1, 2, 3, 1, 2, 3, 1, 2, 3], answer: [7, 10] },
  { task: 'recall', level: 2, tokens: [9, 4, 5, 4, 5], answer: [4, 5] },
  { task: 'copy', level: 3, tokens: [9, 6, 7, 6, 7], answer: [3, 5] },
];
const batches = taskBatches(EXAMPLES, { rows: 2, padId: 9 });

/** As a model that says `next` after every token would answer. */
function answered(batch: TaskBatch, next: (ids: Int32Array, place: number) => number): AnsweredBatch {
  return { batch, predictions: Int32Array.from(batch.ids, (_, place) => next(batch.ids, place)) };
}

const knowing = (ids: Int32Array, place: number): number => ids[place + 1] ?? 0;

describe('taskBatches', () => {
  it('holds every example in a row of its own, padded at the end', () => {
    expect(batches.map(({ rows, length }) => [rows, length])).toEqual([[2, 8], [1, 16]]);
    const rows = batches.flatMap(({ ids, length, answers }) => answers.map(({ row, start, end, task, level }) => ({ task, level, tokens: Array.from(ids.slice(row * length, (row + 1) * length)), answer: [start, end] })));
    for (const example of EXAMPLES) {
      const row = rows.find(({ task, level }) => task === example.task && level === example.level);
      expect(row?.answer).toEqual(example.answer);
      expect(row?.tokens.slice(0, example.tokens.length)).toEqual(example.tokens);
      expect(row?.tokens.slice(example.tokens.length).every((id) => id === 9)).toBe(true);
    }
  });

  it('has none without examples', () => {
    expect(taskBatches([], { rows: 4, padId: 0 })).toEqual([]);
  });
});

describe('accuracy', () => {
  it('is the share of answers with every token right', () => {
    expect(taskAccuracy(batches.map((batch) => answered(batch, knowing)))).toEqual({ copy: 1, recall: 1 });
    expect(taskAccuracy(batches.map((batch) => answered(batch, () => 5)))).toEqual({ copy: 0, recall: 1 });
    // One wrong token of three spoils an answer.
    const nearly = batches.map((batch) => answered(batch, (ids, place) => (ids[place + 1] === 3 ? 8 : knowing(ids, place))));
    expect(taskAccuracy(nearly)).toEqual({ copy: 0.5, recall: 1 });
  });

  it('looks only at the positions it names', () => {
    for (const batch of batches) {
      const asked = new Set(answerPositions(batch));
      expect(asked.size).toBe(batch.answers.reduce((sum, { start, end }) => sum + end - start, 0));
      const elsewhereWrong = answered(batch, (ids, place) => (asked.has(place) ? knowing(ids, place) : -1));
      expect(answeredRight(elsewhereWrong).every(Boolean)).toBe(true);
      for (const place of asked) {
        const predictions = Int32Array.from(elsewhereWrong.predictions);
        predictions[place] = -1;
        expect(answeredRight({ batch, predictions }).filter((right) => !right)).toHaveLength(1);
      }
    }
  });
});
