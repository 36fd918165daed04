/** Whole models timed: what is between the clock's readings, turns, generation that really happens, and nothing left behind. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { testContext } from '../../test/support/job_context.ts';
import { SMALL_BLOCK, SMALL_SHAPE, smallRun } from '../../test/support/small_run.ts';
import { useTensorDevice } from '../../test/support/tensor_device.ts';
import { modelTimesSchema, type JobOf } from '../protocol/train.ts';
import { chosenBlock, type Block } from '../protocol/variant.ts';
import { writeCheckpoint } from '../transformer/checkpoint_write.ts';
import type { MemoryFiles } from '../transformer/memory_files.ts';
import { MemorySource } from '../transformer/model_source.ts';
import { measureModels } from './measure_models.ts';
import { Random } from './random.ts';

useTensorDevice('wasm_native');

const SPEC: JobOf<'measure_models'> = {
  id: 'throughput',
  kind: 'measure_models',
  models: [
    { name: 'parent', folder: 'parent' },
    { name: 'child', folder: 'child' },
  ],
  batch: 4,
  isl: 48,
  osl: 8,
  repeats: 3,
  out: 'model_times.json',
};
const WIDE: Block = { attention: { kind: 'gqa', kv_heads: 4 }, ffn: { kind: 'swiglu', intermediate_size: 4096 } };
const NONE: Block = { attention: { kind: 'no_op' }, ffn: { kind: 'no_op' } };

let files: MemoryFiles;
beforeAll(async () => {
  files = await smallRun({ blocks: [WIDE, WIDE, WIDE] });
  const blocks = [NONE, SMALL_BLOCK, { ...NONE, ffn: { kind: 'linear' } } as const].map((block, layer) => chosenBlock([layer], block));
  const architecture = { id: 'child', name: 'Child', external: false, shape: { ...SMALL_SHAPE, vocab_size: 256 }, blocks, source: 'test' };
  const random = Random.of(7, 'child');
  await writeCheckpoint(files, 'child', { architecture, dtype: 'F32' }, MemorySource.initialised(architecture, () => random.normal()));
});

describe('times of whole models', () => {
  it('are there for every round, and shorter for a child with a small part of the work', async () => {
    const context = testContext({ files });
    const times = await measureModels(SPEC, { ...context, now: () => performance.now(), emit: context.emit });
    expect(modelTimesSchema.parse(JSON.parse(new TextDecoder().decode(files.content('model_times.json'))))).toEqual(times);
    expect(times).toMatchObject({ batch: 4, isl: 48, osl: 8, device: context.device });
    expect(times.models.map(({ name, prefill_ms: prefill, decode_ms: decode }) => [name, prefill.length, decode.length])).toEqual([
      ['parent', 3, 3],
      ['child', 3, 3],
    ]);
    const [parent, child] = times.models;
    // Some 200 times the work, and a prompt of 48 tokens against a pass of one: far beyond any noise.
    expect(Math.min(...parent!.prefill_ms)).toBeGreaterThan(2 * Math.min(...child!.prefill_ms));
    expect(Math.min(...parent!.decode_ms)).toBeGreaterThan(Math.min(...child!.decode_ms));
    expect(Math.min(...parent!.prefill_ms)).toBeGreaterThan(2 * Math.min(...parent!.decode_ms));
    expect(context.events.at(-1)).toEqual({ kind: 'progress', done: 3, total: 3, unit: 'rounds' });
  });

  it('are the passes alone, whatever happens between them, with the warm-up left out', async () => {
    // The clock stands still but for 1 ms within a pass; messages that are let in take a minute, the first round two.
    const clock = { now: 0, readings: 0 };
    const context = testContext({ files });
    const perRound = 2 * (1 + SPEC.osl);
    const times = await measureModels(SPEC, {
      ...context,
      emit: context.emit,
      breathe: () => {
        clock.now += 60_000;
        return Promise.resolve();
      },
      now: () => {
        clock.readings += 1;
        const warmUp = clock.readings <= 2 * perRound;
        return (clock.now += clock.readings % 2 === 1 ? 0 : warmUp ? 120_000 : 1);
      },
    });
    for (const { prefill_ms: prefill, decode_ms: decode } of times.models) {
      expect(prefill).toEqual([1, 1, 1]);
      expect(decode).toEqual([1, 1, 1]);
    }
  });

  it('leave nothing on the device, also where the job is stopped in the middle', async () => {
    const before = tf.memory().numTensors;
    await measureModels({ ...SPEC, repeats: 1 }, testContext({ files }));
    expect(tf.memory().numTensors).toBe(before);
    await expect(measureModels(SPEC, testContext({ files, cancelAt: 13 }))).rejects.toMatchObject({ payload: { code: 'cancelled' } });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('are refused where the models do not fit, before anything is uploaded', async () => {
    const tensors = tf.memory().numTensors;
    await expect(measureModels({ ...SPEC, batch: 64, isl: 4096 }, testContext({ files }))).rejects.toMatchObject({
      payload: { code: 'too_large', hint: expect.stringContaining('smaller batch') as string },
    });
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
