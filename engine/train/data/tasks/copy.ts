/**
 * `copy : c a d b c a d b c a d b .` Say the same letters again and again. At the lower levels each occurs once, and nearly all
 * there are do, so that which ones tells little; at the highest they repeat, and the last one alone does not tell the next.
 * Measures attention (heads that keep a distance or match what stood before); FFNs can do nothing for it.
 */
import { LETTERS } from '../vocabulary.ts';
import { documentOf, drawWith, drawWithout, type Level, type Task } from './task.ts';

const DIFFICULTY = {
  1: { letters: 5, alphabet: 7, repeats: false },
  2: { letters: 7, alphabet: 8, repeats: false },
  3: { letters: 10, alphabet: 10, repeats: false },
  4: { letters: 10, alphabet: 10, repeats: true },
} as const satisfies Record<Level, { letters: number; alphabet: number; repeats: boolean }>;

/** As often as fits so many letters; the last time is asked for. */
const LETTERS_IN_ALL = 48;

export const copy: Task = {
  name: 'copy',
  generate(random, level) {
    const { letters, alphabet, repeats } = DIFFICULTY[level];
    const text = (repeats ? drawWith : drawWithout)(random, LETTERS.slice(0, alphabet), letters);
    const times = Math.floor(LETTERS_IN_ALL / letters);
    return documentOf(['copy', ':', ...Array.from({ length: times - 1 }, () => text).flat()], text);
  },
};
