/**
 * The bundled corpus: documents of the six tasks, mixed. Every document is a function of (seed, split, index) alone, so no
 * text needs to be shipped and any amount can be had. Which split a text may occur in is decided by a hash of the text
 * itself: whatever the seed, nothing that is asked in the held-out split was ever trained on.
 */
import { TASKS, type TaskName } from '../../protocol/train.ts';
import { Random } from '../random.ts';
import { brackets } from './tasks/brackets.ts';
import { copy } from './tasks/copy.ts';
import { grammar } from './tasks/grammar.ts';
import { induction } from './tasks/induction.ts';
import { modularArithmetic } from './tasks/modular_arithmetic.ts';
import { recall } from './tasks/recall.ts';
import { LEVELS, type Level, type Task, type TaskDocument } from './tasks/task.ts';

export type Split = 'train' | 'held_out';

const TASK = { copy, induction, modular_arithmetic: modularArithmetic, brackets, recall, grammar } satisfies Record<TaskName, Task>;

/** Documents of each task among a hundred, so that by tokens, as documents differ in length, no task has less than a tenth. */
const SHARE = { copy: 8, induction: 16, modular_arithmetic: 22, brackets: 13, recall: 21, grammar: 20 } satisfies Record<TaskName, number>;

export interface CorpusDocument extends TaskDocument {
  readonly task: TaskName;
  readonly level: Level;
}

/** Document `index` of a split. */
export function corpusDocument(seed: number, split: Split, index: number): CorpusDocument {
  const random = Random.of(seed, `${split} document ${index}`);
  let ticket = random.below(100);
  const task = TASKS.find((name) => (ticket -= SHARE[name]) < 0) ?? 'grammar';
  return draw(random, split, task, random.pick(LEVELS));
}

/** Example `index` of a task and level, of the held-out split. */
export function corpusExample(seed: number, task: TaskName, level: Level, index: number): CorpusDocument {
  return draw(Random.of(seed, `${task} example ${level} ${index}`), 'held_out', task, level);
}

/** The first document of the stream whose text belongs to the split. */
function draw(random: Random, split: Split, task: TaskName, level: Level): CorpusDocument {
  for (;;) {
    const document = TASK[task].generate(random, level);
    if (allows(split, document.words)) return { ...document, task, level };
  }
}

/**
 * One text in ten is held out. A document of the train split must not begin with a held-out one either; as every task begins
 * with a word of its own, that is the only way in which one could be inside another.
 */
function allows(split: Split, words: readonly string[]): boolean {
  let hash = 0x811c9dc5;
  let heldOut = false;
  for (const word of words) {
    for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ 32, 0x01000193);
    if (word !== '.') continue;
    // The low bits of this hash depend on the low bits of the letters alone.
    heldOut = ((hash ^ (hash >>> 15)) >>> 0) % 10 === 0;
    if (heldOut && split === 'train') return false;
  }
  return heldOut === (split === 'held_out');
}
