/**
 * What a downstream task of the generated corpus is: a maker of documents, each with one span that follows from what stands
 * before it. A model has solved a document when every word of the span is its likeliest next word, given the true words so
 * far, which one forward pass decides.
 */
import type { TaskName } from '../../../protocol/train.ts';
import type { Random } from '../../random.ts';

export const LEVELS = [1, 2, 3, 4] as const;
/** Difficulty; what it changes is the task's own affair. */
export type Level = (typeof LEVELS)[number];

export interface TaskDocument {
  readonly words: readonly string[];
  /** Words [start, end) are the answer. */
  readonly answer: readonly [start: number, end: number];
}

export interface Task {
  readonly name: TaskName;
  /** A function of the level and the state of `random` alone. The last word is the only thing behind the answer, if anything is. */
  generate(random: Random, level: Level): TaskDocument;
}

/** `prompt answer .` */
export function documentOf(prompt: readonly string[], answer: readonly string[]): TaskDocument {
  return { words: [...prompt, ...answer, '.'], answer: [prompt.length, prompt.length + answer.length] };
}

/** `count` of `items` with replacement. */
export function drawWith(random: Random, items: readonly string[], count: number): string[] {
  return Array.from({ length: count }, () => random.pick(items));
}

/** `count` different ones of `items`, in random order. */
export function drawWithout<T>(random: Random, items: readonly T[], count: number): T[] {
  const rest = [...items];
  return Array.from({ length: count }, () => rest.splice(random.below(rest.length), 1)).flat();
}
