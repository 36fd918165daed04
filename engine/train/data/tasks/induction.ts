/**
 * `find : e b a f d c ; b a f ; f d c .` Behind each semicolon stands a passage of the first text; once its beginning is
 * known, which occurs nowhere else there, the rest is certain. The last passage is asked for. This is the behaviour that
 * defines induction heads (Olsson et al. 2022, "In-context learning and induction heads"): it takes two attention layers, of
 * which the first tells each letter what stood before it. At the upper levels letters repeat, and only two together say
 * where one is.
 */
import { LETTERS } from '../vocabulary.ts';
import { documentOf, drawWith, drawWithout, type Level, type Task } from './task.ts';

/** Letters of a passage that follow from its beginning. */
const ANSWER_LETTERS = 2;
const PASSAGES = 6;

const DIFFICULTY = {
  1: { letters: 6, repeats: false, beginning: 1 },
  2: { letters: 10, repeats: false, beginning: 1 },
  3: { letters: 16, repeats: true, beginning: 2 },
  4: { letters: 26, repeats: true, beginning: 2 },
} as const satisfies Record<Level, { letters: number; repeats: boolean; beginning: number }>;

export const induction: Task = {
  name: 'induction',
  generate(random, level) {
    const { letters, repeats, beginning } = DIFFICULTY[level];
    for (;;) {
      const text = repeats ? drawWith(random, LETTERS, letters) : drawWithout(random, LETTERS.slice(0, letters), letters);
      const lastStart = letters - beginning - ANSWER_LETTERS;
      const starts = text.map((_, i) => i).filter((i) => i <= lastStart && occurrences(text, text.slice(i, i + beginning)) === 1);
      if (starts.length < 3) continue;
      const passages = Array.from({ length: PASSAGES }, () => random.pick(starts)).flatMap((i) => [';', ...text.slice(i, i + beginning + ANSWER_LETTERS)]);
      return documentOf(['find', ':', ...text, ...passages.slice(0, -ANSWER_LETTERS)], passages.slice(-ANSWER_LETTERS));
    }
  },
};

function occurrences(text: readonly string[], wanted: readonly string[]): number {
  return text.filter((_, i) => wanted.every((letter, j) => text[i + j] === letter)).length;
}
