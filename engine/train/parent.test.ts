import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { pointsOf, testContext } from '../../test/support/job_context.ts';
import { SMALL_BLOCK, SMALL_SHAPE, copyOf, smallRun, trainingSpec } from '../../test/support/small_run.ts';
import { useTensorDevice } from '../../test/support/tensor_device.ts';
import type { JobOf } from '../protocol/train.ts';
import { chosenBlock, type ModelShape } from '../protocol/variant.ts';
import { openCheckpoint } from '../transformer/checkpoint.ts';
import type { MemoryFiles } from '../transformer/memory_files.ts';
import { Model } from '../transformer/model.ts';
import { openTokenizer } from '../transformer/tokenizer.ts';
import { openData } from './data/index.ts';
import { trainParent } from './parent.ts';

useTensorDevice('wasm');

const LENGTH = 32;
const GUESSING = Math.log(SMALL_SHAPE.vocab_size);

/** Data alone is used; what a job writes goes elsewhere than to the fixture's parent. */
let fixture: MemoryFiles;
beforeAll(async () => {
  fixture = await smallRun({ length: LENGTH, trainSequences: 1, heldOutSequences: 1 });
});

function jobOf(training: Partial<JobOf<'train_parent'>['training']> = {}, shape: ModelShape = SMALL_SHAPE): JobOf<'train_parent'> {
  return {
    id: 'parent',
    kind: 'train_parent',
    architecture: { id: 'new', name: 'New', external: false, shape, blocks: [0, 1].map((layer) => chosenBlock([layer], SMALL_BLOCK)), source: 'test' },
    data: 'data',
    training: trainingSpec({ learning_rate: 1e-2, clip_norm: 1, ...training }),
    out: 'new',
  };
}

describe('training a parent', () => {
  it('learns: the loss on held-out sequences falls well below that of guessing, and its checkpoint has that loss', async () => {
    const files = copyOf(fixture);
    const context = testContext({ files });
    const { held_out_loss } = await trainParent(jobOf({ steps: 60 }), context);
    const curve = pointsOf(context.events, 'held_out_loss');
    // Random weights favour some words a little.
    expect((curve[0]?.[1] ?? 0) / GUESSING).toBeGreaterThan(0.99);
    expect((curve[0]?.[1] ?? 0) / GUESSING).toBeLessThan(1.06);
    expect(held_out_loss).toBeLessThan(0.75 * GUESSING);
    expect(curve.at(-1)).toEqual([60, held_out_loss]);
    expect(context.events.findLast(({ kind }) => kind === 'progress')).toMatchObject({ done: 60, total: 60 });

    const checkpoint = await openCheckpoint(files, 'new');
    const data = await openData(files, 'data');
    const model = new Model(checkpoint, { resident: true });
    const rows = Array.from({ length: data.heldOut.count }, (_, i) => i);
    const ids = await data.heldOut.batch(rows);
    const logits = await model.logits({ ids, length: data.heldOut.length });
    const logProbabilities = tf.tidy(() => tf.logSoftmax(logits)).dataSync();
    let sum = 0;
    let targets = 0;
    for (let i = 0; i + 1 < ids.length; i++) {
      if ((i + 1) % data.heldOut.length === 0) continue;
      sum -= logProbabilities[i * SMALL_SHAPE.vocab_size + (ids[i + 1] ?? 0)] ?? Number.NaN;
      targets += 1;
    }
    expect(sum / targets).toBeCloseTo(held_out_loss, 4);
    expect(await files.exists('new/tokenizer.json')).toBe(true);
    expect(files.paths.filter((path) => path.startsWith('state/'))).toEqual([]);
    logits.dispose();
    model.dispose();
  });

  it("keeps the tokenizer's configuration, which names its special tokens", async () => {
    const files = copyOf(fixture);
    files.put('data/tokenizer_config.json', '{"eos_token":"story"}');
    await trainParent(jobOf({ steps: 1 }), testContext({ files }));
    expect(files.content('new/tokenizer_config.json')).toEqual(files.content('data/tokenizer_config.json'));
    const { eosId } = await openTokenizer(files, 'data/tokenizer.json');
    expect((await openCheckpoint(files, 'new')).config).toMatchObject({ eos_token_id: eosId });
  });

  it('is cancelled with a state from which it ends with the very same files', async () => {
    const files = copyOf(fixture);
    const straight = copyOf(fixture);
    const job = jobOf();
    await trainParent(job, testContext({ files: straight }));
    for (const cancelAt of [9, 11]) {
      await expect(trainParent(job, testContext({ files, cancelAt }))).rejects.toMatchObject({ payload: { code: 'cancelled' } });
      expect(await files.exists('new')).toBe(false);
    }
    await trainParent(job, testContext({ files }));
    expect(files.paths).toEqual(straight.paths);
    for (const path of files.paths) expect(files.content(path)).toEqual(straight.content(path));
  });

  it('leaves nothing on the device, whether it ends or is cancelled', async () => {
    const files = copyOf(fixture);
    const { numTensors } = tf.memory();
    await expect(trainParent(jobOf(), testContext({ files, cancelAt: 12 }))).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(numTensors);
    await trainParent(jobOf({ steps: 3 }), testContext({ files }));
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('refuses data with more words than the model has, naming both', async () => {
    await expect(trainParent(jobOf({}, { ...SMALL_SHAPE, vocab_size: 50 }), testContext({ files: fixture }))).rejects.toMatchObject({
      payload: { code: 'bad_input', message: expect.stringMatching(/^data, vocabulary_size: expected at most 50.*found [1-9]\d\d/) },
    });
  });

  it.each<[string, Partial<ModelShape>, RegExp]>([
    ['a window shorter than the sequences', { sliding_window: { tokens: LENGTH - 1 } }, /only the latest 31 tokens/],
    ['another activation than ours', { hidden_act: 'gelu' }, /activation of its FFN is gelu/],
  ])('refuses %s, which would be trained as another model', async (_, shape, message) => {
    const attempt = trainParent(jobOf({ steps: 1 }, { ...SMALL_SHAPE, ...shape }), testContext({ files: copyOf(fixture) }));
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toMatchObject({ payload: { code: 'bad_input' } });
  });

  it('refuses what would not fit, before it starts', async () => {
    const huge = { ...SMALL_SHAPE, hidden_size: 16_384, head_dim: 4096 };
    await expect(trainParent(jobOf({}, huge), testContext({ files: fixture }))).rejects.toMatchObject({
      payload: { code: 'too_large', hint: expect.stringContaining('smaller') },
    });
  });
});
