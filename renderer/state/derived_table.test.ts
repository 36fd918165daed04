import { describe, expect, it } from 'vitest';
import { asTable, layerTable } from './derived_table.ts';
import { columnOf } from './columns.ts';
import { testLibrary } from './test_library.ts';

const byLayer = { sort: { key: 'layer', descending: false }, onlyChanged: false };
const library = testLibrary();
const runtime = columnOf(library.view, 'runtime_ms');

describe('the layer table', () => {
  it('has a column per cost and score, and the change against the parent', () => {
    const table = layerTable(library, [1, 3], runtime, byLayer);
    expect(asTable(table)).toEqual({
      header: ['Layer', 'Attention', 'FFN', 'KL', 'Runtime (ms)', 'Memory (MiB)', 'Runtime against parent (%)'],
      rows: [
        ['0', '8 KV heads', '32', 1, 6, 60, -40],
        ['1', '8 KV heads', '64', 0, 10, 100, 0],
      ],
    });
  });

  it('sorts by the column asked for and by layer where that is equal', () => {
    const order = (key: string, descending: boolean): number[] =>
      layerTable(library, [2, 3], runtime, { sort: { key, descending }, onlyChanged: false }).rows.map((row) => row.firstLayer);
    expect(order('runtime_ms', true)).toEqual([1, 0]);
    expect(order('ffn', false)).toEqual([0, 1]);
    expect(layerTable(library, [0, 3], runtime, { sort: { key: 'kl_div', descending: true }, onlyChanged: false }).rows.map((row) => row.firstLayer)).toEqual([0, 1]);
  });

  it('lists only what differs from the parent when asked to, and says of how many', () => {
    const table = layerTable(library, [0, 5], runtime, { ...byLayer, onlyChanged: true });
    expect(table.rows.map((row) => row.variant)).toEqual(['no_op/no_op']);
    expect(table.of).toBe(2);
  });
});
