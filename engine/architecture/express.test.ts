import { describe, expect, it } from 'vitest';
import type { LibraryView } from '../protocol/library.ts';
import { chosenBlock, parseVariantId, type Architecture } from '../protocol/variant.ts';
import { express } from './express.ts';
import { parentArchitecture, parentModel, referenceArchitecture } from './presets.ts';

const parent = parentModel('llama-3.3-70b')!;
const SUPER = ['kv8', 'no_op'].flatMap((attention) =>
  ['28672', '17920', '14336', '7168', '5632', '2816', 'no_op'].map((ffn) => `${attention}/${ffn}`),
);

/** A library that offers `variants` for every layer, less what `without` says of a layer. */
function library(variants: readonly string[], without: (layer: number, variant: string) => boolean = () => false): LibraryView {
  const choices = Array.from({ length: parent.num_hidden_layers }, (_, layer) =>
    variants.flatMap((id, variant) => (without(layer, id) ? [] : [{ layer, variant }])),
  ).flat();
  return {
    id: 'test',
    header: {
      format: 'puzzle-workbench/library', version: 1, name: 'test',
      parent: { name: parent.name, num_hidden_layers: parent.num_hidden_layers, shape: parent.shape, variants: [] },
      provenance: { kind: 'exact', source: 'test' }, measurements: [], non_block: [], default_objective: 'kl_div', notes: [],
      columns: [{ id: 'kl_div', label: 'KL', unit: 'nat', level: 'block', role: 'score', better: 'lower', summable: true, provenance: { kind: 'exact', source: 'test' } }],
    },
    variants: variants.map((id) => ({ id, ...parseVariantId(id)! })),
    first_layer: Int32Array.from(choices, ({ layer }) => layer),
    last_layer: Int32Array.from(choices, ({ layer }) => layer),
    variant: Int32Array.from(choices, ({ variant }) => variant),
    values: [new Float64Array(choices.length)],
  };
}

describe('express', () => {
  it('finds the choice of each layer', () => {
    const view = library(SUPER);
    const result = express(referenceArchitecture('nemotron-super-49b')!, view);
    if (result.kind !== 'expressed') throw new Error(result.reasons.join());
    const expected = referenceArchitecture('nemotron-super-49b')!.blocks.map(({ variant }, layer) => SUPER.length * layer + SUPER.indexOf(variant));
    expect(result.choices).toEqual(expected);
  });

  it('says what of the 51B a library without its variants lacks', () => {
    expect(express(referenceArchitecture('nemotron-51b')!, library(SUPER))).toEqual({
      kind: 'inexpressible',
      reasons: [
        'attention with 4 KV heads is not in this library: layer 1',
        'attention with 2 KV heads is not in this library: layers 5-6, 9-10, 13-14',
        'attention with 1 KV head is not in this library: layers 7-8, 12',
        'linear attention is not in this library: layers 11, 15, 35, 38-42, 44, 47, 50, 52-53, 56, 59-62',
      ],
    });
  });

  it('names variants that are missing in places only', () => {
    const view = library(SUPER, (layer, variant) => variant === 'kv8/28672' && (layer === 3 || layer === 4));
    expect(express(parentArchitecture(parent), view)).toEqual({
      kind: 'inexpressible', reasons: ['kv8/28672 is not offered there: layers 3-4'],
    });
  });

  it('cannot express a model with layers of its own', () => {
    expect(express(referenceArchitecture('nemotron-ultra-253b')!, library(SUPER))).toEqual({
      kind: 'inexpressible', reasons: ["it has 162 layers, the library's parent 80"],
    });
    expect(express({ ...parentArchitecture(parent), external: true }, library(SUPER))).toMatchObject({
      reasons: ["its layers are its own and do not correspond to the parent's"],
    });
  });

  it('cannot express a model of other dimensions', () => {
    const other: Architecture = { ...parentArchitecture(parent), shape: { ...parent.shape, hidden_size: 4096 } };
    expect(express(other, library(SUPER))).toEqual({
      kind: 'inexpressible', reasons: ["hidden_size is 4096, the library's parent has 8192"],
    });
  });

  it('names dimensions before layers of its own', () => {
    const narrow: Architecture = { ...parentArchitecture(parent), external: true, shape: { ...parent.shape, hidden_size: 6144 } };
    expect(express(narrow, library(SUPER))).toEqual({
      kind: 'inexpressible', reasons: ["hidden_size is 6144, the library's parent has 8192"],
    });
  });

  it('does not take a span for its layers', () => {
    const { blocks, ...rest } = parentArchitecture(parent);
    const spanned = { ...rest, blocks: [chosenBlock([0, 1], blocks[0]!), ...blocks.slice(2)] };
    expect(express(spanned, library(SUPER))).toEqual({
      kind: 'inexpressible', reasons: ['kv8/28672 is not offered for such a span of layers: layers 0-1'],
    });
  });
});
