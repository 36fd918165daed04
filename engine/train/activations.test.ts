/** Recorded activations against one plain forward pass, contributions against their definition, and interrupted recording. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { testContext } from '../../test/support/job_context.ts';
import { copyOf, sameBytes, smallRun, SMALL_SHAPE } from '../../test/support/small_run.ts';
import { useTensorDevice } from '../../test/support/tensor_device.ts';
import { forwardAttention } from '../transformer/block.ts';
import { openCheckpoint } from '../transformer/checkpoint.ts';
import type { MemoryFiles } from '../transformer/memory_files.ts';
import { Model } from '../transformer/model.ts';
import { recordActivations, Recorder } from './activations.ts';
import { readBoundary, readIndex } from './activations_files.ts';
import { readContributions } from './channel_contribution.ts';
import { openData } from './data/index.ts';

useTensorDevice('wasm_native');

const SPEC = { id: 'activations', kind: 'record_activations', parent: 'parent', data: 'data', train_sequences: 48, held_out_sequences: 12, out: 'activations' } as const;

let files: MemoryFiles;
beforeAll(async () => {
  files = await smallRun({ parentSteps: 20 });
});

/** Hidden states of the first held-out sequences at every boundary, computed at once. */
async function boundariesOf(sequences: readonly number[], split: 'train' | 'heldOut'): Promise<Float32Array[]> {
  const data = await openData(files, 'data');
  const checkpoint = await openCheckpoint(files, 'parent');
  const model = new Model(checkpoint, { resident: true });
  const found: Float32Array[] = [];
  const ids = await data[split].batch(sequences);
  (await model.hiddenStates({ ids, length: data[split].length }, { onBoundary: async (boundary, _, x) => void (found[boundary] = Float32Array.from(await x.data())) })).dispose();
  model.dispose();
  await checkpoint.close();
  await data.close();
  return found;
}

describe('recorded activations', () => {
  it('are the hidden states of a forward pass, at any sequences asked for', async () => {
    const sequences = [7, 2, 3, 11];
    const expected = await boundariesOf(sequences, 'heldOut');
    expect(expected).toHaveLength(4);
    for (const [boundary, states] of expected.entries()) {
      const recorded = await readBoundary(files, 'activations', 'held_out', boundary, sequences);
      expect(recorded.length).toBe(4 * 16 * SMALL_SHAPE.hidden_size);
      for (let i = 0; i < states.length; i++) expect(recorded[i]).toBeCloseTo(states[i]!, 4);
    }
    expect(await readIndex(files, 'activations', 'train')).toEqual({ sequences: 48, length: 16, hidden: 32, layers: 3 });
  });

  it('are refused where a layer would see only a part of each sequence', async () => {
    await expect(smallRun({ shape: { ...SMALL_SHAPE, sliding_window: { tokens: 8 } }, length: 9 })).rejects.toMatchObject({
      payload: { code: 'bad_input', message: expect.stringMatching(/only the latest 8 tokens .* and 9 are asked for/) },
    });
  });

  it('leave nothing on the device', async () => {
    const copy = copyOf(files);
    await copy.remove('activations');
    const before = tf.memory().numTensors;
    await recordActivations(SPEC, testContext({ files: copy }));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('are the same bytes where recording was stopped at any point and begun again', async () => {
    const whole = testContext({ files: copyOf(files) });
    await whole.files.remove('activations');
    await recordActivations(SPEC, whole);
    const paths = files.paths.filter((path) => path.startsWith('activations/'));
    for (let cancelAt = 1; cancelAt <= whole.breaths(); cancelAt += 2) {
      const copy = copyOf(files);
      await copy.remove('activations');
      await expect(recordActivations(SPEC, testContext({ files: copy, cancelAt }))).rejects.toMatchObject({ payload: { code: 'cancelled' } });
      const again = testContext({ files: copy });
      await recordActivations(SPEC, again);
      expect(copy.paths.filter((path) => path.startsWith('activations/'))).toEqual(paths);
      expect(paths.filter((path) => !sameBytes(copy.content(path), files.content(path)))).toEqual([]);
    }
  });

  it('are made again from where a file is not whole, which then is as it was', async () => {
    const copy = copyOf(files);
    const damaged = 'activations/held_out/boundary_2.f32';
    copy.put(damaged, copy.content(damaged).subarray(0, 100));
    await recordActivations(SPEC, testContext({ files: copy }));
    expect(copy.paths).toEqual(files.paths);
    expect(copy.paths.filter((path) => !sameBytes(copy.content(path), files.content(path)))).toEqual([]);
  });

  it('are made anew for another specification', async () => {
    const copy = copyOf(files);
    await recordActivations({ ...SPEC, held_out_sequences: 5 }, testContext({ files: copy }));
    expect(await readIndex(copy, 'activations', 'held_out')).toMatchObject({ sequences: 5 });
    expect(copy.content('activations/held_out/boundary_3.f32').length).toBe(5 * 16 * 32 * 4);
  });

  it('are refused where they would fill the disk, saying how much they take and what to do', async () => {
    const spec = { ...SPEC, train_sequences: 200_000_000 };
    const checkpoint = await openCheckpoint(files, 'parent');
    const tokens = { count: 2e8, length: 16, vocabularySize: 256, sequence: () => Promise.reject(new Error()), batch: () => Promise.reject(new Error()), close: () => Promise.resolve() };
    await expect(new Recorder(spec, testContext({ files }), checkpoint, [{ split: 'train', tokens, sequences: 2e8 }]).record()).rejects.toMatchObject({
      payload: { code: 'too_large', message: expect.stringContaining('1526 GiB') as string, hint: expect.stringContaining('fewer') as string },
    });
  });

  it('are as many as there are, with a warning, where more are asked for', async () => {
    const copy = copyOf(files);
    const context = testContext({ files: copy });
    await recordActivations({ ...SPEC, held_out_sequences: 1000 }, context);
    expect(await readIndex(copy, 'activations', 'held_out')).toMatchObject({ sequences: 64 });
    expect(context.events).toContainEqual({ kind: 'log', level: 'warning', text: expect.stringContaining('only 64') as string });
  });
});

describe('contributions', () => {
  it('are what the definitions say: mean |silu(gate) up| times the norm of the channel, and the mean square of the change', async () => {
    const contributions = await readContributions(files, 'activations');
    expect(contributions).toHaveLength(3);
    const sequences = Array.from({ length: 48 }, (_, i) => i);
    const boundaries = await boundariesOf(sequences, 'train');
    const checkpoint = await openCheckpoint(files, 'parent');
    for (const layer of [0, 2]) {
      const before = boundaries[layer]!;
      const after = boundaries[layer + 1]!;
      const tokens = before.length / 32;
      const change = after.reduce((sum, value, i) => sum + (value - before[i]!) ** 2, 0) / tokens;
      expect(contributions[layer]!.change / change).toBeCloseTo(1, 4);

      // States behind attention are what is left when the FFN's part is taken away again; found by plain loops.
      const weights = await checkpoint.block(layer);
      const attended = await attendedStates(layer, sequences);
      const w = (name: string): Float32Array => weights[name]!.data;
      const expected = new Float64Array(48);
      for (let t = 0; t < tokens; t++) {
        const h = attended.subarray(t * 32, (t + 1) * 32);
        const rms = Math.sqrt(h.reduce((sum, value) => sum + value * value, 0) / 32 + 1e-5);
        const x = Float64Array.from(h, (value, i) => (value / rms) * w('post_attention_layernorm.weight')[i]!);
        for (let channel = 0; channel < 48; channel++) {
          let gate = 0;
          let up = 0;
          for (let i = 0; i < 32; i++) {
            gate += w('mlp.gate_proj.weight')[channel * 32 + i]! * x[i]!;
            up += w('mlp.up_proj.weight')[channel * 32 + i]! * x[i]!;
          }
          expected[channel]! += Math.abs((gate / (1 + Math.exp(-gate))) * up);
        }
      }
      for (let channel = 0; channel < 48; channel++) {
        let squares = 0;
        for (let row = 0; row < 32; row++) squares += w('mlp.down_proj.weight')[row * 48 + channel]! ** 2;
        expect(contributions[layer]!.channels![channel]! / ((expected[channel]! / tokens) * Math.sqrt(squares))).toBeCloseTo(1, 4);
      }
    }
    await checkpoint.close();
  });
});

async function attendedStates(layer: number, sequences: readonly number[]): Promise<Float32Array> {
  const checkpoint = await openCheckpoint(files, 'parent');
  const model = new Model(checkpoint, { resident: false });
  const states = await readBoundary(files, 'activations', 'train', layer, sequences);
  const result = await model.withBlock(layer, async (weights, block) => {
    const y = tf.tidy(() => forwardAttention(model.shape, block.attention, weights, tf.tensor3d(states, [sequences.length, 16, 32]), model.rope(16)));
    const data = Float32Array.from(await y.data());
    y.dispose();
    return data;
  });
  model.dispose();
  await checkpoint.close();
  return result;
}
