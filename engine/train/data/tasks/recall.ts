/**
 * `recall : k wine , b figs , x tea ; b = figs .` Look up the word beside a key. Associative recall in the form of Arora et
 * al. 2023 ("Zoology: measuring and improving recall in efficient language models"): keys and values are drawn anew in every
 * document, so weights can hold nothing of it and attention has to. At the upper levels two keys are asked for and their
 * values wanted in the same order, which needs one more step: which key is it now?
 */
import { GOODS, LETTERS } from '../vocabulary.ts';
import { documentOf, drawWithout, type Level, type Task } from './task.ts';

const DIFFICULTY = {
  1: { pairs: 4 },
  2: { pairs: 6 },
  3: { pairs: 8 },
  4: { pairs: 10 },
} as const satisfies Record<Level, { pairs: number }>;
const ASKED = 10;

export const recall: Task = {
  name: 'recall',
  generate(random, level) {
    const { pairs } = DIFFICULTY[level];
    const values = drawWithout(random, GOODS.slice(0, pairs), pairs);
    const listed = drawWithout(random, LETTERS.slice(0, pairs), pairs).map((key, i) => [key, values[i] ?? '']);
    const asked = Array.from({ length: ASKED }, () => random.pick(listed)).flat();
    return documentOf(['recall', ':', ...listed.flat(), ';', ...asked.slice(0, -1)], asked.slice(-1));
  },
};
