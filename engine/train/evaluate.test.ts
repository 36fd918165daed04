import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { testContext } from '../../test/support/job_context.ts';
import { SMALL_BLOCK, copyOf, smallRun } from '../../test/support/small_run.ts';
import { useTensorDevice } from '../../test/support/tensor_device.ts';
import { evaluationSchema, type JobOf, type ModelSource, type Quality } from '../protocol/train.ts';
import { chosenBlock, type Block } from '../protocol/variant.ts';
import { readText } from '../transformer/files.ts';
import type { MemoryFiles } from '../transformer/memory_files.ts';
import { Model } from '../transformer/model.ts';
import { openModel } from './assemble_model.ts';
import { openData } from './data/index.ts';
import { evaluate } from './evaluate.ts';

useTensorDevice('wasm');

const SEQUENCES = 10;
const narrow: Block = { ...SMALL_BLOCK, ffn: { kind: 'swiglu', intermediate_size: 16 } };
const withoutAttention: Block = { ...SMALL_BLOCK, attention: { kind: 'no_op' } };
const linear: Block = { attention: { kind: 'linear' }, ffn: { kind: 'linear' } };

let files: MemoryFiles;
beforeAll(async () => {
  files = await smallRun({ taskExamples: 6, length: 32 });
});

function composed(...blocks: readonly Block[]): Extract<ModelSource, { kind: 'composed' }> {
  return { kind: 'composed', parent: 'parent', blocks: 'activations', trained: false, choices: blocks.map((block, layer) => chosenBlock([layer], block)) };
}

function jobOf(models: Readonly<Record<string, ModelSource>>, tasks = false): JobOf<'evaluate'> {
  return {
    id: 'evaluate',
    kind: 'evaluate',
    parent: 'parent',
    data: 'data',
    models: Object.entries(models).map(([name, source]) => ({ name, source })),
    sequences: SEQUENCES,
    tasks,
    out: 'evaluation.json',
  };
}

const identical = composed(SMALL_BLOCK, SMALL_BLOCK, SMALL_BLOCK);
const spanning: ModelSource = { ...identical, choices: [chosenBlock([0], SMALL_BLOCK), chosenBlock([1, 2], narrow)] };
const children = {
  first_narrow: composed(narrow, SMALL_BLOCK, SMALL_BLOCK),
  last_linear: composed(SMALL_BLOCK, SMALL_BLOCK, linear),
  two: composed(narrow, SMALL_BLOCK, withoutAttention),
  other_two: composed(narrow, linear, SMALL_BLOCK),
  span: spanning,
};

/** Logits of a model as whole passes give them, row by row, in float64. */
async function logProbabilitiesOf(source: ModelSource, ids: Int32Array, length: number): Promise<{ logProbabilities: number[][]; hidden: number[][] }> {
  const open = await openModel(files, source);
  const model = new Model(open, { resident: true });
  const [logits, states] = [await model.logits({ ids, length }), await model.hiddenStates({ ids, length })];
  const rows = (tensor: tf.Tensor): number[][] => tf.tidy(() => tf.reshape(tensor, [ids.length, -1]).arraySync()) as number[][];
  const result = {
    logProbabilities: rows(logits).map((row) => {
      const largest = Math.max(...row);
      const sum = row.reduce((total, logit) => total + Math.exp(logit - largest), 0);
      return row.map((logit) => logit - largest - Math.log(sum));
    }),
    hidden: rows(states),
  };
  tf.dispose([logits, states]);
  model.dispose();
  await open.close();
  return result;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

async function plainQuality(source: ModelSource): Promise<Omit<Quality, 'tasks'>> {
  const data = await openData(files, 'data');
  const { length } = data.heldOut;
  const ids = await data.heldOut.batch(Array.from({ length: SEQUENCES }, (_, i) => i));
  const [parent, model] = [await logProbabilitiesOf(identical, ids, length), await logProbabilitiesOf(source, ids, length)];
  const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
  const targets = [...ids.keys()].filter((i) => (i + 1) % length !== 0);
  const ranks = targets.map((i) => model.logProbabilities[i]!.filter((value) => value > model.logProbabilities[i]![ids[i + 1]!]!).length);
  return {
    lm_loss: -mean(targets.map((i) => model.logProbabilities[i]![ids[i + 1]!]!)),
    kl_div: mean([...ids.keys()].map((i) => parent.logProbabilities[i]!.reduce((sum, p, token) => sum + Math.exp(p) * (p - model.logProbabilities[i]![token]!), 0))),
    top_1: mean(ranks.map((rank) => (rank < 1 ? 1 : 0))),
    top_5: mean(ranks.map((rank) => (rank < 5 ? 1 : 0))),
    top_10: mean(ranks.map((rank) => (rank < 10 ? 1 : 0))),
    hidden_cosine: mean([...ids.keys()].map((i) => 1 - dot(model.hidden[i]!, parent.hidden[i]!) / Math.sqrt(dot(model.hidden[i]!, model.hidden[i]!) * dot(parent.hidden[i]!, parent.hidden[i]!)))),
    tokens: ids.length,
  };
}

describe('evaluation', () => {
  it('passes over the sequences that decided over the models, as far as the data reaches', async () => {
    const of = async (more: Partial<JobOf<'evaluate'>>) => (await evaluate({ ...jobOf({ identical }), ...more }, testContext({ files }))).parent;
    const [first, second, both] = [await of({}), await of({ first_sequence: SEQUENCES }), await of({ sequences: 2 * SEQUENCES })];
    expect(second.lm_loss).not.toBe(first.lm_loss);
    expect(both.lm_loss).toBeCloseTo((first.lm_loss + second.lm_loss) / 2, 5);
    const { count } = (await openData(files, 'data')).heldOut;
    expect(await of({ first_sequence: 1_000_000 })).toEqual(await of({ first_sequence: count - SEQUENCES }));
    expect(await of({ first_sequence: 5, sequences: 1_000_000 })).toEqual(await of({ sequences: count }));
  });

  it('measures what whole passes of each model give, token by token', async () => {
    const { parent, models } = await evaluate(jobOf(children), testContext({ files: copyOf(files) }));
    expect(models.map(({ name }) => name)).toEqual(Object.keys(children));
    for (const [source, quality] of [[identical, parent] as const, ...Object.values(children).map((source, i) => [source, models[i]!.quality] as const)]) {
      const { tasks, ...measured } = quality;
      const plain = await plainQuality(source);
      expect(tasks).toEqual({});
      for (const [name, value] of Object.entries(plain)) expect(measured[name as keyof typeof measured], name).toBeCloseTo(value, 4);
    }
    for (const { quality } of models) expect(quality.kl_div).toBeGreaterThan(0.01);
  });

  it('finds no difference between the parent and its own blocks put together', async () => {
    const { parent, models } = await evaluate(jobOf({ identical, itself: { kind: 'checkpoint', folder: 'parent' } }, true), testContext({ files: copyOf(files) }));
    expect(parent.kl_div).toBe(0);
    expect(parent.hidden_cosine).toBeCloseTo(0, 6);
    expect(models.map(({ quality }) => quality)).toEqual([parent, parent]);
  });

  it('computes blocks that models begin with once, without changing what comes out', async () => {
    const context = testContext({ files: copyOf(files) });
    const together = await evaluate(jobOf({ ...children, again: children.two, identical }), context);
    // Layer 0: the parent's, narrow. Layer 1: two behind narrow, one behind the parent's, and the span. Layer 2: the parent's
    // and linear behind the parent's; the parent's and the one without attention behind narrow; one behind the linear one.
    expect(context.events.findLast(({ kind }) => kind === 'progress')).toEqual({ kind: 'progress', done: 11, total: 11, unit: 'blocks' });
    for (const [name, source] of Object.entries(children)) {
      const alone = await evaluate(jobOf({ [name]: source }), testContext({ files: copyOf(files) }));
      expect(together.models.find((model) => model.name === name)?.quality).toEqual(alone.models[0]?.quality);
    }
    expect(together.models[5]?.quality).toEqual(together.models[2]?.quality);
  });

  it('answers tasks as the likeliest words of a whole pass do', async () => {
    const { models } = await evaluate(jobOf({ narrow: children.first_narrow }, true), testContext({ files: copyOf(files) }));
    const data = await openData(files, 'data');
    const right: Record<string, number[]> = {};
    for (const { task, tokens, answer } of data.taskExamples) {
      const { logProbabilities } = await logProbabilitiesOf(children.first_narrow, Int32Array.from(tokens), tokens.length);
      const solved = tokens.slice(...answer).every((token, i) => {
        const row = logProbabilities[answer[0] + i - 1]!;
        return row.indexOf(Math.max(...row)) === token;
      });
      (right[task] ??= []).push(solved ? 1 : 0);
    }
    expect(Object.keys(right).length).toBeGreaterThan(2);
    expect(models[0]?.quality.tasks).toEqual(Object.fromEntries(Object.entries(right).map(([task, all]) => [task, expect.closeTo(mean(all), 9)])));
  });

  it('writes what it answers, and leaves nothing on the device', async () => {
    const own = copyOf(files);
    const { numTensors } = tf.memory();
    const evaluation = await evaluate(jobOf(children, true), testContext({ files: own }));
    expect(evaluationSchema.parse(JSON.parse(await readText(own, 'evaluation.json')))).toEqual(evaluation);
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('leaves neither a file nor tensors where it is cancelled', async () => {
    const own = copyOf(files);
    const { numTensors } = tf.memory();
    for (const cancelAt of [1, 6, 13]) {
      await expect(evaluate(jobOf(children), testContext({ files: own, cancelAt }))).rejects.toMatchObject({ payload: { code: 'cancelled' } });
    }
    expect(own.paths).toEqual(files.paths);
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('refuses a model with another vocabulary, naming both', async () => {
    const own = copyOf(files);
    const config = JSON.parse(await readText(own, 'parent/config.json')) as Record<string, unknown>;
    for (const path of own.paths.filter((name) => name.startsWith('parent/'))) own.put(path.replace('parent/', 'other/'), own.content(path));
    own.put('other/config.json', JSON.stringify({ ...config, vocab_size: 99 }));
    await expect(evaluate(jobOf({ other: { kind: 'checkpoint', folder: 'other' } }), testContext({ files: own }))).rejects.toMatchObject({ payload: { code: 'bad_input' } });
  });
});
