/** Passes over a model, resident or one block at a time: the same numbers, nothing left behind, and what is refused. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectFlatMemory, useTensorDevice } from '../../test/support/tensor_device.ts';
import { chosenBlock, type Architecture, type Block } from '../protocol/variant.ts';
import { Random } from '../train/random.ts';
import type { HostWeights } from './host_tensor.ts';
import { fitsResident, Model, type PassOptions } from './model.ts';
import { MemorySource } from './model_source.ts';
import type { TokenBatch } from './token_batch.ts';

const BLOCKS: readonly Block[] = [
  { attention: { kind: 'gqa', kv_heads: 2 }, ffn: { kind: 'swiglu', intermediate_size: 24 } },
  { attention: { kind: 'linear' }, ffn: { kind: 'no_op' } },
  { attention: { kind: 'gqa', kv_heads: 1 }, ffn: { kind: 'linear' } },
];
const ARCHITECTURE: Architecture = {
  id: 'small',
  name: 'Small',
  external: false,
  shape: { hidden_size: 16, num_attention_heads: 4, head_dim: 4, vocab_size: 20, tie_word_embeddings: false },
  blocks: BLOCKS.map((block, layer) => chosenBlock([layer], block)),
  source: 'test',
};
const BATCHES: readonly TokenBatch[] = [0, 1, 2].map((seed) => {
  const random = Random.of(seed, 'ids');
  return { ids: Int32Array.from({ length: 12 }, () => random.below(20)), length: 6 };
});

/** Counts how often each block is read. */
class CountingSource extends MemorySource {
  readonly reads: number[] = [];

  override block(index: number): Promise<HostWeights> {
    this.reads.push(index);
    return super.block(index);
  }
}

function source(architecture = ARCHITECTURE): CountingSource {
  const random = Random.of(3, 'model');
  const made = MemorySource.initialised(architecture, () => 10 * random.normal());
  return new CountingSource(architecture, made.blocks, made.outside);
}

/** States at each boundary, `<batch>:<boundary>`. */
async function boundaries(model: Model, options: PassOptions = {}): Promise<Readonly<Record<string, number[]>>> {
  const seen: Record<string, number[]> = {};
  await model.pass(BATCHES, {
    ...options,
    onBoundary: async (boundary, batch, x) => {
      expect(x.shape).toEqual([2, 6, 16]);
      seen[`${batch}:${boundary}`] = [...(await x.data())];
    },
  });
  return seen;
}

describe('a model', () => {
  useTensorDevice('cpu');

  it('shows every boundary of every batch, the same whether it is resident or not', async () => {
    const resident = new Model(source(), { resident: true });
    const streamed = new Model(source(), { resident: false });
    const seen = await boundaries(resident);
    expect(Object.keys(seen).sort()).toEqual([0, 1, 2].flatMap((batch) => [0, 1, 2, 3].map((boundary) => `${batch}:${boundary}`)).sort());
    expect(await boundaries(streamed)).toEqual(seen);
    expect(await boundaries(resident)).toEqual(seen);
    resident.dispose();
    streamed.dispose();
  });

  it('reads each block once in a pass, and once ever where it is resident', async () => {
    const [kept, streamed] = [source(), source()];
    const models = [new Model(kept, { resident: true }), new Model(streamed, { resident: false })];
    for (const model of models) for (let pass = 0; pass < 2; pass++) await model.pass(BATCHES);
    expect(kept.reads).toEqual([0, 1, 2]);
    expect(streamed.reads).toEqual([0, 1, 2, 0, 1, 2]);
    for (const model of models) model.dispose();
  });

  it.each([true, false])('goes on from states that enter a layer (resident: %s)', async (resident) => {
    const model = new Model(source(), { resident });
    const seen = await boundaries(model);
    const rest = await boundaries(model, { from: 1, to: 2, input: (batch) => tf.tensor3d(Float32Array.from(seen[`${batch}:1`]!), [2, 6, 16]) });
    expect(Object.keys(rest).sort()).toEqual(['0:1', '0:2', '1:1', '1:2', '2:1', '2:2']);
    for (const [key, values] of Object.entries(rest)) expect(values).toEqual(seen[key]);
    await expect(model.pass(BATCHES, { from: 1 })).rejects.toThrow(/enter layer 1/);
    model.dispose();
  });

  it('gives the logits of tied embeddings', async () => {
    const tied: Architecture = { ...ARCHITECTURE, shape: { ...ARCHITECTURE.shape, tie_word_embeddings: true } };
    const inMemory = source(tied);
    const untied = new MemorySource(ARCHITECTURE, inMemory.blocks, { ...inMemory.outside, 'lm_head.weight': inMemory.outside['model.embed_tokens.weight']! });
    const results: number[][] = [];
    for (const [each, resident] of [[inMemory, true], [inMemory, false], [untied, true]] as const) {
      const model = new Model(each, { resident });
      const logits = await model.logits(BATCHES[0]!);
      expect(logits.shape).toEqual([2, 6, 20]);
      results.push([...(await logits.data())]);
      logits.dispose();
      model.dispose();
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
    expect(tf.memory().numTensors).toBe(0);
  });

  it.each([true, false])('leaves nothing behind, even where its user fails half way (resident: %s)', async (resident) => {
    const model = new Model(source(), { resident });
    await expectFlatMemory(async () => {
      await model.pass(BATCHES);
      const failing = model.pass(BATCHES, { onBoundary: (boundary, batch) => { if (boundary === 2 && batch === 1) throw new Error('full'); } });
      await expect(failing).rejects.toThrow('full');
      let breaths = 0;
      const cancelled = model.pass(BATCHES, { breathe: () => (++breaths === 5 ? Promise.reject(new Error('cancelled')) : Promise.resolve()) });
      await expect(cancelled).rejects.toThrow('cancelled');
      await expect(model.pass([...BATCHES, { ids: Int32Array.of(1, 77), length: 2 }])).rejects.toThrow(/Token 77/);
      await expect(model.withBlock(1, () => { throw new Error('no use'); })).rejects.toThrow('no use');
    });
    model.dispose();
    expect(tf.memory().numTensors).toBe(0);
  });

  it('refuses sequences longer than a window, but only where attention looks through it', async () => {
    const windowed = (layers?: number[]): Model =>
      new Model(source({ ...ARCHITECTURE, shape: { ...ARCHITECTURE.shape, sliding_window: { tokens: 5, ...(layers && { layers }) } } }), { resident: true });
    const everywhere = windowed();
    await expect(everywhere.pass(BATCHES)).rejects.toThrow(/layer 0 sees only the latest 5 tokens/);
    const linearOnly = windowed([1]);
    await linearOnly.pass(BATCHES);
    linearOnly.dispose();
  });
});

it('is refused, naming why, where our forward pass is not that of the model', () => {
  const refused = (shape: Partial<Architecture['shape']>, config?: Record<string, unknown>): (() => Model) => () => {
    const architecture: Architecture = { ...ARCHITECTURE, shape: { ...ARCHITECTURE.shape, ...shape } };
    return new Model(Object.assign(new MemorySource(architecture, [], {}), { config }), { resident: true });
  };
  expect(refused({})).not.toThrow();
  expect(refused({ post_norms: true })).toThrow(/norm behind each sub-block/);
  expect(refused({ hidden_act: 'gelu_pytorch_tanh' })).toThrow(/gelu_pytorch_tanh/);
  expect(refused({ rope_scaling: { rope_type: 'longrope', factor: 2 } })).toThrow(/longrope/);
  expect(refused({ num_attention_heads: 3 })).toThrow(/do not divide its 3 attention heads/);
  expect(refused({}, { final_logit_softcapping: 30 })).toThrow(/final_logit_softcapping/);
  expect(refused({}, { partial_rotary_factor: 0.5 })).toThrow(/partial_rotary_factor 0.5/);
});

it('is taken block by block where its weights are large', () => {
  expect(fitsResident(ARCHITECTURE)).toBe(true);
  const block: Block = { attention: { kind: 'gqa', kv_heads: 8 }, ffn: { kind: 'swiglu', intermediate_size: 14_336 } };
  const shape = { hidden_size: 4096, num_attention_heads: 32, head_dim: 128, vocab_size: 128_256, tie_word_embeddings: false };
  expect(fitsResident({ shape, blocks: Array.from({ length: 32 }, (_, layer) => chosenBlock([layer], block)) })).toBe(false);
});
