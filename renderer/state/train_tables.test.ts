import { describe, expect, test } from 'vitest';
import { EXPERIMENTS, type PipelineReport } from '../../engine/protocol/train.ts';
import { commonWords, experimentRows, spreadOf, spreadWords } from './train_experiment.ts';
import { childTable, methodTable, standardError } from './train_tables.ts';

type Limits = PipelineReport['limits'];
const found = (kl: number, estimated: number): Limits[number]['baselines'][string] => ({ kl, estimated_kl: estimated, num_params: 1, runtime_ms: 1 });
const limit = (share: number, kl: number, baselines: Record<string, number>): Limits[number] => ({
  params: share, kv: share, limits: [], status: 'optimal',
  child: { ...found(kl, kl), kv_bytes_per_sequence: 1, choices: [] },
  baselines: Object.fromEntries(Object.entries(baselines).map(([method, value]) => [method, found(value, value)])),
});

describe('methods within limits', () => {
  test('the search first, differences to it, the best marked wherever it is', () => {
    const { methods, rows, means } = methodTable([limit(0.9, 0.1, { random: 0.5, greedy: 0.15 }), limit(0.5, 0.3, { random: 0.9, greedy: 0.27 })]);
    expect(methods).toEqual(['mip', 'greedy', 'random']);
    expect(rows[0]!.cells.map((cell) => cell!.best)).toEqual([true, false, false]);
    expect(rows[0]!.cells[1]!.difference).toBeCloseTo(0.5, 12);
    expect(rows[1]!.cells.map((cell) => cell!.best)).toEqual([false, true, false]);
    expect(means.map((cell) => cell!.kl)).toEqual([0.2, 0.21, 0.7].map((value) => expect.closeTo(value, 12)));
  });

  test('what found nothing is left out of the means, with its whole row', () => {
    const { rows, means } = methodTable([limit(0.9, 0.1, { homogeneous: 0.2 }), limit(0.5, 0.3, {})]);
    expect(rows[1]!.cells[1]).toBeUndefined();
    expect(means.map((cell) => cell!.kl)).toEqual([0.1, 0.2]);
  });
});

describe('the child beside its parent', () => {
  // Accuracies of Llama-3.1-70B and Nemotron-51B, and what the paper calls preserved (arXiv 2411.19146, Table 2).
  const PAPER = { Winogrande: [85.08, 84.53, 99.35], 'ARC-C': [70.39, 69.2, 98.3], MMLU: [81.66, 80.2, 98.21], HellaSwag: [86.44, 85.58, 99.01], GSM8K: [92.04, 91.43, 99.34] } as const;

  test('keeps what the paper says it keeps', () => {
    const tasks = (of: 0 | 1): Record<string, number> => Object.fromEntries(Object.entries(PAPER).map(([name, row]) => [name, row[of] / 100]));
    const rows = childTable({ parent: { loss: 2, tasks: tasks(0) }, child: { loss_before: 3, loss_after: 2.1, kl_before: 0.5, kl_after: 0.1, tasks: tasks(1), tasks_before: tasks(1) } })!;
    for (const [name, [, , kept]] of Object.entries(PAPER)) expect(100 * rows.find(({ id }) => id === name)!.kept!).toBeCloseTo(kept, 1);
    expect(rows.slice(0, 2).map(({ id, parent, before, after }) => [id, parent, before, after])).toEqual([['loss', 2, 3, 2.1], ['kl', 0, 0.5, 0.1]]);
    expect(rows.at(-1)!.id).toBe('mean');
  });

  test('is nothing before both were measured, and has no mean of a single task', () => {
    expect(childTable({ parent: { loss: 2, tasks: {} } })).toBeUndefined();
    const rows = childTable({ parent: { loss: 2, tasks: { copy: 0 } }, child: { loss_before: 3, loss_after: 2, kl_before: 1, kl_after: 0, tasks: { copy: 0.5 }, tasks_before: {} } })!;
    expect(rows.map(({ id, kept }) => [id, kept])).toEqual([['loss', undefined], ['kl', undefined], ['copy', undefined]]);
  });
});

describe('accuracies of a few examples', () => {
  const child = { loss_before: 3, loss_after: 2, kl_before: 1, kl_after: 0, tasks: { copy: 0.05, recall: 0.5 }, tasks_before: { copy: 0, recall: 0.4 } };

  test('nothing is kept of what the parent hardly has', () => {
    const rows = childTable({ parent: { loss: 2, tasks: { copy: 0.025, recall: 0.8 } }, child })!;
    const kept = (id: string): number | undefined => rows.find((row) => row.id === id)!.kept;
    expect([kept('copy'), kept('recall'), kept('mean')]).toEqual([undefined, 0.625, expect.closeTo(0.55 / 0.825, 12)]);
    const poor = childTable({ parent: { loss: 2, tasks: { copy: 0.025, recall: 0.3 } }, child })!;
    expect(poor.map((row) => row.kept !== undefined)).toEqual([false, false, false, true, false]);
  });

  test('have the standard error of a share of so many', () => {
    // Half of 100: 5 points. The mean of two such is known better by the square root of two.
    expect(standardError([0.5], 100)).toBeCloseTo(0.05, 12);
    expect(standardError([0.5, 0.5], 100)).toBeCloseTo(0.05 / Math.SQRT2, 12);
    expect(standardError([0], 100)).toBeUndefined();
    const rows = childTable({ parent: { loss: 2, tasks: { copy: 0.2, recall: 0.5 } }, child }, 100)!;
    const errors = (id: string) => rows.find((row) => row.id === id)!.errors;
    expect(errors('recall')).toEqual({ parent: expect.closeTo(0.05, 12), before: expect.closeTo(Math.sqrt(0.24) / 10, 12), after: expect.closeTo(0.05, 12) });
    expect(errors('copy')!.before).toBeUndefined();
    expect(errors('loss')).toBeUndefined();
  });
});

describe('experiments', () => {
  test('what all columns say is said once', () => {
    expect(commonWords(['KL at 90 % of parameters', 'KL at 80 % of parameters'])).toEqual({ before: 'KL at', own: ['90\u00a0%', '80\u00a0%'], after: 'of parameters' });
    expect(commonWords(['KL', 'KL after GKD'])).toEqual({ before: '', own: ['KL', 'KL after GKD'], after: '' });
    expect(commonWords(['KL', 'KL'])).toEqual({ before: '', own: ['KL', 'KL'], after: '' });
    expect(commonWords(['KL at 90 %'])).toEqual({ before: '', own: ['KL at 90\u00a0%'], after: '' });
  });

  test('mean and sample standard deviation', () => {
    // 2, 4, 4, 4, 5, 5, 7, 9: mean 5, squares sum to 32.
    expect(spreadOf([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, deviation: Math.sqrt(32 / 7), n: 8 });
    expect(spreadOf([3])).toEqual({ mean: 3, deviation: undefined, n: 1 });
    expect(spreadOf([])).toBeUndefined();
  });

  test('the spread is said of what it is over, and not at all of single values', () => {
    expect(spreadWords('losses', 3).caption).toBe('Means ± standard deviation over 3 seeds');
    expect(spreadWords('bld', 5).caption).toBe('Means ± standard deviation over 5 sets of limits');
    expect(spreadWords('baselines', 12).caption).toMatch(/over 12 children drawn/);
    for (const id of EXPERIMENTS) expect(spreadWords(id, 1).caption).not.toContain('±');
  });

  test('the best of each column, whichever way is better', () => {
    const rows = experimentRows({
      columns: [{ id: 'kl', label: 'KL', better: 'lower' }, { id: 'accuracy', label: 'Accuracy', better: 'higher' }],
      rows: [{ name: 'a', values: { kl: [1, 3], accuracy: [0.5] } }, { name: 'b', values: { kl: [4], accuracy: [0.9] } }, { name: 'c', values: { accuracy: [0.1] } }],
    });
    expect(rows.map(({ cells }) => cells.map((cell) => cell?.best))).toEqual([[true, false], [false, true], [undefined, false]]);
  });
});
