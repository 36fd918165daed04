/** The questions of `tasks.json`: as many of each level, no two alike, none of which the train split may hold. */
import { TASKS } from '../../protocol/train.ts';
import { corpusExample } from './corpus.ts';
import type { TaskExample } from './data_format.ts';
import type { Encoder } from './encode_documents.ts';
import { LEVELS } from './tasks/task.ts';

export interface TaskExamples {
  readonly examples: readonly TaskExample[];
  readonly notes: readonly string[];
}

/** How often a new one may turn out to be known or too long before a level counts as exhausted. */
const TRIES = 50;

/** `perTask` examples of every task, of at most `longest` tokens; fewer, with a note, where there are no more. */
export function taskExamples(seed: number, perTask: number, longest: number, encoder: Encoder): TaskExamples {
  const examples: TaskExample[] = [];
  const notes: string[] = [];
  for (const task of TASKS) {
    for (const [i, level] of LEVELS.entries()) {
      const wanted = Math.floor((perTask + LEVELS.length - 1 - i) / LEVELS.length);
      const seen = new Set<string>();
      let found = 0;
      let tries = 0;
      for (let index = 0; found < wanted && tries < TRIES; index++, tries++) {
        const document = corpusExample(seed, task, level, index);
        const text = document.words.join(' ');
        const example = encoder.example(document);
        if (seen.has(text) || example.tokens.length > longest) continue;
        seen.add(text);
        examples.push(example);
        found++;
        tries = -1;
      }
      if (found < wanted) notes.push(`Only ${found} of ${wanted} examples of ${task} at level ${level} are different and fit ${longest} tokens.`);
    }
  }
  return { examples, notes };
}
