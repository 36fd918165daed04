/** Measured block times: what is in them, medians over interleaved readings, and nothing left behind. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { testContext } from '../../test/support/job_context.ts';
import { smallRun } from '../../test/support/small_run.ts';
import { useTensorDevice } from '../../test/support/tensor_device.ts';
import { blockTimesSchema, type JobOf } from '../protocol/train.ts';
import type { MemoryFiles } from '../transformer/memory_files.ts';
import { measureBlocks } from './measure.ts';

useTensorDevice('wasm_native');

const SPEC: JobOf<'measure_blocks'> = {
  id: 'measure',
  kind: 'measure_blocks',
  parent: 'parent',
  attentions: [{ kind: 'gqa', kv_heads: 4 }, { kind: 'gqa', kv_heads: 1 }, { kind: 'linear' }, { kind: 'no_op' }],
  ffns: [{ kind: 'swiglu', intermediate_size: 2048 }, { kind: 'swiglu', intermediate_size: 16 }, { kind: 'linear' }, { kind: 'no_op' }],
  batch: 4,
  isl: 48,
  osl: 8,
  repeats: 5,
  out: 'block_times.json',
};

let files: MemoryFiles;
beforeAll(async () => {
  files = await smallRun({ blocks: [{ attention: { kind: 'gqa', kv_heads: 4 }, ffn: { kind: 'swiglu', intermediate_size: 48 } }] });
});

describe('block times', () => {
  it('are there for every sub-block in both phases: nothing for a no-op, more for a wider FFN, less for one token', async () => {
    const context = testContext({ files });
    const times = await measureBlocks(SPEC, { ...context, now: () => performance.now(), emit: context.emit });
    expect(blockTimesSchema.parse(JSON.parse(new TextDecoder().decode(files.content('block_times.json'))))).toEqual(times);
    expect(Object.keys(times.attention)).toEqual(['kv4', 'kv1', 'linear', 'no_op']);
    expect(Object.keys(times.ffn)).toEqual(['16', '2048', 'linear', 'no_op']);
    expect(times.attention['no_op']).toEqual({ prefill_ms: 0, decode_ms: 0 });
    expect(times.ffn['no_op']).toEqual({ prefill_ms: 0, decode_ms: 0 });
    // 128 times the channels, 48 times the tokens: far beyond any noise.
    expect(times.ffn['2048']!.prefill_ms).toBeGreaterThan(2 * times.ffn['16']!.prefill_ms);
    expect(times.ffn['2048']!.prefill_ms).toBeGreaterThan(2 * times.ffn['2048']!.decode_ms);
    for (const { prefill_ms: prefill, decode_ms: decode } of [times.attention['kv1']!, times.attention['linear']!, times.non_block]) {
      expect(prefill).toBeGreaterThan(0);
      expect(decode).toBeGreaterThan(0);
    }
    expect(times).toMatchObject({ batch: 4, isl: 48, osl: 8, device: context.device });
    expect(context.events.findLast(({ kind }) => kind === 'progress')).toEqual({ kind: 'progress', done: 5, total: 5, unit: 'repeats' });
  });

  it('are medians: one slow repeat changes nothing', async () => {
    // A clock that advances by 1 ms a reading, and by a second for all readings of one repeat.
    const readings = { count: 0, now: 0 };
    const context = testContext({ files });
    const perRound = 2 * (2 * (3 + 3 + 1));
    const now = (): number => {
      readings.count += 1;
      const round = Math.floor((readings.count - perRound * 2) / perRound);
      return (readings.now += round === 1 ? 1000 : 1);
    };
    const times = await measureBlocks(SPEC, { ...context, now, emit: context.emit });
    // Work is repeated twelve times inside a reading of 1 ms, so that it lasts as long as a reading should.
    expect(times.ffn['2048']!.prefill_ms).toBe(1 / 12);
    expect(times.attention['kv4']!.decode_ms).toBe(1 / 12);
    expect(context.events.filter(({ kind }) => kind === 'log')).toEqual([]);
  });

  it('come with a warning where they differ from round to round', async () => {
    const context = testContext({ files });
    let [count, now] = [0, 0];
    await measureBlocks(SPEC, { ...context, now: () => (now += ++count % 3), emit: context.emit });
    expect(context.events).toContainEqual(expect.objectContaining({ kind: 'log', level: 'warning', text: expect.stringMatching(/differ by \d+ % from round to round/) }));
  });

  it('leave nothing on the device', async () => {
    const before = tf.memory().numTensors;
    await measureBlocks({ ...SPEC, repeats: 1 }, testContext({ files }));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('are refused where the batch cannot fit, with a way out', async () => {
    const tensors = tf.memory().numTensors;
    await expect(measureBlocks({ ...SPEC, batch: 64, isl: 4096 }, testContext({ files }))).rejects.toMatchObject({
      payload: { code: 'too_large', hint: expect.stringContaining('smaller batch') as string },
    });
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
