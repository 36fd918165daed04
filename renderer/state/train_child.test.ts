import { describe, expect, test } from 'vitest';
import type { BlockTimes } from '../../engine/protocol/train.ts';
import { chosenBlock, type ChosenBlock } from '../../engine/protocol/variant.ts';
import { childDrawing } from './train_child.ts';

const times: BlockTimes = {
  device: { backend: 'cpu', line: 'cpu', versions: {}, skipped: [] }, batch: 8, isl: 128, osl: 10,
  attention: { kv2: { prefill_ms: 4, decode_ms: 0.6 }, kv1: { prefill_ms: 3, decode_ms: 0.2 }, no_op: { prefill_ms: 0, decode_ms: 0 } },
  ffn: { '192': { prefill_ms: 6, decode_ms: 0.4 }, '96': { prefill_ms: 3, decode_ms: 0.2 } },
  non_block: { prefill_ms: 5, decode_ms: 0.5 },
};
const block = (layers: number[], kvHeads: number | 'none', width: number): ChosenBlock =>
  chosenBlock(layers, { attention: kvHeads === 'none' ? { kind: 'no_op' } : { kind: 'gqa', kv_heads: kvHeads }, ffn: { kind: 'swiglu', intermediate_size: width } });
const parent = [block([0], 2, 192), block([1], 2, 192), block([2], 2, 192)];

describe('the drawing of a child', () => {
  test('stacks what its halves take for prompt and generated tokens, below the parent', () => {
    const { data, changed, saving } = childDrawing([block([0], 2, 192), block([1], 1, 96), block([2], 'none', 192)], times, parent)!;
    expect(data.bars.map(({ attention, ffn, parent: theirs }) => [attention, ffn, theirs])).toEqual([[10, 10, 20], [5, 5, 20], [0, 10, 20]]);
    expect(changed).toBe(2);
    // Ten outside the blocks, in both.
    expect(saving).toEqual({ total: 50, parent: 70, saved: 20, fraction: 20 / 70 });
    expect(data.widest).toEqual({ kvHeads: 2, ffn: 192 });
    expect(data.bars[1]!.label).toBe('Layer 1: attention 1 KV head, FFN 96; 10.0 ms, parent 20.0 ms');
  });

  test('a block in the place of two layers is as wide as both', () => {
    const { data, changed, saving } = childDrawing([block([0, 1], 1, 96), block([2], 2, 192)], times, parent)!;
    expect(data.layers).toBe(3);
    expect(data.bars[0]).toMatchObject({ firstLayer: 0, lastLayer: 1, attention: 2.5, ffn: 2.5, parent: 20 });
    expect([changed, saving!.total]).toEqual([2, 40]);
  });

  test('without the parent’s blocks nothing is said of it; without a time there is no drawing', () => {
    const { data, changed, saving } = childDrawing([block([0], 1, 96)], times, undefined)!;
    expect([data.bars[0]!.parent, changed, saving]).toEqual([undefined, undefined, undefined]);
    expect(childDrawing([block([0], 1, 48)], times, undefined)).toBeUndefined();
  });
});
