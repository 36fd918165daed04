/** Replace-1-block scores against whole models run from their tokens, which share nothing with the scoring's shortcuts. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { testContext } from '../../test/support/job_context.ts';
import { copyOf, sameBytes, smallRun, trainingSpec } from '../../test/support/small_run.ts';
import { useTensorDevice } from '../../test/support/tensor_device.ts';
import type { JobOf, LayerScores } from '../protocol/train.ts';
import { chosenBlock, parseVariantId, type Attention, type ChosenBlock, type Ffn } from '../protocol/variant.ts';
import type { MemoryFiles } from '../transformer/memory_files.ts';
import { Model } from '../transformer/model.ts';
import { openModel } from './assemble_model.ts';
import { distilBlocks } from './bld.ts';
import { openData } from './data/index.ts';
import { evaluate } from './evaluate.ts';
import { scoreBlocks } from './score.ts';

useTensorDevice('wasm_native');

const kv = (kv_heads: number): Attention => ({ kind: 'gqa', kv_heads });
const width = (intermediate_size: number): Ffn => ({ kind: 'swiglu', intermediate_size });
const VARIANTS = ['kv4/48', 'kv2/16', 'no_op/no_op', 'kv4/16', 'kv2/48', 'linear/16', 'no_op/48'];
const SEQUENCES = 10;

function job(rest: Partial<JobOf<'score_blocks'>> = {}): JobOf<'score_blocks'> {
  return {
    id: 'score.layer_1',
    kind: 'score_blocks',
    parent: 'parent',
    data: 'data',
    activations: 'activations',
    blocks: 'blocks',
    trained: true,
    parent_layers: [1],
    variants: VARIANTS,
    sequences: SEQUENCES,
    tasks: false,
    out: 'scores/layer_1.json',
    ...rest,
  };
}

let files: MemoryFiles;
let nmse: Readonly<Record<string, number>>;
beforeAll(async () => {
  files = await smallRun({ length: 32, trainSequences: 24, taskExamples: 6 });
  const training = await distilBlocks(
    {
      id: 'bld.layer_1',
      kind: 'distil_blocks',
      parent: 'parent',
      data: 'data',
      activations: 'activations',
      parent_layers: [1],
      targets: [{ part: 'attention', attention: kv(2) }, { part: 'attention', attention: { kind: 'linear' } }, { part: 'attention', attention: { kind: 'no_op' } }, { part: 'ffn', ffn: width(16) }],
      training: trainingSpec({ steps: 6 }),
      out: 'blocks',
    },
    testContext({ files }),
  );
  await distilBlocks(
    {
      id: 'bld.layer_1-2',
      kind: 'distil_blocks',
      parent: 'parent',
      data: 'data',
      activations: 'activations',
      parent_layers: [1, 2],
      targets: [{ part: 'block', attention: kv(4), ffn: width(48) }],
      training: trainingSpec({ steps: 6 }),
      out: 'blocks',
    },
    testContext({ files }),
  );
  nmse = Object.fromEntries(training.targets.map((target) => [target.target, target.final_nmse]));
});

function choicesWith(layers: readonly number[], variant: string): ChosenBlock[] {
  const parent = parseVariantId('kv4/48')!;
  const others = [0, 1, 2].filter((layer) => !layers.includes(layer)).map((layer) => chosenBlock([layer], parent));
  return [...others, chosenBlock(layers, parseVariantId(variant)!)].sort((a, b) => a.parent_layers[0]! - b.parent_layers[0]!);
}

/** Logits of the first held-out sequences, all at once from the tokens on. */
async function logitsOf(layers: readonly number[], variant: string, trained: boolean): Promise<{ logits: Float32Array; ids: Int32Array; vocabulary: number }> {
  const data = await openData(files, 'data');
  const model = await openModel(files, { kind: 'composed', parent: 'parent', blocks: 'blocks', trained, choices: choicesWith(layers, variant) });
  const running = new Model(model, { resident: true });
  const ids = await data.heldOut.batch(Array.from({ length: SEQUENCES }, (_, i) => i));
  const logits = await running.logits({ ids, length: 32 });
  const result = Float32Array.from(await logits.data());
  const vocabulary = logits.shape[2];
  logits.dispose();
  running.dispose();
  await model.close();
  await data.close();
  return { logits: result, ids, vocabulary };
}

/** Means over tokens, in double precision: KL(parent || child), next-token loss, and how often the target is the likeliest. */
function byHand(parent: Float32Array, child: Float32Array, ids: Int32Array, vocabulary: number): { kl: number; loss: number; top1: number } {
  let kl = 0;
  let loss = 0;
  let right = 0;
  let targets = 0;
  for (let token = 0; token < ids.length; token++) {
    const row = (logits: Float32Array): number[] => {
      const values = Array.from(logits.subarray(token * vocabulary, (token + 1) * vocabulary));
      const largest = Math.max(...values);
      const sum = values.reduce((total, value) => total + Math.exp(value - largest), 0);
      return values.map((value) => value - largest - Math.log(sum));
    };
    const p = row(parent);
    const q = row(child);
    p.forEach((value, i) => (kl += Math.exp(value) * (value - q[i]!)));
    if ((token + 1) % 32 === 0) continue;
    targets += 1;
    const target = q[ids[token + 1]!]!;
    loss -= target;
    if (target === Math.max(...q)) right += 1;
  }
  return { kl: kl / ids.length, loss: loss / targets, top1: right / targets };
}

function byVariant({ variants }: LayerScores): Readonly<Record<string, LayerScores['variants'][number]>> {
  return Object.fromEntries(variants.map((score) => [score.variant, score]));
}

describe('scores of one layer', () => {
  let scores: LayerScores;
  const context = testContext();
  beforeAll(async () => {
    scores = await scoreBlocks(job(), { ...context, files, emit: context.emit });
  });

  it('are 0 for the parent’s own block, which equals the parent in everything', () => {
    expect(byVariant(scores)['kv4/48']).toEqual({ variant: 'kv4/48', quality: scores.parent, nmse: 0 });
    expect(scores.parent).toMatchObject({ kl_div: 0, hidden_cosine: 0, tokens: SEQUENCES * 32, tasks: {} });
    expect(scores.variants.map(({ variant }) => variant)).toEqual(VARIANTS);
  });

  it.each(VARIANTS)('of %s are those of the whole model with that block', async (variant) => {
    const parent = await logitsOf([1], 'kv4/48', true);
    const child = await logitsOf([1], variant, true);
    const { kl, loss, top1 } = byHand(parent.logits, child.logits, parent.ids, parent.vocabulary);
    const { quality } = byVariant(scores)[variant]!;
    expect(quality.kl_div).toBeCloseTo(kl, 5);
    expect(quality.lm_loss).toBeCloseTo(loss, 4);
    expect(quality.top_1).toBeCloseTo(top1, 10);
    if (variant === 'no_op/no_op') expect(kl).toBeGreaterThan(0.01);
  });

  it('come with the block’s error, that of BLD on the same states', async () => {
    const all = await scoreBlocks(job({ sequences: 12, variants: ['kv2/48', 'kv4/16', 'no_op/no_op'] }), testContext({ files: copyOf(files) }));
    const { 'kv2/48': attention, 'kv4/16': ffn, 'no_op/no_op': nothing } = byVariant(all);
    expect(attention!.nmse / nmse['attention:kv2']!).toBeCloseTo(1, 4);
    expect(ffn!.nmse / nmse['ffn:16']!).toBeCloseTo(1, 4);
    expect(nothing!.nmse).toBe(1);
  });

  it('are told as they come, and written as returned', () => {
    expect(context.events.filter((event) => event.kind === 'cell')).toHaveLength(VARIANTS.length - 1);
    expect(context.events).toContainEqual({ kind: 'cell', layer: 1, target: 'kv2/16', value: byVariant(scores)['kv2/16']!.quality.kl_div, measure: 'kl_div' });
    const progress = context.events.filter((event) => event.kind === 'progress');
    expect(progress.at(-1)).toMatchObject({ done: VARIANTS.length, total: VARIANTS.length, unit: 'variants' });
    for (let i = 1; i < progress.length; i++) expect(progress[i]!.done).toBeGreaterThanOrEqual(progress[i - 1]!.done);
    expect(JSON.parse(new TextDecoder().decode(files.content('scores/layer_1.json')))).toEqual(scores);
  });

  it('are the same where layers are streamed with variants side by side', async () => {
    const limits = { residentBytes: 0, waitingBytes: 3 * SEQUENCES * 32 * 32 * 4 };
    const streamed = await scoreBlocks(job(), testContext({ files: copyOf(files) }), limits);
    expect(streamed).toEqual(scores);
  });

  it('without training are those of initialisations', async () => {
    const untrained = await scoreBlocks(job({ trained: false, variants: ['kv2/16'] }), testContext({ files: copyOf(files) }));
    const parent = await logitsOf([1], 'kv4/48', true);
    const child = await logitsOf([1], 'kv2/16', false);
    expect(byVariant(untrained)['kv2/16']!.quality.kl_div).toBeCloseTo(byHand(parent.logits, child.logits, parent.ids, parent.vocabulary).kl, 5);
    expect(byVariant(untrained)['kv2/16']!.quality.kl_div).not.toBeCloseTo(byVariant(scores)['kv2/16']!.quality.kl_div, 4);
  });

  it('without any training put beside the blocks what children are then composed from', async () => {
    const run = copyOf(files);
    await run.remove('blocks');
    await scoreBlocks(job({ trained: false, parent_layers: [0, 1], variants: ['kv2/16'] }), testContext({ files: run }));
    expect(run.paths.filter((path) => path.startsWith('blocks/'))).toEqual(['blocks/layer_0-1/initial.safetensors']);
    const model = await openModel(run, { kind: 'composed', parent: 'parent', blocks: 'blocks', trained: false, choices: choicesWith([0, 1], 'kv2/16') });
    expect(Object.keys(await model.block(0))).toContain('mlp.down_proj.weight');
    await model.close();
  });

  it('leave nothing on the device', async () => {
    const before = tf.memory().numTensors;
    await scoreBlocks(job({ variants: ['kv2/16'], tasks: true }), testContext({ files: copyOf(files) }));
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('the edges of a parent', () => {
  it.each([0, 2])('layer %i', async (layer) => {
    const scores = await scoreBlocks(job({ id: 'score.edge', parent_layers: [layer], variants: ['no_op/48', 'no_op/no_op'] }), testContext({ files: copyOf(files) }));
    const parent = await logitsOf([layer], 'kv4/48', true);
    const child = await logitsOf([layer], 'no_op/48', true);
    expect(byVariant(scores)['no_op/48']!.quality.kl_div).toBeCloseTo(byHand(parent.logits, child.logits, parent.ids, parent.vocabulary).kl, 5);
  });

  it('a span of layers', async () => {
    const scores = await scoreBlocks(job({ id: 'score.span', parent_layers: [1, 2], variants: ['kv4/48', 'no_op/no_op'] }), testContext({ files: copyOf(files) }));
    const parent = await logitsOf([1], 'kv4/48', true);
    const child = await logitsOf([1, 2], 'kv4/48', true);
    // The same kind of block as the parent's, but one for two: not the parent.
    const { quality } = byVariant(scores)['kv4/48']!;
    expect(quality.kl_div).toBeCloseTo(byHand(parent.logits, child.logits, parent.ids, parent.vocabulary).kl, 5);
    expect(quality.kl_div).toBeGreaterThan(0.001);
    expect(scores.parent_layers).toEqual([1, 2]);
  });
});

describe('task accuracy', () => {
  it('is that of the whole model, which evaluation finds too', async () => {
    const run = copyOf(files);
    const scores = await scoreBlocks(job({ variants: ['kv2/16', 'no_op/no_op'], tasks: true }), testContext({ files: run }));
    const models = ['kv2/16', 'no_op/no_op'].map((variant) => ({ name: variant, source: { kind: 'composed', parent: 'parent', blocks: 'blocks', trained: true, choices: choicesWith([1], variant) } as const }));
    const evaluation = await evaluate({ id: 'e', kind: 'evaluate', parent: 'parent', data: 'data', models, sequences: SEQUENCES, tasks: true, out: 'e.json' }, testContext({ files: run }));
    expect(Object.keys(scores.parent.tasks).length).toBeGreaterThan(0);
    expect(scores.parent.tasks).toEqual(evaluation.parent.tasks);
    for (const { name, quality } of evaluation.models) {
      const found = byVariant(scores)[name]!.quality;
      expect(found.tasks).toEqual(quality.tasks);
      expect(found.kl_div).toBeCloseTo(quality.kl_div, 6);
      expect(found.hidden_cosine).toBeCloseTo(quality.hidden_cosine, 6);
      expect(found.top_5).toBeCloseTo(quality.top_5, 10);
    }
  });
});

describe('stopping', () => {
  const spec = job({ variants: ['kv4/48', 'kv2/16', 'linear/16', 'kv2/48'], sequences: 4 });

  it('at any point and going on gives the same file, and scores that were ready are not made again', async () => {
    const whole = testContext({ files: copyOf(files) });
    await scoreBlocks(spec, whole);
    const expected = (whole.files as MemoryFiles).content('scores/layer_1.json');
    let shorter = 0;
    for (let cancelAt = 1; cancelAt <= whole.breaths(); cancelAt += 2) {
      const run = copyOf(files);
      await run.remove('scores');
      await expect(scoreBlocks(spec, testContext({ files: run, cancelAt }))).rejects.toMatchObject({ payload: { code: 'cancelled' } });
      expect(run.paths.filter((path) => path.startsWith('scores/'))).toEqual([]);
      const again = testContext({ files: run });
      await scoreBlocks(spec, again);
      expect(sameBytes(run.content('scores/layer_1.json'), expected)).toBe(true);
      expect(run.paths.filter((path) => path.startsWith('state/'))).toEqual([]);
      if (again.breaths() < whole.breaths()) shorter += 1;
    }
    expect(shorter).toBeGreaterThan(2);
  });
});

describe('missing things are named with a way out', () => {
  it('a variant that was not trained', async () => {
    await expect(scoreBlocks(job({ variants: ['kv1/48'] }), testContext({ files: copyOf(files) }))).rejects.toMatchObject({
      payload: { code: 'bad_input', message: expect.stringContaining('kv1.attention') as string },
    });
  });

  it('activations of another parent', async () => {
    const run = copyOf(files);
    run.put('activations/held_out/index.json', JSON.stringify({ sequences: 12, length: 32, hidden: 64, layers: 3 }));
    await expect(scoreBlocks(job(), testContext({ files: run }))).rejects.toMatchObject({ payload: { code: 'bad_input', hint: expect.stringContaining('again') as string } });
  });
});
