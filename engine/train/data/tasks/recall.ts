/**
 * `recall : c wool a figs b eggs ; a figs c wool .` Look up what belongs to a key. Associative recall in the form of Arora et
 * al. 2023 ("Zoology: measuring and improving recall in efficient language models"): which value a key has is drawn anew in
 * every document, so weights can hold nothing of it and attention has to. Keys and values of a level are always the same
 * ones in other pairs: which there are tells nothing.
 */
import { GOODS, LETTERS } from '../vocabulary.ts';
import { documentOf, drawWithout, type Level, type Task } from './task.ts';

const PAIRS = { 1: 5, 2: 7, 3: 9, 4: 10 } as const satisfies Record<Level, number>;
/** Keys asked for; that of the last one counts. */
const ASKED = 10;

export const recall: Task = {
  name: 'recall',
  generate(random, level) {
    const pairs = PAIRS[level];
    const values = drawWithout(random, GOODS.slice(0, pairs), pairs);
    const listed = drawWithout(random, LETTERS.slice(0, pairs), pairs).map((key, i) => [key, values[i] ?? '']);
    const asked = Array.from({ length: ASKED }, () => random.pick(listed)).flat();
    return documentOf(['recall', ':', ...listed.flat(), ';', ...asked.slice(0, -1)], asked.slice(-1));
  },
};
