/**
 * `copy : x f x q ; x f x q .` Say the letters again. Letters repeat, the more so the fewer there are, so that the last one
 * alone does not tell the next: the model has to look a fixed distance back or match several letters. Measures attention
 * (heads that match a prefix, and heads that keep a position); FFNs can do nothing for it.
 */
import { LETTERS } from '../vocabulary.ts';
import { documentOf, drawWith, type Level, type Task } from './task.ts';

const DIFFICULTY = {
  1: { letters: 6, alphabet: 26 },
  2: { letters: 10, alphabet: 26 },
  3: { letters: 12, alphabet: 8 },
  4: { letters: 18, alphabet: 6 },
} as const satisfies Record<Level, { letters: number; alphabet: number }>;

export const copy: Task = {
  name: 'copy',
  generate(random, level) {
    const { letters, alphabet } = DIFFICULTY[level];
    const text = drawWith(random, LETTERS.slice(0, alphabet), letters);
    return documentOf(['copy', ':', ...text, ';'], text);
  },
};
