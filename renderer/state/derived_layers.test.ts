import { assert, constantFrom, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mapData, mappedColumn, savingOf, shapeMap } from './derived_map.ts';
import { layerRows, nonBlock, totalOf } from './derived_layers.ts';
import type { OpenLibrary } from './engine_store.ts';
import { testLibrary } from './test_library.ts';

/** The test library with 3 ms outside the blocks, and runtime split into halves that do not add up to the block. */
function splitLibrary(): OpenLibrary {
  const library = testLibrary();
  const { view } = library;
  const [, runtime] = view.header.columns;
  const half = (level: 'attention' | 'ffn') => ({ ...runtime, id: `${level}_runtime_ms`, level, part_of: 'runtime_ms', summable: false });
  return {
    ...library,
    view: {
      ...view,
      header: {
        ...view.header,
        columns: [...view.header.columns, half('attention'), half('ffn')],
        non_block: [{ measurement: 'm', values: { runtime_ms: 3 } }],
      },
      values: [...view.values, Float64Array.from([4, 4, 0, 4, 4, 0]), Float64Array.from([4, 1, 0, 4, 1, 0])],
    },
  };
}

describe('layer rows', () => {
  it('say what each block costs, what the parent spends there, and whether they differ', () => {
    const rows = layerRows(testLibrary(), [1, 3]);
    expect(rows.map(({ changed }) => changed)).toEqual([true, false]);
    expect(rows[0].values).toEqual([1, 6, 60]);
    expect(rows[0].parentValues).toEqual([0, 10, 100]);
  });

  it('add up to the total less what is outside the blocks, for every child and column', () => {
    const library = splitLibrary();
    assert(
      property(integer({ min: 0, max: 2 }), integer({ min: 3, max: 5 }), constantFrom(...library.view.header.columns.slice(0, 3)), (a, b, { id }) => {
        const rows = layerRows(library, [a, b]);
        const index = library.view.header.columns.findIndex((column) => column.id === id);
        const sum = rows.reduce((total, row) => total + row.values[index], 0);
        expect(sum).toBeCloseTo(totalOf(library.view, rows, id) - nonBlock(library.view, id), 9);
      }),
    );
    expect(totalOf(library.view, layerRows(library, [0, 3]), 'runtime_ms')).toBe(23);
  });

  it('compare a block that stands for two layers with both of the parent', () => {
    const library = testLibrary();
    const view = { ...library.view, last_layer: Int32Array.from([1, 0, 0, 1, 1, 1]) };
    const [row] = layerRows({ ...library, view, parentChoices: [1, 3] }, [0]);
    expect(row.changed).toBe(true);
    expect(row.parentValues[1]).toBe(6 + 10);
  });
});

describe('the map', () => {
  it('stacks halves in their proportion to the height of the block', () => {
    const library = splitLibrary();
    const { bars, scale } = mapData(library, [1, 5], mappedColumn(library.view, 'runtime_ms')!);
    // Halves 4 and 1 of a block of 6 ms, against the parent's 10 ms.
    expect(bars[0].attention).toBeCloseTo(4.8);
    expect(bars[0].ffn).toBeCloseTo(1.2);
    expect(bars[0].parent).toBe(10);
    // A block whose halves are both nothing still takes its 1 ms.
    expect([bars[1].attention, bars[1].ffn, bars[1].unsplit]).toEqual([0, 0, 1]);
    expect(scale.largest).toBe(10);
  });

  it('shows scores as what the layer loses, on a scale that does not move with the child', () => {
    const library = testLibrary();
    const column = mappedColumn(library.view, 'kl_div')!;
    const map = mapData(library, [1, 3], column);
    expect(map.kind).toBe('score');
    expect(map.bars.map(({ unsplit, parent }) => [unsplit, parent])).toEqual([
      [1, undefined],
      [0, undefined],
    ]);
  });

  it('falls back to runtime where the chosen column is not there', () => {
    expect(mappedColumn(testLibrary().view, 'gone')?.id).toBe('runtime_ms');
  });

  it('counts the parameters of an architecture that stands alone', () => {
    // H = 8192, 64 heads of 128: attention with 8 KV heads 151,003,136 and FFN of 28672 704,651,264 parameters, each
    // with its norm, as the NVlabs/puzzle demo's statistics of Llama-3.3-70B have them.
    const { bars } = shapeMap({
      id: 'x',
      name: 'X',
      external: true,
      shape: { hidden_size: 8192, num_attention_heads: 64, head_dim: 128, vocab_size: 128_256, tie_word_embeddings: false },
      blocks: [
        { parent_layers: [0], variant: 'kv8/28672', attention: { kind: 'gqa', kv_heads: 8 }, ffn: { kind: 'swiglu', intermediate_size: 28_672 } },
        { parent_layers: [1], variant: 'no_op/linear', attention: { kind: 'no_op' }, ffn: { kind: 'linear' } },
      ],
      source: 'test',
    });
    expect([bars[0].attention, bars[0].ffn]).toEqual([151_003_136, 704_651_264]);
    expect([bars[1].attention, bars[1].ffn]).toEqual([0, 8192 * 8192 + 8192]);
  });
});

it('relates what is saved to the parent', () => {
  // The NVlabs/puzzle notebook: 46,980.2 of 65,357.79 ms.
  expect(savingOf({ runtime_ms: 46_980.2 }, { runtime_ms: 65_357.79 }, 'runtime_ms')?.fraction).toBeCloseTo(0.2812, 4);
  expect(savingOf({}, { runtime_ms: 1 }, 'runtime_ms')).toBeUndefined();
});
