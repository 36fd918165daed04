/** Which blocks train side by side on a wasm heap, and what is refused. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memory } from '@tensorflow/tfjs-core';
import { expectFlatMemory, useTensorDevice } from '../../test/support/tensor_device.ts';
import { parentModel } from '../architecture/presets.ts';
import type { BlockTarget } from '../protocol/train.ts';
import type { Block, Ffn } from '../protocol/variant.ts';
import { inGroups, lockstepBytes, type Lockstep } from './bld_groups.ts';

const ffn = (intermediate_size: number): BlockTarget => ({ part: 'ffn', ffn: { kind: 'swiglu', intermediate_size } satisfies Ffn });
const kv = (kv_heads: number): BlockTarget => ({ part: 'attention', attention: { kind: 'gqa', kv_heads } });
const LLAMA = parentModel('llama-3.1-8b')!;
const TEACHER: Block = { attention: { kind: 'gqa', kv_heads: 8 }, ffn: { kind: 'swiglu', intermediate_size: 14_336 } };
const LARGE: Lockstep = { shape: LLAMA.shape, teacher: TEACHER, batch: 1, length: 128 };
const SMALL: Lockstep = {
  shape: { ...LLAMA.shape, hidden_size: 128, num_attention_heads: 8, head_dim: 16 },
  teacher: { attention: { kind: 'gqa', kv_heads: 4 }, ffn: { kind: 'swiglu', intermediate_size: 384 } },
  batch: 16,
  length: 128,
};

describe('on a wasm heap', () => {
  useTensorDevice('wasm');

  it('all blocks of a small layer train at once', () => {
    const targets = [kv(2), kv(1), ffn(288), ffn(192), ffn(96)];
    expect(inGroups(SMALL, targets, 'layer 0')).toEqual([targets]);
    expect(lockstepBytes(SMALL, targets)).toBeLessThan(2 ** 28);
  });

  it('those of an 8B model go one after the other, each within the heap', () => {
    const targets = [kv(4), kv(1), ffn(12_544), ffn(7168), ffn(2816), ffn(1280)];
    const groups = inGroups(LARGE, targets, 'layer 3');
    expect(groups.flat()).toEqual(targets);
    expect(groups.length).toBeGreaterThan(1);
    for (const group of groups) expect(lockstepBytes(LARGE, group)).toBeLessThan(3.2 * 2 ** 30);
    // 3 x 4096 x 7168 weights with gradients and two moments take 1.3 GiB, the teacher's attention 0.16.
    expect(lockstepBytes(LARGE, [ffn(7168)]) / 2 ** 30).toBeGreaterThan(1.47);
  });

  it('what does not fit even alone is refused, with a way out', () => {
    expect(() => inGroups({ ...LARGE, batch: 16, length: 2048 }, [kv(4)], 'layer 3')).toThrow(
      expect.objectContaining({ payload: expect.objectContaining({ code: 'too_large', message: expect.stringContaining('attention:kv4 in place of layer 3') as string, hint: expect.stringContaining('smaller batch') as string }) as object }) as Error,
    );
  });

  it('planning takes nothing on the device', async () => {
    await expectFlatMemory(() => void inGroups(LARGE, [kv(4)], 'layer 3'), 1);
  });
});

describe('on a backend with memory of its own', () => {
  let tensors: number;
  useTensorDevice('cpu');
  beforeAll(() => {
    tensors = memory().numTensors;
  });
  afterAll(() => expect(memory().numTensors).toBe(tensors));

  it('nothing is refused', () => {
    expect(inGroups({ ...LARGE, batch: 16, length: 2048 }, [kv(4), ffn(7168)], 'layer 3')).toHaveLength(1);
  });
});
