import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { pointsOf, testContext } from '../../test/support/job_context.ts';
import { SMALL_BLOCK, copyOf, sameBytes, smallRun, trainingSpec } from '../../test/support/small_run.ts';
import { useTensorDevice } from '../../test/support/tensor_device.ts';
import type { GkdLoss, JobOf } from '../protocol/train.ts';
import { chosenBlock } from '../protocol/variant.ts';
import { openCheckpoint } from '../transformer/checkpoint.ts';
import { writeCheckpoint } from '../transformer/checkpoint_write.ts';
import type { MemoryFiles } from '../transformer/memory_files.ts';
import { openModel } from './assemble_model.ts';
import { evaluate } from './evaluate.ts';
import { distilChild } from './gkd.ts';

useTensorDevice('wasm');

const COSINE_KL: GkdLoss = { lm: 0, cosine: 1, kl: 1 };

/** With a `parent` of random weights and a `child` that lacks an attention and most of an FFN. */
let fixture: MemoryFiles;
beforeAll(async () => {
  fixture = await smallRun();
  const choices = [
    chosenBlock([0], SMALL_BLOCK),
    chosenBlock([1], { ...SMALL_BLOCK, attention: { kind: 'no_op' } }),
    chosenBlock([2], { ...SMALL_BLOCK, ffn: { kind: 'swiglu', intermediate_size: 8 } }),
  ];
  const child = await openModel(fixture, { kind: 'composed', parent: 'parent', blocks: 'activations', trained: false, choices });
  await writeCheckpoint(fixture, 'child', { architecture: child.architecture, dtype: 'F32' }, child);
  await child.close();
});

function jobOf(loss: GkdLoss, steps: number, rest: Partial<JobOf<'distil_child'>> = {}): JobOf<'distil_child'> {
  const training = trainingSpec({ steps, learning_rate: 3e-3, clip_norm: 1 });
  return { id: 'gkd', kind: 'distil_child', parent: 'parent', child: 'child', data: 'data', loss, training, out: 'distilled', ...rest };
}

describe('global knowledge distillation', () => {
  it('brings a damaged child nearer to its parent, and reports the KL that its checkpoint then has', async () => {
    const files = copyOf(fixture);
    const context = testContext({ files });
    const { kl_before, kl_after } = await distilChild(jobOf(COSINE_KL, 80), context);
    expect(kl_after).toBeLessThan(0.8 * (kl_before ?? 0));
    expect(pointsOf(context.events, 'held_out_kl').at(-1)).toEqual([80, kl_after]);

    const models = ['child', 'distilled'].map((folder) => ({ name: folder, source: { kind: 'checkpoint' as const, folder } }));
    const evaluation = await evaluate({ id: 'e', kind: 'evaluate', parent: 'parent', data: 'data', models, sequences: 64, tasks: false, out: 'e.json' }, testContext({ files }));
    expect(evaluation.models.map(({ quality }) => quality.kl_div)).toEqual([expect.closeTo(kl_before ?? 0, 4), expect.closeTo(kl_after, 4)]);
  });

  it.each<[string, GkdLoss]>([
    ['lm', { lm: 1, cosine: 0, kl: 0 }],
    ['cosine', { lm: 0, cosine: 2, kl: 0 }],
    ['kl', { lm: 0, cosine: 0, kl: 0.5 }],
    ['lm, cosine and kl', { lm: 0.1, cosine: 2, kl: 1 }],
  ])('with %s sums the weighted terms and computes no others', async (_, loss) => {
    const context = testContext({ files: copyOf(fixture) });
    await distilChild(jobOf(loss, 1), context);
    const terms = (['lm', 'cosine', 'kl'] as const).filter((name) => loss[name] > 0);
    const total = terms.reduce((sum, name) => sum + loss[name] * (pointsOf(context.events, name)[0]?.[1] ?? Number.NaN), 0);
    expect(pointsOf(context.events, 'loss')[0]?.[1]).toBeCloseTo(total, 5);
    for (const name of ['lm', 'cosine', 'kl'] as const) expect(pointsOf(context.events, name)).toHaveLength(terms.includes(name) ? 1 : 0);
  });

  it('passes on what lies beside the weights of the child, and does not write over either model', async () => {
    const files = copyOf(fixture);
    files.put('child/tokenizer.json', files.content('data/tokenizer.json'));
    files.put('child/generation_config.json', '{"temperature":0.6}');
    files.put('child/LICENSE', 'terms');
    const before = files.paths;
    for (const out of ['child', 'parent/']) {
      await expect(distilChild(jobOf(COSINE_KL, 1, { out }), testContext({ files }))).rejects.toMatchObject({ payload: { code: 'bad_input' } });
      expect(files.paths).toEqual(before);
    }
    await distilChild(jobOf(COSINE_KL, 1), testContext({ files }));
    for (const name of ['tokenizer.json', 'generation_config.json', 'LICENSE']) expect(files.content(`distilled/${name}`)).toEqual(files.content(`child/${name}`));
  });

  it('has nothing to teach a child that is its parent', async () => {
    const context = testContext({ files: copyOf(fixture) });
    await distilChild(jobOf(COSINE_KL, 1, { child: 'parent' }), context);
    expect(pointsOf(context.events, 'kl')[0]?.[1]).toBe(0);
    expect(pointsOf(context.events, 'cosine')[0]?.[1]).toBeCloseTo(0, 6);
  });

  it('by hidden states alone leaves what stands behind them as it was', async () => {
    const files = copyOf(fixture);
    await distilChild(jobOf({ lm: 0, cosine: 1, kl: 0 }, 2), testContext({ files }));
    const [before, after] = [await openCheckpoint(files, 'child'), await openCheckpoint(files, 'distilled')];
    expect(await after.head()).toEqual(await before.head());
    expect(await after.finalNorm()).toEqual(await before.finalNorm());
    expect(await after.block(0)).not.toEqual(await before.block(0));
  });

  it('is cancelled with a state from which it ends with the very same files, and nothing on the device', async () => {
    const [straight, stopped] = [copyOf(fixture), copyOf(fixture)];
    const job = jobOf(COSINE_KL, 12);
    const { numTensors } = tf.memory();
    await distilChild(job, testContext({ files: straight }));
    for (const cancelAt of [23, 24]) {
      await expect(distilChild(job, testContext({ files: stopped, cancelAt }))).rejects.toMatchObject({ payload: { code: 'cancelled' } });
      expect(await stopped.exists('state/gkd.safetensors')).toBe(true);
    }
    await distilChild(job, testContext({ files: stopped }));
    expect(stopped.paths).toEqual(straight.paths);
    for (const path of stopped.paths) expect(sameBytes(stopped.content(path), straight.content(path)), path).toBe(true);
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('refuses a loss without terms, and hidden states of layers that do not correspond', async () => {
    const context = testContext({ files: copyOf(fixture) });
    await expect(distilChild(jobOf({ lm: 0, cosine: 0, kl: 0 }, 1), context)).rejects.toMatchObject({ payload: { code: 'bad_input', message: expect.stringContaining('No term') } });
    const child = await openCheckpoint(context.files, 'child');
    const shallow = { ...child.architecture, blocks: child.architecture.blocks.slice(0, 2) };
    await writeCheckpoint(context.files, 'shallow', { architecture: shallow, dtype: 'F32' }, child);
    await expect(distilChild(jobOf(COSINE_KL, 1, { child: 'shallow' }), context)).rejects.toMatchObject({
      payload: { code: 'bad_input', hint: expect.stringContaining('cosine to 0') },
    });
    await distilChild(jobOf({ lm: 0, cosine: 0, kl: 1 }, 1, { child: 'shallow' }), context);
  });
});
