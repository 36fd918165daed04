/** Blockwise distillation on small parents: what it does to errors, files and the device, and that stopping changes nothing. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { pointsOf, testContext } from '../../test/support/job_context.ts';
import { copyOf, sameBytes, smallRun, SMALL_SHAPE, trainingSpec } from '../../test/support/small_run.ts';
import { useTensorDevice } from '../../test/support/tensor_device.ts';
import type { BlockTarget, JobOf, LayerTraining } from '../protocol/train.ts';
import type { Attention, Block, Ffn } from '../protocol/variant.ts';
import { forwardBlock } from '../transformer/block.ts';
import { openCheckpoint } from '../transformer/checkpoint.ts';
import { disposeWeights, uploadBlock } from '../transformer/device_weights.ts';
import type { MemoryFiles } from '../transformer/memory_files.ts';
import { disposeRope, ropeTables } from '../transformer/rope.ts';
import { readBoundary } from './activations_files.ts';
import { readBlock } from './assemble_block.ts';
import { distilBlocks } from './bld.ts';

useTensorDevice('wasm_native');

const kv = (kv_heads: number): Attention => ({ kind: 'gqa', kv_heads });
const width = (intermediate_size: number): Ffn => ({ kind: 'swiglu', intermediate_size });
const NO_OP = { kind: 'no_op' } as const;
const LINEAR = { kind: 'linear' } as const;

const DECOUPLED: readonly BlockTarget[] = [
  { part: 'attention', attention: kv(2) },
  { part: 'attention', attention: kv(1) },
  { part: 'attention', attention: LINEAR },
  { part: 'attention', attention: NO_OP },
  { part: 'ffn', ffn: width(24) },
  { part: 'ffn', ffn: width(8) },
  { part: 'ffn', ffn: LINEAR },
  { part: 'ffn', ffn: NO_OP },
];

function job(rest: Partial<JobOf<'distil_blocks'>> = {}): JobOf<'distil_blocks'> {
  return {
    id: 'bld.layer_1',
    kind: 'distil_blocks',
    parent: 'parent',
    data: 'data',
    activations: 'activations',
    parent_layers: [1],
    targets: [...DECOUPLED],
    training: trainingSpec({ steps: 30 }),
    out: 'blocks',
    ...rest,
  };
}

let files: MemoryFiles;
beforeAll(async () => {
  files = await smallRun();
});

function byTarget({ targets }: LayerTraining): Readonly<Record<string, LayerTraining['targets'][number]>> {
  return Object.fromEntries(targets.map((target) => [target.target, target]));
}

/** Normalised MSE of a block of the run on the held-out activations, by plain sums. */
async function nmseOf(run: MemoryFiles, layers: readonly number[], block: Block, trained: boolean): Promise<number> {
  const parent = await openCheckpoint(run, 'parent');
  const variant = `${block.attention.kind === 'gqa' ? `kv${block.attention.kv_heads}` : block.attention.kind}/${block.ffn.kind === 'swiglu' ? block.ffn.intermediate_size : block.ffn.kind}`;
  const weights = uploadBlock(await readBlock({ files: run, parent, blocks: 'blocks', trained }, { parent_layers: [...layers], variant, ...block }));
  const all = Array.from({ length: 12 }, (_, i) => i);
  const x = await readBoundary(run, 'activations', 'held_out', layers[0]!, all);
  const y = await readBoundary(run, 'activations', 'held_out', layers.at(-1)! + 1, all);
  const rope = ropeTables(SMALL_SHAPE, 16);
  const output = tf.tidy(() => forwardBlock(SMALL_SHAPE, block, weights, tf.tensor3d(x, [12, 16, 32]), rope));
  const z = await output.data();
  output.dispose();
  disposeRope(rope);
  disposeWeights(weights);
  await parent.close();
  let error = 0;
  let scale = 0;
  for (let i = 0; i < x.length; i++) {
    error += (y[i]! - z[i]!) ** 2;
    scale += (y[i]! - x[i]!) ** 2;
  }
  return error / scale;
}

describe('decoupled distillation of one layer', () => {
  let run: MemoryFiles;
  let training: LayerTraining;
  const context = testContext();
  beforeAll(async () => {
    run = copyOf(files);
    training = await distilBlocks(job(), { ...context, files: run, emit: context.emit });
  });

  it('lowers the normalised error of every target that has weights, on held-out states', () => {
    const results = byTarget(training);
    expect(Object.keys(results)).toEqual(['attention:kv2', 'attention:kv1', 'attention:linear', 'attention:no_op', 'ffn:24', 'ffn:8', 'ffn:linear', 'ffn:no_op']);
    for (const [name, { initial_nmse: initial, final_nmse: final, steps, curve }] of Object.entries(results)) {
      if (name.endsWith('no_op')) {
        expect(final).toBe(initial);
        expect({ steps, curve }).toEqual({ steps: 0, curve: [] });
      } else {
        expect(final, name).toBeLessThan(initial);
        expect(curve.at(-1)![0]).toBe(30);
      }
    }
    // What is cut more starts worse.
    expect(results['ffn:8']!.initial_nmse).toBeGreaterThan(results['ffn:24']!.initial_nmse);
    expect(results['attention:kv1']!.initial_nmse).toBeGreaterThan(results['attention:kv2']!.initial_nmse);
  });

  it.each([
    ['attention:kv2', { attention: kv(2), ffn: width(48) }],
    ['attention:no_op', { attention: NO_OP, ffn: width(48) }],
    ['ffn:8', { attention: kv(4), ffn: width(8) }],
    ['ffn:linear', { attention: kv(4), ffn: LINEAR }],
  ] as const)('%s has the errors that its files give beside the parent’s other half', async (name, block) => {
    const { initial_nmse: initial, final_nmse: final } = byTarget(training)[name]!;
    expect((await nmseOf(run, [1], block, false)) / initial).toBeCloseTo(1, 4);
    expect((await nmseOf(run, [1], block, true)) / final).toBeCloseTo(1, 4);
  });

  it('gives blocks that can be paired, and 1 for a block that does nothing', async () => {
    const pair = await nmseOf(run, [1], { attention: kv(2), ffn: width(24) }, true);
    expect(pair).toBeGreaterThan(byTarget(training)['ffn:24']!.final_nmse);
    expect(pair).toBeLessThan(1);
    expect(await nmseOf(run, [1], { attention: NO_OP, ffn: NO_OP }, true)).toBe(1);
  });

  it('says what every target is at from the start on, and a curve for each', () => {
    const cells = context.events.filter((event) => event.kind === 'cell' && event.target === 'ffn:24');
    expect(cells[0]).toMatchObject({ layer: 1, value: byTarget(training)['ffn:24']!.initial_nmse, measure: 'nmse' });
    expect(cells.at(-1)).toMatchObject({ layer: 1, value: byTarget(training)['ffn:24']!.final_nmse });
    expect(cells.length).toBeGreaterThan(8);
    expect(pointsOf(context.events, 'attention:kv2').length).toBeGreaterThan(10);
    expect(context.events.filter((event) => event.kind === 'progress').at(-1)).toMatchObject({ done: 30, total: 30, unit: 'steps' });
  });

  it('leaves nothing on the device and no state behind', async () => {
    const before = tf.memory();
    await distilBlocks(job({ training: trainingSpec({ steps: 3 }) }), testContext({ files: copyOf(files) }));
    expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
    expect(run.paths.filter((path) => path.startsWith('state/'))).toEqual([]);
  });

  it('is the same, bit by bit, however many targets train beside it', async () => {
    const alone = copyOf(files);
    await distilBlocks(job({ targets: [{ part: 'ffn', ffn: width(8) }] }), testContext({ files: alone }));
    expect(sameBytes(alone.content('blocks/layer_1/8.ffn.safetensors'), run.content('blocks/layer_1/8.ffn.safetensors'))).toBe(true);
  });
});

describe('stopping', () => {
  const spec = job({ targets: [{ part: 'attention', attention: kv(2) }, { part: 'ffn', ffn: LINEAR }, { part: 'ffn', ffn: NO_OP }], training: trainingSpec({ steps: 8 }) });

  it('at any point and going on gives the same files, bit by bit', async () => {
    const whole = testContext({ files: copyOf(files) });
    const expected = await distilBlocks(spec, whole);
    const made = (run: MemoryFiles): readonly string[] => run.paths.filter((path) => /^(blocks|state)\//.test(path));
    const wholeFiles = whole.files as MemoryFiles;
    for (let cancelAt = 1; cancelAt <= whole.breaths(); cancelAt += 5) {
      const run = copyOf(files);
      await expect(distilBlocks(spec, testContext({ files: run, cancelAt }))).rejects.toMatchObject({ payload: { code: 'cancelled' } });
      expect(run.paths).not.toContain('blocks/layer_1/bld.json');
      expect(await distilBlocks(spec, testContext({ files: run }))).toEqual(expected);
      expect(made(run)).toEqual(made(wholeFiles));
      expect(made(run).filter((path) => !sameBytes(run.content(path), wholeFiles.content(path)))).toEqual([]);
    }
  });
});

describe('groups, where the device cannot hold all at once', () => {
  const spec = job({ targets: [{ part: 'attention', attention: kv(2) }, { part: 'ffn', ffn: LINEAR }, { part: 'ffn', ffn: width(8) }], training: trainingSpec({ steps: 6 }) });
  const oneByOne = (): boolean => false;
  const made = (run: MemoryFiles): readonly string[] => run.paths.filter((path) => /^(blocks|state)\//.test(path));

  it('learn the same, bit by bit, in whatever groups, stopped or not', async () => {
    const together = copyOf(files);
    const expected = await distilBlocks(spec, testContext({ files: together }));
    const whole = testContext({ files: copyOf(files) });
    expect(await distilBlocks(spec, whole, oneByOne)).toEqual(expected);
    const progress = whole.events.filter((event) => event.kind === 'progress');
    expect(progress.at(-1)).toMatchObject({ done: 18, total: 18 });
    for (let cancelAt = 4; cancelAt <= whole.breaths(); cancelAt += 9) {
      const run = copyOf(files);
      await expect(distilBlocks(spec, testContext({ files: run, cancelAt }), oneByOne)).rejects.toMatchObject({ payload: { code: 'cancelled' } });
      const again = testContext({ files: run });
      expect(await distilBlocks(spec, again, oneByOne)).toEqual(expected);
      expect(made(run)).toEqual(made(together));
      expect(made(run).filter((path) => !sameBytes(run.content(path), together.content(path)))).toEqual([]);
      // Groups that were complete are not trained again.
      if (cancelAt > (2 * whole.breaths()) / 3) expect(again.breaths()).toBeLessThan(whole.breaths() / 2);
    }
  });
});

describe('a target that training makes worse', () => {
  it('stays as initialised, and the log says so', async () => {
    const run = copyOf(files);
    const context = testContext({ files: run });
    const training = await distilBlocks(job({ targets: [{ part: 'ffn', ffn: width(40) }], training: trainingSpec({ steps: 4, learning_rate: 2, final_learning_rate: 2, warmup_steps: 0 }) }), context);
    const [result] = training.targets;
    expect(result!.final_nmse).toBe(result!.initial_nmse);
    expect(context.events).toContainEqual({ kind: 'log', level: 'warning', text: expect.stringContaining('stays as initialised') as string });
    const block: Block = { attention: kv(4), ffn: width(40) };
    expect(await nmseOf(run, [1], block, true)).toBe(await nmseOf(run, [1], block, false));
  });
});

describe('coupled distillation', () => {
  const pair = { part: 'block', attention: kv(1), ffn: width(16) } as const;

  it('trains both halves together, to a smaller error than halves trained alone', async () => {
    const run = copyOf(files);
    const halves = await distilBlocks(job({ targets: [{ part: 'attention', attention: kv(1) }, { part: 'ffn', ffn: width(16) }] }), testContext({ files: run }));
    const decoupled = await nmseOf(run, [1], pair, true);
    const both = await distilBlocks(job({ id: 'bld.coupled.layer_1', targets: [pair] }), testContext({ files: run }));
    // The second stage starts where the first ended, and its pair is used from then on.
    expect(byTarget(both)['block:kv1/16']!.initial_nmse / decoupled).toBeCloseTo(1, 4);
    expect(await nmseOf(run, [1], pair, true)).toBeLessThan(decoupled);
    expect((await nmseOf(run, [1], pair, true)) / byTarget(both)['block:kv1/16']!.final_nmse).toBeCloseTo(1, 4);
    // Both stages are in the list.
    expect(both.targets.map(({ target }) => target)).toEqual([...halves.targets.map(({ target }) => target), 'block:kv1/16']);
    expect(JSON.parse(new TextDecoder().decode(run.content('blocks/layer_1/bld.json')))).toEqual(both);
  });

  it('beside halves of the same job starts as they do, so that it is the same where that job was stopped behind them', async () => {
    const run = copyOf(files);
    const targets: BlockTarget[] = [{ part: 'attention', attention: kv(1) }, { part: 'ffn', ffn: width(16) }, pair];
    const first = await distilBlocks(job({ targets }), testContext({ files: run }));
    const path = 'blocks/layer_1/kv1+16.block.safetensors';
    const trained = run.content(path);
    for (const later of ['blocks/layer_1/bld.json', path]) await run.remove(later);
    expect(await distilBlocks(job({ targets }), testContext({ files: run }))).toEqual(first);
    expect(sameBytes(run.content(path), trained)).toBe(true);
  });

  it('of no halves is exactly 1, of the parent’s own 0, and neither takes a step', async () => {
    const run = copyOf(files);
    const training = await distilBlocks(job({ targets: [{ part: 'block', attention: NO_OP, ffn: NO_OP }, { part: 'block', attention: kv(4), ffn: width(48) }] }), testContext({ files: run }));
    expect(training.targets).toEqual([
      { target: 'block:no_op/no_op', initial_nmse: 1, final_nmse: 1, steps: 0, curve: [] },
      { target: 'block:kv4/48', initial_nmse: 0, final_nmse: 0, steps: 0, curve: [] },
    ]);
    expect(run.paths.filter((path) => /\.(block|ffn|attention)\./.test(path))).toEqual([]);
  });
});

describe('a span', () => {
  it('is replaced by one block that starts from the layer that changes most, and learns the work of all', async () => {
    const run = copyOf(files);
    const targets: readonly BlockTarget[] = [
      { part: 'block', attention: kv(4), ffn: width(48) },
      { part: 'block', attention: kv(2), ffn: width(24) },
      { part: 'block', attention: NO_OP, ffn: NO_OP },
    ];
    const training = await distilBlocks(job({ id: 'bld.layer_0-1', parent_layers: [0, 1], targets: [...targets] }), testContext({ files: run }));
    const results = byTarget(training);
    expect(results['block:no_op/no_op']!.final_nmse).toBe(1);
    // Not the parent's own: one block cannot do the work of two, but it learns.
    expect(results['block:kv4/48']!.initial_nmse).toBeGreaterThan(0.01);
    expect(results['block:kv4/48']!.final_nmse).toBeLessThan(results['block:kv4/48']!.initial_nmse);
    expect(results['block:kv2/24']!.final_nmse).toBeLessThan(results['block:kv2/24']!.initial_nmse);
    expect(training.parent_layers).toEqual([0, 1]);
    expect(run.paths.filter((path) => path.startsWith('blocks/'))).toEqual([
      'blocks/layer_0-1/bld.json',
      'blocks/layer_0-1/initial.safetensors',
      'blocks/layer_0-1/kv2+24.block.safetensors',
      'blocks/layer_0-1/kv4+48.block.safetensors',
    ]);
    expect((await nmseOf(run, [0, 1], { attention: kv(2), ffn: width(24) }, true)) / results['block:kv2/24']!.final_nmse).toBeCloseTo(1, 4);
    expect((await nmseOf(run, [0, 1], { attention: kv(4), ffn: width(48) }, false)) / results['block:kv4/48']!.initial_nmse).toBeCloseTo(1, 4);
  });

  it('that is none is refused', async () => {
    for (const parent_layers of [[0, 2], [2, 3], [1, 0]]) {
      await expect(distilBlocks(job({ parent_layers }), testContext({ files: copyOf(files) }))).rejects.toMatchObject({ payload: { code: 'bad_input' } });
    }
  });
});

describe('missing things are named with a way out', () => {
  it('activations that nobody recorded', async () => {
    const run = copyOf(files);
    await run.remove('activations');
    await expect(distilBlocks(job(), testContext({ files: run }))).rejects.toMatchObject({ payload: { code: 'bad_input', hint: expect.stringContaining('activations') as string } });
  });

  it.each([
    ['another model', { hidden: 16 }, /activations of this parent, 3 layers of width 32, found 3 layers of width 16/],
    ['a shallower model', { layers: 2 }, /found 2 layers of width 32/],
  ])('activations of %s', async (_, change, message) => {
    const run = copyOf(files);
    const path = 'activations/train/index.json';
    run.put(path, JSON.stringify({ ...(JSON.parse(new TextDecoder().decode(run.content(path))) as object), ...change }));
    await expect(distilBlocks(job(), testContext({ files: run }))).rejects.toThrow(message);
  });

  it('a sub-block that was not trained', async () => {
    const run = copyOf(files);
    await distilBlocks(job({ training: trainingSpec({ steps: 1 }), targets: [{ part: 'ffn', ffn: width(24) }] }), testContext({ files: run }));
    await expect(nmseOf(run, [1], { attention: kv(2), ffn: width(24) }, true)).rejects.toMatchObject({
      payload: { code: 'bad_input', message: expect.stringContaining('kv2.attention.safetensors') as string },
    });
  });
});
