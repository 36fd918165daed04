import { assert, constantFrom, property, uniqueArray } from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { objectiveScale } from './derived_objective.ts';
import { brokenLimits, decidingColumns, editedChoices, openLayer, variantRows } from './derived_variants.ts';
import { mapData } from './derived_map.ts';
import { spanLibrary, testLibrary } from './test_library.ts';

const free = { locks: [], bans: [] };

describe('the variants of a layer', () => {
  const { view } = testLibrary();
  const score = objectiveScale(view, 'kl_div');

  test('stand best score first, whichever way the score goes', () => {
    expect(variantRows(view, 1, [0, 3], free, score).map((row) => row.variant)).toEqual(['kv8/64', 'kv8/32', 'no_op/no_op']);
    expect(variantRows(view, 1, [0, 3], free, { ...score, better: 'higher' }).map((row) => row.variant)).toEqual(['no_op/no_op', 'kv8/32', 'kv8/64']);
  });

  test('say what is chosen, held and ruled out, and a ban in one layer leaves the others', () => {
    const held = { locks: [{ layer: 1, variant: 'kv8/64' }], bans: [{ variant: 'no_op/no_op' }, { layer: 1, variant: 'kv8/32' }] };
    const facts = variantRows(view, 1, [0, 4], held, score).map(({ variant, chosen, parent, locked, banned }) => [variant, chosen, parent, locked, banned]);
    expect(facts).toEqual([
      ['kv8/64', false, true, true, 'no'],
      ['kv8/32', true, false, false, 'here'],
      ['no_op/no_op', false, false, false, 'everywhere'],
    ]);
    expect(variantRows(view, 0, [0, 4], held, score).find((row) => row.variant === 'kv8/32')?.banned).toBe('no');
  });

  test('include blocks over several layers, in each of them', () => {
    const spans = spanLibrary();
    for (const layer of [0, 1]) {
      const rows = variantRows(spans.view, layer, [3], free, objectiveScale(spans.view, 'kl_div'));
      expect(rows.map((row) => [row.firstLayer, row.lastLayer, row.score, row.chosen])).toContainEqual([0, 1, 1.5, true]);
      expect(rows.filter((row) => row.chosen)).toHaveLength(1);
    }
  });

  test('a weighted objective adds its terms, and one that points the other way counts negatively', () => {
    const both = objectiveScale(view, 'kl_div + 0.5*runtime_ms');
    expect(both.valueOf(1)).toBe(1 + 0.5 * 6);
    const columns = view.header.columns.map((column) => (column.id === 'runtime_ms' ? { ...column, better: 'higher' as const } : column));
    expect(objectiveScale({ ...view, header: { ...view.header, columns } }, 'kl_div + 0.5*runtime_ms').valueOf(1)).toBe(1 - 0.5 * 6);
  });

  test('are weighed by what is limited first, at most four columns', () => {
    expect(decidingColumns(view, 'kl_div', [{ column: 'memory_mib' }], undefined).map(({ id }) => id)).toEqual(['memory_mib', 'runtime_ms']);
    expect(decidingColumns(view, 'kl_div', [], 'runtime_ms').map(({ id }) => id)).toEqual(['runtime_ms', 'memory_mib']);
  });
});

describe('a child edited by hand', () => {
  it('has the new block and keeps all others', () => {
    expect(editedChoices(testLibrary().view, [0, 3], 5)).toEqual([0, 5]);
  });

  it('exchanges whole blocks only', () => {
    const { view } = spanLibrary();
    expect(editedChoices(view, [0, 5], 3)).toEqual([3]);
    // One layer out of a block over two would leave the other without any.
    expect(editedChoices(view, [3], 1)).toBeUndefined();
  });

  it('breaks a limit only beyond rounding', () => {
    const limits = [{ column: 'memory_mib', max: 160 }, { column: 'runtime_ms', min: 20 }, { column: 'gone', max: 1 }];
    expect(brokenLimits(limits, { memory_mib: 160 + 1e-10, runtime_ms: 20 })).toEqual([]);
    expect(brokenLimits(limits, { memory_mib: 170, runtime_ms: 16 })).toEqual([
      { column: 'memory_mib', side: 'max', limit: 160, value: 170, by: 10 },
      { column: 'runtime_ms', side: 'min', limit: 20, value: 16, by: 4 },
    ]);
  });
});

describe('a layer left without any block', () => {
  const { view } = testLibrary();
  const ids = view.variants.map(({ id }) => id);

  test('is found where its lock is banned', () => {
    expect(openLayer(view, { locks: [{ layer: 1, variant: 'kv8/32' }], bans: [{ variant: 'kv8/32' }] })).toBe(1);
    expect(openLayer(view, { locks: [{ layer: 1, variant: 'kv8/32' }], bans: [{ layer: 0, variant: 'kv8/32' }] })).toBeUndefined();
  });

  test('is there exactly when all its variants are banned', () => {
    assert(
      property(uniqueArray(constantFrom(...ids)), uniqueArray(constantFrom(...ids)), (everywhere, inFirst) => {
        const bans = [...everywhere.map((variant) => ({ variant })), ...inFirst.map((variant) => ({ layer: 0, variant }))];
        const left = (extra: readonly string[]): number => ids.filter((id) => !everywhere.includes(id) && !extra.includes(id)).length;
        expect(openLayer(view, { locks: [], bans })).toBe(left(inFirst) === 0 ? 0 : left([]) === 0 ? 1 : undefined);
      }),
    );
  });
});

test('the map draws a block over two layers as one cell with both layers of the parent behind it', () => {
  const library = spanLibrary();
  const column = library.view.header.columns[1];
  const { bars, layers } = mapData(library, [3], column);
  expect(layers).toBe(2);
  expect(bars).toHaveLength(1);
  // Per layer, so that areas add up: 9 ms over two layers, against the parent's 10 ms each.
  expect(bars[0]).toMatchObject({ firstLayer: 0, lastLayer: 1, unsplit: 4.5, parent: 10 });
});
