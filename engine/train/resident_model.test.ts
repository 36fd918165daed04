import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixtureFiles } from '../../test/support/fixture_files.ts';
import { SMALL_SHAPE } from '../../test/support/small_run.ts';
import { useTensorDevice } from '../../test/support/tensor_device.ts';
import { chosenBlock, type Architecture, type Block } from '../protocol/variant.ts';
import { gradientsOf, type Variables } from '../tensor/gradients.ts';
import { openCheckpoint } from '../transformer/checkpoint.ts';
import { Model } from '../transformer/model.ts';
import { MemorySource } from '../transformer/model_source.ts';
import { disposeRope, ropeTables } from '../transformer/rope.ts';
import { languageBatch, languageLoss, type LanguageBatch } from './language_model.ts';
import { Random } from './random.ts';
import { residentModel, trainableModel, type ResidentModel } from './resident_model.ts';

useTensorDevice('wasm');

const LENGTH = 6;
const VOCABULARY = 13;

function mixedArchitecture(tied: boolean): Architecture {
  const blocks: readonly Block[] = [
    { attention: { kind: 'gqa', kv_heads: 2 }, ffn: { kind: 'swiglu', intermediate_size: 24 } },
    { attention: { kind: 'linear' }, ffn: { kind: 'no_op' } },
    { attention: { kind: 'no_op' }, ffn: { kind: 'linear' } },
  ];
  const shape = { ...SMALL_SHAPE, vocab_size: VOCABULARY, tie_word_embeddings: tied };
  return { id: 'mixed', name: 'Mixed', external: false, shape, blocks: blocks.map((block, layer) => chosenBlock([layer], block)), source: 'test' };
}

describe.each([{ tied: false }, { tied: true }])('gradients of the whole model, tied embeddings: $tied', ({ tied }) => {
  let model: ResidentModel<Variables>;
  let batch: LanguageBatch;
  let rope: ReturnType<typeof ropeTables>;

  beforeAll(async () => {
    const architecture = mixedArchitecture(tied);
    const random = Random.of(1, 'weights');
    // Larger than a new model's, so that differences of the loss stand out of the rounding.
    model = await trainableModel(architecture, MemorySource.initialised(architecture, () => 12 * random.normal()));
    batch = languageBatch({ ids: Int32Array.from({ length: 3 * LENGTH }, () => random.below(VOCABULARY)), length: LENGTH });
    rope = ropeTables(architecture.shape, LENGTH);
  });
  afterAll(() => {
    model.dispose();
    tf.dispose(batch);
    disposeRope(rope);
  });

  it('agree with finite differences in every kind of weight', async () => {
    const lossWith = (name: string, place: number, change: number): number => {
      const variable = model.weights[name];
      if (variable === undefined) throw new Error(name);
      const before = variable.dataSync().slice();
      const set = (values: Float32Array): void => tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
      const changed = before.slice();
      changed[place] = (before[place] ?? 0) + change;
      set(changed as Float32Array);
      const loss = tf.tidy(() => languageLoss(model, batch, rope).dataSync()[0] ?? Number.NaN);
      set(before as Float32Array);
      return loss;
    };
    const { value, gradients } = gradientsOf(model.weights, () => languageLoss(model, batch, rope));
    const step = 4e-3;
    for (const [name, gradient] of Object.entries(gradients)) {
      const values = Array.from(await gradient.data<'float32'>());
      // The largest one: small ones drown in the rounding of the loss.
      const place = values.reduce((best, g, i) => (Math.abs(g) > Math.abs(values[best] ?? 0) ? i : best), 0);
      const difference = (lossWith(name, place, step) - lossWith(name, place, -step)) / (2 * step);
      expect(Math.abs(difference), name).toBeGreaterThan(1e-3);
      expect(Math.abs((values[place] ?? 0) - difference), `${name}: ${values[place]} for ${difference}`).toBeLessThan(0.02 * Math.abs(difference) + 5e-4);
    }
    expect(Object.keys(gradients)).toHaveLength(Object.keys(model.weights).length);
    tf.dispose([value, ...Object.values(gradients)]);
  });
});

describe('a resident model', () => {
  it('computes what the model does that goes block by block (and that agrees with Transformers), and downloads its weights', async () => {
    const files = fixtureFiles('transformers');
    const checkpoint = await openCheckpoint(files, 'qwen3_untied');
    const ids = Int32Array.from({ length: 10 }, (_, i) => (7 * i + 3) % checkpoint.architecture.shape.vocab_size);
    const reference = new Model(checkpoint, { resident: true });
    const expected = await reference.hiddenStates({ ids, length: 5 });
    const model = await residentModel(checkpoint.architecture, checkpoint);
    const rope = ropeTables(checkpoint.architecture.shape, 5);
    const hidden = tf.tidy(() => model.hidden(tf.tensor2d(ids, [2, 5], 'int32'), rope));
    expect([...(await hidden.data())]).toEqual([...(await expected.data())]);

    const weights = model.download();
    expect(await weights.block(1)).toEqual(await checkpoint.block(1));
    expect(await weights.head()).toEqual(await checkpoint.head());
    tf.dispose([hidden, expected]);
    disposeRope(rope);
    model.dispose();
    reference.dispose();
  });
});
