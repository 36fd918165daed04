/**
 * Real quality of whole models against their parent, on held-out sequences and on the data's tasks: what scores, additivity,
 * baselines and distillation are judged by. Nothing here is estimated.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { WorkbenchError } from '../protocol/errors.ts';
import type { Evaluation, JobOf, Quality } from '../protocol/train.ts';
import type { RopeTables } from '../tensor/ops/index.ts';
import type { Checkpoint } from '../transformer/checkpoint.ts';
import { upload } from '../transformer/device_weights.ts';
import { writeAll } from '../transformer/files.ts';
import { openHead, type OpenHead } from '../transformer/head.ts';
import type { HostTensor } from '../transformer/host_tensor.ts';
import { disposeRope, ropeTables } from '../transformer/rope.ts';
import type { TokenBatch } from '../transformer/token_batch.ts';
import { openData, taskAccuracy, type AnsweredBatch, type Data, type TaskBatch } from './data/index.ts';
import { EvaluatedModels, type EvaluatedModel } from './evaluated_models.ts';
import { stageCount, treeOf, walk, type TreeNode } from './evaluation_tree.ts';
import type { JobContext } from './job.ts';
import { checkData, sequencesOf } from './language_model.ts';
import { QualityMeter } from './quality.ts';
import { answersOf } from './task_accuracy.ts';
import { WeightCache } from './weight_cache.ts';

/** Tokens per batch: enough to keep the cores busy, few enough for wide FFNs. */
const BATCH_TOKENS = 2048;
const CACHE_BYTES = 2 ** 30;

/**
 * Writes the `Evaluation` to `out`, models in the order asked for.
 * @throws WorkbenchError `bad_input` where a model does not belong to the parent, or gives numbers that are not finite.
 */
export async function evaluate(spec: JobOf<'evaluate'>, context: JobContext): Promise<Evaluation> {
  const data = await openData(context.files, spec.data);
  try {
    const models = await EvaluatedModels.open(context.files, spec.parent, spec.models);
    try {
      checkData(spec.data, data, models.parent.base.architecture);
      const qualities = await measure(models, await batchesOf(spec, data), context);
      const qualityOf = (model: EvaluatedModel): Quality => finite(model.name, qualities.get(model));
      const evaluation: Evaluation = {
        parent: qualityOf(models.parent),
        models: models.models.map((model) => ({ name: model.name, quality: qualityOf(model) })),
        device: context.device,
      };
      await writeAll(context.files, spec.out, `${JSON.stringify(evaluation, undefined, 2)}\n`);
      return evaluation;
    } finally {
      await models.close();
    }
  } finally {
    await data.close();
  }
}

interface Batches {
  readonly heldOut: readonly TokenBatch[];
  readonly tasks: readonly TaskBatch[];
}

async function batchesOf({ sequences, first_sequence: first, tasks }: JobOf<'evaluate'>, data: Data): Promise<Batches> {
  const rows = Math.max(1, Math.floor(BATCH_TOKENS / data.heldOut.length));
  const longest = Math.max(1, ...data.taskExamples.map(({ tokens }) => tokens.length));
  return {
    heldOut: await sequencesOf(data.heldOut, { first, sequences, rows }),
    tasks: tasks ? data.taskBatches(Math.max(1, Math.floor(BATCH_TOKENS / longest))) : [],
  };
}

/** One tree per embedding, that of the parent first, and in it the parent. */
async function measure(models: EvaluatedModels, batches: Batches, context: JobContext): Promise<ReadonlyMap<EvaluatedModel, Quality>> {
  const groups = new Map<Checkpoint, EvaluatedModel[]>();
  for (const model of [models.parent, ...models.models]) groups.set(model.base, [...(groups.get(model.base) ?? []), model]);
  const trees = [...groups].map(([base, members]) => ({ base, tree: treeOf(members.map((model) => ({ model, stages: model.stages }))) }));

  const total = trees.reduce((sum, { tree }) => sum + stageCount(tree), 0);
  let done = 0;
  const onStage = (): void => context.emit({ kind: 'progress', done: ++done, total, unit: 'blocks' });
  const qualities = new Map<EvaluatedModel, Quality>();
  const parent: ParentSide = { head: await openHead(models.parent.base.architecture.shape, models.parent.base), states: [] };
  const cache = new WeightCache(CACHE_BYTES);
  try {
    for (const { base, tree } of trees) {
      const head = base === models.parent.base ? parent.head : await openHead(base.architecture.shape, base);
      try {
        await measureGroup(base, tree, { batches, head, parent, cache, context, onStage, onQuality: (model, quality) => qualities.set(model, quality) });
      } finally {
        if (head !== parent.head) head.dispose();
      }
    }
  } finally {
    cache.dispose();
    parent.head.dispose();
  }
  return qualities;
}

/** What every model is compared with; the parent's last states are there once it has ended, as the first of all. */
interface ParentSide {
  readonly head: OpenHead;
  states: readonly HostTensor[];
}

interface GroupOptions {
  readonly batches: Batches;
  readonly head: OpenHead;
  readonly parent: ParentSide;
  readonly cache: WeightCache;
  readonly context: JobContext;
  onStage(): void;
  onQuality(model: EvaluatedModel, quality: Quality): void;
}

async function measureGroup(base: Checkpoint, tree: TreeNode<EvaluatedModel>, options: GroupOptions): Promise<void> {
  const { batches, parent, cache, context, onStage, onQuality } = options;
  const { shape } = base.architecture;
  const tables = new Map<number, RopeTables>();
  try {
    const states: HostTensor[] = [];
    for (const { ids, length } of [...batches.heldOut, ...batches.tasks]) {
      if (!tables.has(length)) tables.set(length, ropeTables(shape, length));
      const rows = await base.embeddingRows(ids);
      states.push({ shape: [ids.length / length, length, shape.hidden_size], data: rows.data });
    }
    await walk(tree, states, {
      shape,
      cache,
      rope: (length) => found(tables.get(length)),
      breathe: () => context.breathe(),
      onStage,
      onEnd: async (model, last) => {
        if (parent.states.length === 0) parent.states = last.slice(0, batches.heldOut.length);
        onQuality(model, await qualityOf(base, last, options));
      },
    });
  } finally {
    for (const rope of tables.values()) disposeRope(rope);
  }
}

async function qualityOf({ architecture: { shape } }: Checkpoint, last: readonly HostTensor[], { batches, head, parent, context }: GroupOptions): Promise<Quality> {
  const meter = new QualityMeter(shape, head, parent.head);
  for (const [index, { ids, length }] of batches.heldOut.entries()) {
    await context.breathe();
    await onDevice(last[index], (hidden) => onDevice(parent.states[index], (parents) => meter.add(hidden, parents, ids, length)));
  }
  const answers: AnsweredBatch[] = [];
  for (const [index, batch] of batches.tasks.entries()) {
    await context.breathe();
    answers.push(await onDevice(last[batches.heldOut.length + index], (hidden) => answersOf(shape, head, hidden, batch)));
  }
  return meter.quality(taskAccuracy(answers));
}

async function onDevice<T>(host: HostTensor | undefined, work: (states: tf.Tensor3D) => Promise<T>): Promise<T> {
  const states = upload(found(host)) as tf.Tensor3D;
  try {
    return await work(states);
  } finally {
    states.dispose();
  }
}

function finite(name: string, quality: Quality | undefined): Quality {
  const { lm_loss, kl_div } = found(quality);
  if (Number.isFinite(lm_loss) && Number.isFinite(kl_div)) return found(quality);
  throw new WorkbenchError('bad_input', `${name} gives logits that are not finite numbers.`, { hint: 'Its weights are damaged or training them diverged: train its blocks again.' });
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new RangeError('A batch has gone missing.');
  return value;
}
