/**
 * Task examples as a model takes them, and accuracy from what it answers. An example is a row of its own, padded at the end:
 * attention is causal, so what stands behind the answer cannot change it. Examples of like length share a batch.
 */
import type { TaskExample } from './data_format.ts';

export interface TaskAnswer {
  readonly row: number;
  /** Tokens [start, end) of the row are the answer. */
  readonly start: number;
  readonly end: number;
  readonly task: TaskExample['task'];
  readonly level: number;
}

export interface TaskBatch {
  /** [rows x length] token ids, row-major. */
  readonly ids: Int32Array<ArrayBuffer>;
  readonly rows: number;
  readonly length: number;
  /** One per row. */
  readonly answers: readonly TaskAnswer[];
}

/** Row lengths are multiples of this, so that few shapes occur. */
const LENGTH_STEP = 8;

/** All `examples` in batches of at most `rows`, shortest first. */
export function taskBatches(examples: readonly TaskExample[], { rows, padId }: { readonly rows: number; readonly padId: number }): TaskBatch[] {
  const sorted = [...examples].sort((a, b) => a.tokens.length - b.tokens.length);
  return Array.from({ length: Math.ceil(sorted.length / rows) }, (_, i) => batchOf(sorted.slice(i * rows, (i + 1) * rows), padId));
}

function batchOf(examples: readonly TaskExample[], padId: number): TaskBatch {
  const longest = Math.max(...examples.map(({ tokens }) => tokens.length));
  const length = Math.ceil(longest / LENGTH_STEP) * LENGTH_STEP;
  const ids = new Int32Array(examples.length * length).fill(padId);
  const answers = examples.map(({ task, level, tokens, answer: [start, end] }, row) => {
    ids.set(tokens, row * length);
    return { row, start, end, task, level };
  });
  return { ids, rows: examples.length, length, answers };
}

/** Places in `ids` from whose logits an answer's token is predicted: the only ones that accuracy needs. */
export function answerPositions({ length, answers }: TaskBatch): number[] {
  return answers.flatMap(({ row, start, end }) => Array.from({ length: end - start }, (_, i) => row * length + start + i - 1));
}

/** A batch and, for each place in its `ids`, the likeliest next token there; only `answerPositions` are looked at. */
export interface AnsweredBatch {
  readonly batch: TaskBatch;
  readonly predictions: ArrayLike<number>;
}

/** Whether each answer of the batch is right in every token. */
export function answeredRight({ batch: { ids, length, answers }, predictions }: AnsweredBatch): boolean[] {
  return answers.map(({ row, start, end }) => {
    for (let place = row * length + start; place < row * length + end; place++) {
      if (predictions[place - 1] !== ids[place]) return false;
    }
    return true;
  });
}

/** Share of right answers per task, in 0 .. 1. */
export function taskAccuracy(answered: readonly AnsweredBatch[]): Record<string, number> {
  const counts = new Map<string, { right: number; all: number }>();
  for (const one of answered) {
    const right = answeredRight(one);
    one.batch.answers.forEach(({ task }, i) => {
      const count = counts.get(task) ?? { right: 0, all: 0 };
      counts.set(task, { right: count.right + (right[i] === true ? 1 : 0), all: count.all + 1 });
    });
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([task, { right, all }]) => [task, right / all]));
}
