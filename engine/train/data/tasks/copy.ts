/**
 * `copy : x f x q ; x f x q .` Say the letters again. Letters repeat, the more so the fewer there are, so that the last one
 * alone does not tell the next: the model has to look a fixed distance back or match several letters. Measures attention
 * (heads that match a prefix, and heads that keep a position); FFNs can do nothing for it.
 */
import { LETTERS } from '../vocabulary.ts';
import { documentOf, drawWith, type Level, type Task } from './task.ts';

const DIFFICULTY = {
  1: { shortest: 2, longest: 4, alphabet: 10 },
  2: { shortest: 5, longest: 7, alphabet: 10 },
  3: { shortest: 8, longest: 12, alphabet: 10 },
  4: { shortest: 8, longest: 12, alphabet: 5 },
} as const satisfies Record<Level, { shortest: number; longest: number; alphabet: number }>;

/** The document ends with the last whole repetition within so many letters. */
const LETTERS_IN_ALL = 48;

export const copy: Task = {
  name: 'copy',
  generate(random, level) {
    const { shortest, longest, alphabet } = DIFFICULTY[level];
    const text = drawWith(random, LETTERS.slice(0, alphabet), shortest + random.below(longest - shortest + 1));
    const times = Math.floor(LETTERS_IN_ALL / text.length);
    return documentOf(['copy', ':', ...Array.from({ length: times - 1 }, () => text).flat()], text);
  },
};
