import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { pointsOf, testContext, type TestContext, type TestContextOptions } from '../../test/support/job_context.ts';
import { useTensorDevice } from '../../test/support/tensor_device.ts';
import type { TrainingSpec } from '../protocol/train.ts';
import { linear, swiGlu } from '../tensor/ops/index.ts';
import { matrix, vector } from '../transformer/device_weights.ts';
import { MemoryFiles } from '../transformer/memory_files.ts';
import { Random } from './random.ts';
import { train, type Lane, type TrainingTask } from './training_loop.ts';

useTensorDevice('cpu');

const WIDTH = 6;
const STATE = 'state/toy.safetensors';
const training: TrainingSpec = {
  steps: 30,
  batch: 8,
  learning_rate: 0.02,
  final_learning_rate: 0.002,
  warmup_steps: 4,
  weight_decay: 0.01,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  clip_norm: 1,
  seed: 5,
  checkpoint_every_s: 1e9,
};

type Batch = { readonly x: tf.Tensor2D; readonly y: tf.Tensor2D };

const made: tf.Variable[] = [];
afterEach(() => {
  tf.dispose(made.splice(0));
});

/** A gated map that shall become `y = 2 x`, from weights that follow from its name. */
function toyLane(name: string): Lane<Batch> & { readonly variables: Readonly<Record<'gate' | 'up' | 'bias', tf.Variable>> } {
  const random = Random.of(1, name);
  const weight = (shape: number[]): tf.Variable => {
    const size = shape.reduce((product, axis) => product * axis, 1);
    const values = Float32Array.from({ length: size }, () => random.normal() * 0.5);
    const variable = tf.tidy(() => tf.variable(tf.tensor(values, shape)));
    made.push(variable);
    return variable;
  };
  const variables = { gate: weight([WIDTH, WIDTH]), up: weight([WIDTH, WIDTH]), bias: weight([WIDTH]) };
  return {
    name,
    variables,
    loss: ({ x, y }, note) => {
      const output = swiGlu(linear(x, matrix(variables, 'gate')), linear(x, matrix(variables, 'up'), vector(variables, 'bias')));
      const loss = tf.mean(tf.square(tf.sub(output, y))) as tf.Scalar;
      note('double', tf.mul(loss, 2));
      return loss;
    },
  };
}

function toyTask(context: TestContext, lanes: readonly Lane<Batch>[], rest: Partial<TrainingTask<Float32Array, Batch>> = {}): TrainingTask<Float32Array, Batch> {
  return {
    context,
    training,
    lanes,
    statePath: STATE,
    identity: { job: 'toy', training },
    read: (step) => {
      const random = Random.of(training.seed, `batch ${step}`);
      return Promise.resolve(Float32Array.from({ length: training.batch * WIDTH }, () => random.normal()));
    },
    prepare: (data) => {
      const x = tf.tensor2d(data, [training.batch, WIDTH]);
      return { x, y: tf.mul(x, 2) };
    },
    ...rest,
  };
}

async function bits(lane: Lane<Batch>): Promise<Record<string, number[]>> {
  const all: Record<string, number[]> = {};
  for (const [name, variable] of Object.entries(lane.variables)) all[name] = [...new Uint32Array((await variable.data()).slice().buffer)];
  return all;
}

/** Trains until done, in as many attempts as there are contexts; all but the last are expected to be cancelled. */
async function attempts(options: readonly TestContextOptions[], names: readonly string[]): Promise<{ bits: unknown[]; curves: unknown; resumedAt: number }> {
  const files = new MemoryFiles();
  for (const option of options.slice(0, -1)) {
    await expect(train(toyTask(testContext({ files, ...option }), names.map(toyLane)))).rejects.toMatchObject({ payload: { code: 'cancelled' } });
  }
  const lanes = names.map(toyLane);
  const { curves, resumedAt } = await train(toyTask(testContext({ files, ...options.at(-1) }), lanes));
  return { bits: await Promise.all(lanes.map(bits)), curves, resumedAt };
}

describe('training', () => {
  it('lowers a loss that can be learnt, and says so in points and progress', async () => {
    const context = testContext();
    await train(toyTask(context, [toyLane('a')], { training: { ...training, steps: 300 } }));
    const raw = pointsOf(context.events, 'a_raw');
    expect(raw.at(-1)?.[1]).toBeLessThan(0.3 * (raw[0]?.[1] ?? 0));
    expect(pointsOf(context.events, 'a').map(([step]) => step)).toEqual([1, ...Array.from({ length: 100 }, (_, i) => 3 * (i + 1))]);
    expect(pointsOf(context.events, 'double').at(-1)?.[1]).toBeCloseTo(2 * (pointsOf(context.events, 'a').at(-1)?.[1] ?? 0), 5);
    expect(context.events.findLast(({ kind }) => kind === 'progress')).toMatchObject({ done: 300, total: 300, unit: 'steps' });
  });

  it('gives each lane what it would get alone', async () => {
    const together = await attempts([{}], ['a', 'b']);
    const alone = [await attempts([{}], ['a']), await attempts([{}], ['b'])];
    expect(together.bits).toEqual(alone.flatMap((one) => one.bits));
  });

  it('scales a lane\'s learning rate', async () => {
    const halfRate = { ...training, learning_rate: training.learning_rate / 2, final_learning_rate: training.final_learning_rate / 2 };
    const [scaled, halved] = [toyLane('a'), toyLane('a')];
    await train(toyTask(testContext(), [{ ...scaled, learningRateScale: 0.5 }]));
    await train(toyTask(testContext(), [halved], { training: halfRate }));
    expect(await bits(scaled)).toEqual(await bits(halved));
  });

  it('leaves no tensors behind', async () => {
    const lane = toyLane('a');
    const before = tf.memory().numTensors;
    await train(toyTask(testContext(), [lane]));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('stops where a step leaks tensors', async () => {
    const lane = toyLane('a');
    const leaked: tf.Tensor[] = [];
    const task = toyTask(testContext(), [lane]);
    const broken = {
      ...task,
      prepare: (data: Float32Array) => {
        leaked.push(tf.keep(tf.scalar(1)));
        return task.prepare(data);
      },
    };
    await expect(train(broken)).rejects.toMatchObject({ payload: { code: 'internal', message: expect.stringMatching(/Step 2 left 1 tensor/) } });
    tf.dispose(leaked);
  });

  it('names step and remedy where the loss is no longer finite, and keeps the last good state', async () => {
    const files = new MemoryFiles();
    const context = testContext({ files });
    const lane = toyLane('a');
    const task = toyTask(context, [lane], { training: { ...training, checkpoint_every_s: 0 } });
    const poisoned = { ...task, read: async (step: number) => (step === 11 ? new Float32Array(8 * WIDTH).fill(Number.NaN) : await task.read(step)) };
    await expect(train(poisoned)).rejects.toMatchObject({
      payload: { code: 'bad_input', message: expect.stringContaining('step 12 of 30'), hint: expect.stringContaining('Lower the learning rate') },
    });
    const again = toyLane('a');
    const { resumedAt } = await train({ ...task, context: testContext({ files }), lanes: [again] });
    expect(resumedAt).toBe(11);
    expect(await bits(again)).toEqual((await attempts([{}], ['a'])).bits[0]);
  });
});

describe('resuming', () => {
  // A breath before the step and one before each lane.
  it.each([
    ['between steps', ['a'], [14, 25]],
    ['between the lanes of a step', ['a', 'b', 'c'], [15, 22]],
    ['before the first step', ['a', 'b'], [1, 3]],
    ['after the first lane of the first step', ['a', 'b'], [3, 1]],
  ])('after being cancelled %s ends with the bits of an uninterrupted run', async (_, names, stops) => {
    const straight = await attempts([{}], names);
    const stopped = await attempts([...stops.map((cancelAt) => ({ cancelAt })), {}], names);
    expect(stopped.bits).toEqual(straight.bits);
    expect(stopped.curves).toEqual(straight.curves);
  });

  it('after being killed goes on from the last checkpoint, to the same bits and the same optimiser state', async () => {
    const files = new MemoryFiles();
    const every = { ...training, checkpoint_every_s: 0 };
    // A kill is a stop without a chance to save: files fall silent after it.
    for (const killAt of [7, 19]) {
      const task = toyTask(testContext({ files }), [toyLane('a')], { training: every, identity: 'toy' });
      const killed = { ...task, read: (step: number) => (step === killAt ? Promise.reject(new Error('killed')) : task.read(step)) };
      await expect(train(killed)).rejects.toThrow('killed');
    }
    const lane = toyLane('a');
    const { resumedAt } = await train(toyTask(testContext({ files }), [lane], { training: every, identity: 'toy' }));
    expect(resumedAt).toBe(19);
    const straightFiles = new MemoryFiles();
    const straight = toyLane('a');
    await train(toyTask(testContext({ files: straightFiles }), [straight], { training: every, identity: 'toy' }));
    expect(await bits(lane)).toEqual(await bits(straight));
    expect(files.content(STATE)).toEqual(straightFiles.content(STATE));
  });

  it('is not done from a state of another specification, of another model or that is damaged, and says so', async () => {
    const fresh = (await attempts([{}], ['a'])).bits[0];
    const stateOf = async (identity: unknown, lane: Lane<Batch>): Promise<MemoryFiles> => {
      const files = new MemoryFiles();
      await expect(train(toyTask(testContext({ files, cancelAt: 10 }), [lane], { identity }))).rejects.toThrow();
      return files;
    };
    const { up, bias } = toyLane('a').variables;
    const smaller: Lane<Batch> = {
      name: 'a',
      variables: { up, bias },
      loss: ({ x, y }) => tf.mean(tf.square(tf.sub(linear(x, matrix({ up }, 'up'), vector({ bias }, 'bias')), y))) as tf.Scalar,
    };
    const damaged = await stateOf('toy', toyLane('a'));
    damaged.put(STATE, damaged.content(STATE).slice(0, 100));
    for (const [files, why] of [
      [await stateOf('other', toyLane('a')), 'another specification'],
      [await stateOf('toy', smaller), 'another model'],
      [damaged, 'cannot be read'],
    ] as const) {
      const context = testContext({ files });
      const lane = toyLane('a');
      await train(toyTask(context, [lane], { identity: 'toy' }));
      expect(context.events).toContainEqual({ kind: 'log', level: 'warning', text: expect.stringContaining(why) as string });
      expect(await bits(lane)).toEqual(fresh);
    }
  });

  it('repeats a report that was stopped inside, and no other', async () => {
    const files = new MemoryFiles();
    const reports: number[] = [];
    const run = async (cancelAt?: number): Promise<unknown> => {
      const context = testContext({ files, ...(cancelAt !== undefined && { cancelAt }) });
      const afterStep = async (done: number): Promise<void> => {
        if (done % 10 !== 0) return;
        await context.breathe();
        reports.push(done);
      };
      return train(toyTask(context, [toyLane('a')], { afterStep })).catch((thrown: unknown) => thrown);
    };
    // One breath of report 0, two of each of ten steps, then that of report 10.
    await run(1 + 2 * 10 + 1);
    expect(reports).toEqual([0]);
    await run();
    expect(reports).toEqual([0, 10, 20, 30]);
  });

  it('has no state left when the job is finished', async () => {
    const files = new MemoryFiles();
    const result = await train(toyTask(testContext({ files }), [toyLane('a')], { training: { ...training, checkpoint_every_s: 0 } }));
    expect(await files.exists(STATE)).toBe(true);
    await result.finish();
    expect(await files.exists(STATE)).toBe(false);
  });
});
