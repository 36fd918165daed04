/**
 * `copy : x f x q ; x f x q .` Say the letters again. Letters repeat, the more so the fewer there are, so that the last one
 * alone does not tell the next: the model has to look a fixed distance back or match several letters. Measures attention
 * (heads that match a prefix, and heads that keep a position); FFNs can do nothing for it.
 */
import { LETTERS } from '../vocabulary.ts';
import { documentOf, drawWith, drawWithout, type Level, type Task } from './task.ts';

const DIFFICULTY = {
  1: { letters: 4, repeats: false },
  2: { letters: 7, repeats: false },
  3: { letters: 10, repeats: false },
  4: { letters: 10, repeats: true },
} as const satisfies Record<Level, { letters: number; repeats: boolean }>;

/** The document ends with the last whole repetition within so many letters. */
const LETTERS_IN_ALL = 48;

export const copy: Task = {
  name: 'copy',
  generate(random, level) {
    const { letters, repeats } = DIFFICULTY[level];
    const text = repeats ? drawWith(random, LETTERS.slice(0, letters), letters) : drawWithout(random, LETTERS.slice(0, letters), letters);
    const times = Math.floor(LETTERS_IN_ALL / text.length);
    return documentOf(['copy', ':', ...Array.from({ length: times - 1 }, () => text).flat()], text);
  },
};
