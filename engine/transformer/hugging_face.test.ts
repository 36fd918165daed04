/**
 * Our forward pass against other implementations': Hugging Face Transformers for what it can run, and for DeciLM a plain one
 * in double precision. The fixtures and how they were made are in test/fixtures/transformers.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { fixtureFiles } from '../../test/support/fixture_files.ts';
import { expectFlatMemory, useTensorDevice } from '../../test/support/tensor_device.ts';
import { Decoder } from './decoder.ts';
import { generate } from './generate.ts';
import type { Checkpoint } from './checkpoint.ts';
import { openCheckpoint } from './checkpoint.ts';
import { readText } from './files.ts';
import { Model } from './model.ts';
import { readTensors } from './tensor_file.ts';
import type { TokenBatch } from './token_batch.ts';

const ROOT = 'transformers';
const CASES = readdirSync(path.resolve(import.meta.dirname, '../../test/fixtures', ROOT), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

interface Case {
  readonly checkpoint: Checkpoint;
  readonly batch: TokenBatch;
  readonly logits: Float32Array;
  /** The other implementation's likeliest continuation of the first sequence. */
  readonly greedy: readonly number[];
}

async function openCase(name: string): Promise<Case> {
  const files = fixtureFiles(ROOT);
  const { input_ids: ids, greedy } = JSON.parse(await readText(files, `${name}/case.json`)) as { input_ids: number[][]; greedy: number[] };
  const { tensors } = await readTensors(files, `${name}/expected.safetensors`);
  return {
    checkpoint: await openCheckpoint(files, name),
    batch: { ids: Int32Array.from(ids.flat()), length: ids[0]!.length },
    logits: tensors['logits']!.data,
    greedy,
  };
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}

it('has a case for each family and form that is run', () => {
  expect(CASES).toEqual([
    'decilm_child',
    'llama_biases',
    'llama_gqa_untied',
    'llama_linear_rope_f16',
    'llama_llama3_tied',
    'llama_yarn',
    'mistral_bf16_sharded',
    'qwen2_tied',
    'qwen3_untied',
  ]);
});

describe.each(['cpu', 'wasm', 'wasm_native'] as const)('on %s', (backend) => {
  useTensorDevice(backend);

  describe.each(CASES)('%s', (name) => {
    let opened: Case;
    beforeAll(async () => {
      opened = await openCase(name);
    });

    it.each([true, false])('gives the same logits (resident: %s)', async (resident) => {
      const model = new Model(opened.checkpoint, { resident });
      const logits = await model.logits(opened.batch);
      const difference = largestDifference((await logits.data()) as Float32Array, opened.logits);
      if (process.env['SHOW'] !== undefined) console.log(backend, name, difference);
      expect(difference).toBeLessThan(1e-4);
      logits.dispose();
      model.dispose();
    });

    it('gives those logits token by token from the cache too', async () => {
      const model = new Model(opened.checkpoint, { resident: true });
      const decoder = new Decoder(model);
      const { ids, length } = opened.batch;
      const vocabulary = model.shape.vocab_size;
      const columns = (from: number, to: number): TokenBatch => ({ ids: Int32Array.from([...ids.slice(from, to), ...ids.slice(length + from, length + to)]), length: to - from });
      for (const [from, to] of [[0, 20], [20, 27], ...Array.from({ length: length - 27 }, (_, i) => [27 + i, 28 + i])] as [number, number][]) {
        const logits = await decoder.advance(columns(from, to));
        for (const sequence of [0, 1]) {
          const row = (sequence * length + to - 1) * vocabulary;
          expect(largestDifference(logits.slice(sequence * vocabulary, (sequence + 1) * vocabulary), opened.logits.slice(row, row + vocabulary))).toBeLessThan(1e-4);
        }
      }
      expect(decoder.position).toBe(length);
      decoder.dispose();
      model.dispose();
    });

    it('continues a text with the same tokens', async () => {
      const model = new Model(opened.checkpoint, { resident: true });
      const { ids, ended } = await generate(model, opened.batch.ids.subarray(0, opened.batch.length), {
        maxNewTokens: opened.greedy.length,
        temperature: 0,
        uniform: () => 0,
        vocabularySize: model.shape.vocab_size,
        endTokens: new Set(),
        now: () => 0,
      });
      expect(ids).toEqual(opened.greedy);
      expect(ended).toBe('length');
      model.dispose();
    });
  });

  it('leaves nothing behind', async () => {
    const before = memory().numTensors;
    const { checkpoint, batch } = await openCase('llama_gqa_untied');
    for (const resident of [true, false]) {
      const model = new Model(checkpoint, { resident });
      await expectFlatMemory(async () => (await model.logits(batch)).dispose());
      model.dispose();
    }
    expect(memory().numTensors).toBe(before);
  });
});
