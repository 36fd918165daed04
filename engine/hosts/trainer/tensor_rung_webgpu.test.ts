/**
 * Dawn, the `webgpu` package, is not a dependency: what needs it is skipped where it is not installed. To run that part on any
 * machine: `npm install --no-save webgpu@0.6.2` (or elsewhere, and PUZZLE_WEBGPU_FROM names a file there), and for a GPU in software let VK_ICD_FILENAMES name SwiftShader's
 * vk_swiftshader_icd.json (Chromium brings one) and LD_LIBRARY_PATH a folder with libvulkan.so.1.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { onBackend } from '../../../test/support/tensor_device.ts';
import { causalAttention, cosineLoss, crossEntropy, embed, klDivergence, linear, mergeHeads, normalisedMse, rmsNorm, splitHeads, swiGlu, tokenMetrics } from '../../tensor/ops/index.ts';
import { Adam } from '../../tensor/adam.ts';
import { gradientsOf } from '../../tensor/gradients.ts';
import { RungUnavailable } from './tensor_rung.ts';
import type { Rung } from './tensor_rung.ts';
import { webgpuRung } from './tensor_rung_webgpu.ts';

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

/** A file to look for `webgpu` from, beside a package that finds this adapter. */
function dawnWith(adapter: object | null): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'puzzle-webgpu-'));
  folders.push(folder);
  const target = path.join(folder, 'node_modules', 'webgpu');
  mkdirSync(target, { recursive: true });
  writeFileSync(path.join(target, 'package.json'), '{"version":"0.6.2","type":"module","main":"index.js"}');
  writeFileSync(path.join(target, 'index.js'), `export const globals = {}; export const create = () => ({ requestAdapter: async () => (${JSON.stringify(adapter)}) });`);
  return path.join(folder, 'here.js');
}

const open = (from: string, forced = false) => webgpuRung(from)({ threads: 1, forced, fusedKernels: true });

describe('the WebGPU rung', () => {
  it('is missed with the remedy and its size where the package is not installed', async () => {
    await expect(open(path.join(tmpdir(), 'nowhere', 'here.js'), true)).rejects.toMatchObject({
      name: 'RungUnavailable',
      message: 'the package webgpu (132 MB), which is optional, is not installed',
      remedy: 'With a GPU, install it: npm install --no-save webgpu@0.6.2',
    });
  });

  it('is missed where there is no adapter, asked for or not', async () => {
    for (const forced of [false, true]) await expect(open(dawnWith(null), forced)).rejects.toThrow(/finds no GPU/);
  });

  it.each([
    { vendor: 'google', architecture: 'swiftshader', description: 'SwiftShader driver 5.0.0' },
    { vendor: 'mesa', architecture: '', description: 'llvmpipe (LLVM 15.0.7, 256 bits)' },
    { vendor: 'microsoft', architecture: '', description: 'Microsoft Basic Render Driver' },
    { vendor: 'x', architecture: 'y', description: '', isFallbackAdapter: true },
  ])('is not taken unasked where the adapter computes on the CPU: $vendor', async (info) => {
    await expect(open(dawnWith({ info }))).rejects.toThrow(new RegExp(`the only adapter, ${info.description === '' ? 'x y' : info.description.replace(/[().]/g, '.')}, computes on the CPU`));
  });
});

describe('WebGPU where Dawn and a driver are installed', () => {
  const vocabulary = 50;
  const wide = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 0.5, 'float32', seed);
  const rope = () => {
    const angles = tf.outerProduct(tf.range(0, 5), [1, 0.1]);
    return { cos: tf.cos(angles), sin: tf.sin(angles) };
  };
  const targets = () => tf.tensor1d([1, 4, -1, 7, 49, 0], 'int32');
  const head = (seed: number) => wide([vocabulary, 4], seed) as tf.Tensor2D;

  /** Everything that training is made of: a scalar of some inputs, whose gradients are compared too. */
  const losses: Readonly<Record<string, { readonly inputs: readonly (readonly number[])[]; readonly loss: (...x: tf.Tensor[]) => tf.Tensor }>> = {
    linear: { inputs: [[2, 5, 8], [6, 8], [6]], loss: (x, w, b) => linear(x!, w as tf.Tensor2D, b as tf.Tensor1D) },
    'product of batches': { inputs: [[3, 5, 4], [3, 6, 4]], loss: (x, y) => tf.matMul(x!, y!, false, true) },
    rmsNorm: { inputs: [[2, 5, 8], [8]], loss: (x, w) => rmsNorm(x!, w as tf.Tensor1D, 1e-5) },
    'heads with rope': { inputs: [[2, 5, 8]], loss: (x) => splitHeads(x as tf.Tensor3D, 2, rope()) },
    mergeHeads: { inputs: [[2, 3, 5, 4]], loss: (x) => mergeHeads(x as tf.Tensor4D) },
    'causal attention': {
      inputs: [[2, 4, 5, 4], [2, 2, 5, 4], [2, 2, 5, 4]],
      loss: (q, k, v) => causalAttention(q as tf.Tensor4D, k as tf.Tensor4D, v as tf.Tensor4D, { scale: 0.5 }),
    },
    swiGlu: { inputs: [[2, 5, 8], [2, 5, 8]], loss: (gate, up) => swiGlu(gate!, up!) },
    embed: { inputs: [[9, 4]], loss: (table) => embed(table as tf.Tensor2D, tf.tensor2d([[0, 3, 3], [8, 0, 3]], [2, 3], 'int32')) },
    normalisedMse: { inputs: [[2, 5, 4]], loss: (student) => normalisedMse(student!, wide([2, 5, 4], 8), wide([2, 5, 4], 9)) },
    cosineLoss: { inputs: [[2, 5, 4]], loss: (student) => cosineLoss(student!, wide([2, 5, 4], 8)) },
    crossEntropy: { inputs: [[6, 4], [vocabulary, 4]], loss: (hidden, rows) => crossEntropy(hidden as tf.Tensor2D, rows as tf.Tensor2D, targets(), { vocabularyChunk: 20 }) },
    klDivergence: {
      inputs: [[6, 4], [vocabulary, 4]],
      loss: (hidden, rows) => klDivergence(hidden as tf.Tensor2D, rows as tf.Tensor2D, wide([6, 4], 8) as tf.Tensor2D, head(9), { vocabularyChunk: 20 }),
    },
  };

  /** Value and gradients, flat; reading is asynchronous on a GPU. */
  async function evaluated(name: string): Promise<number[]> {
    const { inputs, loss } = losses[name]!;
    const x = inputs.map((shape, i) => wide([...shape], i + 1));
    const { value, grads } = tf.valueAndGrads((...all: tf.Tensor[]) => tf.sum(tf.sigmoid(loss(...all))) as tf.Scalar)(x);
    const read = await Promise.all([value, ...grads].map((tensor) => tensor.data()));
    return read.flatMap((values) => Array.from(values));
  }

  let rung: Rung | undefined;
  let missing = '';
  beforeAll(async () => {
    // A file beside whose `node_modules` Dawn is, where not the project's.
    rung = await open(process.env['PUZZLE_WEBGPU_FROM'] ?? import.meta.filename, true).catch((thrown: unknown) => {
      if (!(thrown instanceof RungUnavailable)) throw thrown;
      missing = `${thrown.message}. ${thrown.remedy ?? ''}`;
      return undefined;
    });
  });
  afterAll(() => rung?.dispose());

  it.for(Object.keys(losses))('computes what the cpu backend does, value and gradients: %s', async (name, context) => {
    if (rung === undefined) return context.skip(missing);
    await rung.activate();
    const found = await evaluated(name);
    const expected = await onBackend('cpu', () => evaluated(name));
    expect(found.length).toBe(expected.length);
    found.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-4 * Math.max(1, Math.abs(expected[i]!))));
  });

  /** Three steps of training a small product, and what evaluation would say of it. */
  async function trained(): Promise<number[]> {
    const weight = tf.variable(wide([vocabulary, 4], 3)) as tf.Variable<tf.Rank.R2>;
    const adam = new Adam({ betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.1 });
    const hidden = wide([6, 4], 4) as tf.Tensor2D;
    const norms: number[] = [];
    for (let step = 0; step < 3; step++) {
      const { value, gradients } = gradientsOf({ weight }, () => crossEntropy(hidden, weight, targets(), {}));
      const norm = adam.step({ weight }, gradients, 0.05, 0.5);
      norms.push((await value.data())[0]!, (await norm.data())[0]!);
    }
    const { nll, kl, rank, argmax } = await tokenMetrics(hidden, weight, targets(), { teacher: { hidden, head: head(9) }, vocabularyChunk: 20 });
    return [...norms, ...(await weight.data()), ...nll, ...kl!, ...rank, ...argmax].map((value) => (Number.isNaN(value) ? -99 : value));
  }

  it('trains and evaluates as the cpu backend does', async (context) => {
    if (rung === undefined) return context.skip(missing);
    await rung.activate();
    const found = await trained();
    const expected = await onBackend('cpu', trained);
    expect(found.length).toBe(expected.length);
    found.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(2e-4 * Math.max(1, Math.abs(expected[i]!))));
  });
});
