/**
 * `close : ( [ ] { ; } ) .` Close what is open, innermost first, and stop. Four kinds of brackets, so the order of the open
 * ones has to be known and not their number alone: a Dyck language of bounded depth, which self-attention can recognise
 * with layers that match brackets pair by pair (Yao et al. 2021, "Self-attention networks can process bounded hierarchical
 * languages"). Measures depth. The full stop belongs to the answer, since knowing when all are closed is half the task.
 */
import type { Random } from '../../random.ts';
import { CLOSING, OPENING } from '../vocabulary.ts';
import type { Level, Task } from './task.ts';

const DIFFICULTY = {
  1: { open: 2, brackets: 6, deepest: 3 },
  2: { open: 3, brackets: 11, deepest: 4 },
  3: { open: 4, brackets: 16, deepest: 6 },
  4: { open: 6, brackets: 24, deepest: 8 },
} as const satisfies Record<Level, { open: number; brackets: number; deepest: number }>;

export const brackets: Task = {
  name: 'brackets',
  generate(random, level) {
    const prompt = ['close', ':'];
    const open: string[] = [];
    for (const opens of walk(random, DIFFICULTY[level])) {
      if (opens) {
        const kind = random.pick(OPENING);
        prompt.push(kind);
        open.push(closing(kind));
      } else {
        prompt.push(open.pop() ?? '');
      }
    }
    prompt.push(';');
    const words = [...prompt, ...open.reverse(), '.'];
    return { words, answer: [prompt.length, words.length] };
  },
};

export function closing(opening: string): string {
  return CLOSING[OPENING.indexOf(opening)] ?? '';
}

/** Whether each bracket opens; never below 0 or above `deepest`, ending with `open` open ones. */
function walk(random: Random, { open, brackets, deepest }: { open: number; brackets: number; deepest: number }): boolean[] {
  let depth = 0;
  return Array.from({ length: brackets }, (_, i) => {
    const left = brackets - i - 1;
    const up = depth + 1 <= deepest && Math.abs(depth + 1 - open) <= left;
    const down = depth > 0 && Math.abs(depth - 1 - open) <= left;
    const opens = up && (!down || random.below(2) === 0);
    depth += opens ? 1 : -1;
    return opens;
  });
}
