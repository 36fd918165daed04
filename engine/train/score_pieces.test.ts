/** Which task examples scoring takes where all would cost more than the held-out sequences do. */
import { describe, expect, it } from 'vitest';
import type { TaskExample } from './data/index.ts';
import { evenShare } from './score_pieces.ts';

/** `count` examples of ten tokens, in order of level. */
function examples(task: TaskExample['task'], count: number): TaskExample[] {
  return Array.from({ length: count }, (_, i) => ({ task, level: 1 + Math.floor((4 * i) / count), tokens: Array.from({ length: 10 }, () => i), answer: [8, 10] }));
}

describe('task examples for scoring', () => {
  const all = [...examples('copy', 200), ...examples('recall', 100)];

  it('are all there are where they fit', () => {
    expect(evenShare(all, 3000)).toBe(all);
  });

  it('are as large a share of every task, spread over its levels, where they do not', () => {
    const some = evenShare(all, 1500);
    expect(some.filter(({ task }) => task === 'copy')).toHaveLength(100);
    expect(some.filter(({ task }) => task === 'recall')).toHaveLength(50);
    for (const level of [1, 2, 3, 4]) expect(some.filter((example) => example.task === 'copy' && example.level === level)).toHaveLength(25);
    expect(new Set(some).size).toBe(150);
  });

  it('are at least sixteen of each', () => {
    const few = evenShare(all, 10);
    expect(few.filter(({ task }) => task === 'copy')).toHaveLength(16);
    expect(few.filter(({ task }) => task === 'recall')).toHaveLength(16);
    expect(evenShare(examples('copy', 5), 10)).toHaveLength(5);
  });
});
