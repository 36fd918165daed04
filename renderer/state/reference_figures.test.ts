import { describe, expect, test } from 'vitest';
import { figureGroups, type FigureCell, type FigureRow } from './reference_figures.ts';
import { testComparison } from './reference_test_case.ts';

const comparison = testComparison();
const rows = figureGroups(comparison).flatMap((group) => group.rows);
const row = (id: string): FigureRow => rows.find((candidate) => candidate.id === id)!;
/** In the order parent, released, 51B-style, 40B-style. */
const cell = (id: string, side: number): FigureCell | undefined => row(id).cells[side];

describe('figures of the reference comparison', () => {
  test('every row has a cell for the parent, the released model and both children', () => {
    expect(rows.map(({ cells }) => cells.length)).toEqual(rows.map(() => 4));
  });

  test('published throughputs stand below the predicted ones, with the difference', () => {
    // 500 predicted against 600 published: a sixth below, and 600 is above 500 * 1.1.
    expect(cell('published', 1)).toMatchObject({ value: 600, text: '600' });
    expect(cell('difference', 1)).toMatchObject({ value: expect.closeTo(-1 / 6, 12), text: '−16.7 %', beyond: true });
    // 800 against 850: inside 720 to 880.
    expect(cell('difference', 3)).toMatchObject({ text: '−5.9 %', beyond: false });
  });

  test('what was published of another model is named where it stands beside a child', () => {
    expect(cell('published', 1)?.note).toBeUndefined();
    expect(cell('published', 2)?.note).toContain('Nemotron-51B');
    expect(cell('published', 3)?.note).toContain('40B');
  });

  test('a predicted throughput carries its band and its batch', () => {
    expect(cell('output_tok_s', 1)?.note).toBe('450–550, batch 10');
    expect(cell('output_tok_s', 2)?.note).toBe('450–550, batch 12');
    expect(cell('speedup', 3)).toMatchObject({ value: 8, note: `published ${(850 / 105).toFixed(2)} ×` });
  });

  test('says where the batch of the problem does not fit the device', () => {
    expect(cell('batch', 1)?.note).toBeUndefined();
    expect(cell('batch', 2)).toMatchObject({ value: 12, note: expect.stringContaining('more than fit') });
    expect(cell('max_batch', 2)).toMatchObject({ value: 10 });
  });

  test('cached tokens are never rounded up, and only children agree with the released', () => {
    expect(cell('kv_tokens', 0)?.text).toBe('1,234');
    expect(row('same_variant').cells.map((found) => found?.text)).toEqual([undefined, undefined, '1 of 2', '0 of 2']);
  });

  test('a problem without a child has no column', () => {
    const [first, { child: _, agreement: __, ...second }] = comparison.answers as [typeof comparison.answers[number], typeof comparison.answers[number]];
    const groups = figureGroups({ ...comparison, answers: [first, { ...second, status: 'infeasible' }] });
    expect(groups[0]?.rows[0]?.cells).toHaveLength(3);
  });
});
