/**
 * `find : k d w a m ; d w a .` What followed the words behind the semicolon when they first occurred? The context occurs
 * once before, so the answer is certain; with a context of two out of few letters, each alone occurs elsewhere too. This is
 * the behaviour by which induction heads are defined (Olsson et al. 2022, "In-context learning and induction heads"): it
 * takes two attention layers, of which the first tells each letter what stood before it.
 */
import { LETTERS } from '../vocabulary.ts';
import { documentOf, drawWith, type Level, type Task } from './task.ts';

/** Letters that are looked up, of which the last answers count. */
const ANSWER_LETTERS = 2;
const LOOKUPS = 6;

const DIFFICULTY = {
  1: { letters: 10, context: 1, alphabet: 10 },
  2: { letters: 12, context: 1, alphabet: 10 },
  3: { letters: 16, context: 2, alphabet: 10 },
  4: { letters: 28, context: 2, alphabet: 10 },
} as const satisfies Record<Level, { letters: number; context: number; alphabet: number }>;

export const induction: Task = {
  name: 'induction',
  generate(random, level) {
    const { letters, context, alphabet } = DIFFICULTY[level];
    for (;;) {
      const text = drawWith(random, LETTERS.slice(0, alphabet), letters);
      const starts = text.map((_, i) => i).filter((i) => i + context + ANSWER_LETTERS <= letters && occurrences(text, text.slice(i, i + context)) === 1);
      if (starts.length < 3) continue;
      const passages = Array.from({ length: LOOKUPS }, () => random.pick(starts)).map((start) => [';', ...text.slice(start, start + context + ANSWER_LETTERS)]).flat();
      return documentOf(['find', ':', ...text, ...passages.slice(0, -ANSWER_LETTERS)], passages.slice(-ANSWER_LETTERS));
    }
  },
};

function occurrences(text: readonly string[], wanted: readonly string[]): number {
  return text.filter((_, i) => wanted.every((letter, j) => text[i + j] === letter)).length;
}
