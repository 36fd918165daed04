/**
 * `copy : x f x q ; x f x q .` Say the letters again. Letters repeat, the more so the fewer there are, so that the last one
 * alone does not tell the next: the model has to look a fixed distance back or match several letters. Measures attention
 * (heads that match a prefix, and heads that keep a position); FFNs can do nothing for it.
 */
import { LETTERS } from '../vocabulary.ts';
import { documentOf, drawWith, type Level, type Task } from './task.ts';

const DIFFICULTY = {
  1: { shortest: 2, longest: 3, times: 6, alphabet: 26 },
  2: { shortest: 4, longest: 6, times: 4, alphabet: 26 },
  3: { shortest: 8, longest: 11, times: 3, alphabet: 26 },
  4: { shortest: 8, longest: 11, times: 3, alphabet: 6 },
} as const satisfies Record<Level, { shortest: number; longest: number; times: number; alphabet: number }>;

export const copy: Task = {
  name: 'copy',
  generate(random, level) {
    const { shortest, longest, times, alphabet } = DIFFICULTY[level];
    const text = drawWith(random, LETTERS.slice(0, alphabet), shortest + random.below(longest - shortest + 1));
    return documentOf(['copy', ':', ...Array.from({ length: times - 1 }, () => text).flat()], text);
  },
};
