/** Sampling, how a generation ends, and that it leaves nothing on the device; what tokens come is in hugging_face.test.ts. */
import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectFlatMemory, useTensorDevice } from '../../test/support/tensor_device.ts';
import { chosenBlock, type Architecture } from '../protocol/variant.ts';
import { Random } from '../train/random.ts';
import { Decoder } from './decoder.ts';
import { generate, nextToken, type GenerateOptions } from './generate.ts';
import { Model } from './model.ts';
import { MemorySource } from './model_source.ts';

const ARCHITECTURE: Architecture = {
  id: 'small',
  name: 'Small',
  external: false,
  shape: { hidden_size: 16, num_attention_heads: 4, head_dim: 4, vocab_size: 20, tie_word_embeddings: true },
  blocks: [
    chosenBlock([0], { attention: { kind: 'gqa', kv_heads: 2 }, ffn: { kind: 'swiglu', intermediate_size: 24 } }),
    chosenBlock([1], { attention: { kind: 'no_op' }, ffn: { kind: 'linear' } }),
  ],
  source: 'test',
};

function smallModel(resident = true): Model {
  const random = Random.of(3, 'model');
  // Twenty times the usual spread, so that tokens differ in likelihood.
  return new Model(MemorySource.initialised(ARCHITECTURE, () => 20 * random.normal()), { resident });
}

function options(rest: Partial<GenerateOptions> = {}): GenerateOptions {
  return { maxNewTokens: 6, temperature: 0, uniform: () => 0.5, vocabularySize: 20, endTokens: new Set(), now: () => 0, ...rest };
}

describe('the next token', () => {
  const logits = Float32Array.of(1, 3, -2, 3, 0);

  it('is the first of the likeliest at temperature 0', () => {
    expect(nextToken(logits, 0, () => 0.99)).toBe(1);
  });

  it('is drawn with the probabilities of softmax(logits / temperature)', () => {
    const random = Random.of(1, 'draws');
    const counts = [0, 0, 0, 0, 0];
    const draws = 40_000;
    for (let i = 0; i < draws; i++) counts[nextToken(logits, 2, () => random.uniform())]! += 1;
    const weights = [...logits].map((logit) => Math.exp(logit / 2));
    const total = weights.reduce((sum, weight) => sum + weight);
    // Four standard deviations of a share of so many draws are below 0.01.
    counts.forEach((count, id) => expect(Math.abs(count / draws - weights[id]! / total)).toBeLessThan(0.01));
  });

  it('stays among the tokens for any number in [0, 1), also where logits are huge', () => {
    for (const draw of [0, 1 - 2 ** -32]) {
      expect(nextToken(Float32Array.of(3e38, -3e38, 0), 1e-3, () => draw)).toBe(0);
      expect([0, 1]).toContain(nextToken(Float32Array.of(5, 5), 1, () => draw));
    }
  });

  it('is none where logits are not numbers', () => {
    expect(() => nextToken(Float32Array.of(1, NaN), 0, () => 0)).toThrow(/no numbers/);
  });
});

describe('a generation', () => {
  useTensorDevice('cpu');

  it('ends at an end token, which is not part of it, and tells each token as it comes', async () => {
    const model = smallModel();
    const { ids } = await generate(model, [1, 2, 3], options());
    const told: number[] = [];
    const third = ids[2]!;
    const stopped = await generate(model, [1, 2, 3], options({ endTokens: new Set([third]), onToken: (id) => told.push(id) }));
    const end = ids.indexOf(third);
    expect(stopped).toMatchObject({ ids: ids.slice(0, end), ended: 'end_token' });
    expect(told).toEqual(ids.slice(0, end));
    model.dispose();
  });

  it('is the same again with the same draws, and with the model streamed block by block', async () => {
    const run = async (resident: boolean): Promise<readonly number[]> => {
      const model = smallModel(resident);
      const random = Random.of(9, 'generate');
      const { ids } = await generate(model, [4, 5], options({ temperature: 1, uniform: () => random.uniform(), maxNewTokens: 12 }));
      model.dispose();
      return ids;
    };
    const first = await run(true);
    expect(first).toHaveLength(12);
    expect(new Set(first).size).toBeGreaterThan(3);
    expect(await run(true)).toEqual(first);
    expect(await run(false)).toEqual(first);
  });

  it('takes no id beyond the vocabulary', async () => {
    const model = smallModel();
    const random = Random.of(5, 'generate');
    const { ids } = await generate(model, [1], options({ temperature: 50, uniform: () => random.uniform(), vocabularySize: 3, maxNewTokens: 30 }));
    expect(Math.max(...ids)).toBe(2);
    model.dispose();
  });

  it('leaves no tensors behind, also where it is cancelled or a token is stray', async () => {
    const model = smallModel();
    await expectFlatMemory(async () => {
      await generate(model, [1, 2, 3], options());
      let breaths = 0;
      const cancelled = generate(model, [1, 2], options({ breathe: () => (++breaths > 3 ? Promise.reject(new Error('cancelled')) : Promise.resolve()) }));
      await expect(cancelled).rejects.toThrow('cancelled');
      await expect(generate(model, [1, 20], options())).rejects.toThrow(/Token 20 is outside/);
      await expect(generate(model, [], options())).rejects.toThrow(/no tokens/);
    });
    model.dispose();
    expect(memory().numTensors).toBe(0);
  });

  it('goes on from where it was after a token that was refused', async () => {
    const model = smallModel();
    const decoder = new Decoder(model);
    await decoder.advance({ ids: Int32Array.of(1, 2), length: 2 });
    await expect(decoder.advance({ ids: Int32Array.of(-1), length: 1 })).rejects.toThrow(/Token -1/);
    const logits = await decoder.advance({ ids: Int32Array.of(3), length: 1 });
    decoder.dispose();
    const whole = await decoder.advance({ ids: Int32Array.of(1, 2, 3), length: 3 });
    logits.forEach((logit, id) => expect(logit).toBeCloseTo(whole[id]!, 4));
    decoder.dispose();
    model.dispose();
  });
});
