/**
 * What is trained: the shapes, a run's folder with data, a parent of random weights and its recorded states, and the jobs on
 * it. Exactly one batch of sequences is there, so every step sees the same ones, in whatever order.
 */
import type { BlockTarget, JobOf, TensorDevice, TrainingSpec } from '../../../engine/protocol/train.ts';
import { chosenBlock, variantId, type Architecture, type Block, type ChosenBlock, type ModelShape } from '../../../engine/protocol/variant.ts';
import { recordActivations } from '../../../engine/train/activations.ts';
import { Boundary, readIndex } from '../../../engine/train/activations_files.ts';
import { readBlock } from '../../../engine/train/assemble_block.ts';
import { targetName } from '../../../engine/train/block_files.ts';
import { openData, prepareData } from '../../../engine/train/data/index.ts';
import type { JobContext } from '../../../engine/train/job.ts';
import { Random } from '../../../engine/train/random.ts';
import { openCheckpoint } from '../../../engine/transformer/checkpoint.ts';
import { writeCheckpoint } from '../../../engine/transformer/checkpoint_write.ts';
import type { Files } from '../../../engine/transformer/files.ts';
import type { HostTensor, HostWeights } from '../../../engine/transformer/host_tensor.ts';
import { MemorySource } from '../../../engine/transformer/model_source.ts';
import { layerPrefix, modelWeightNames, weightsOf } from '../../../engine/transformer/weights.ts';

export interface Workload {
  readonly id: string;
  readonly title: string;
  readonly shape: ModelShape;
  readonly block: Block;
  readonly layers: number;
  readonly batch: number;
  readonly length: number;
}

function workload(id: string, { hidden, width, length }: { readonly hidden: number; readonly width: number; readonly length: number }): Workload {
  const heads = 8;
  return {
    id,
    title: `hidden ${hidden}, ${heads} heads, 4 KV heads, FFN ${width}, batch 8 x ${length}`,
    shape: {
      hidden_size: hidden,
      num_attention_heads: heads,
      head_dim: hidden / heads,
      vocab_size: 512,
      tie_word_embeddings: false,
      max_position_embeddings: 1024,
      rms_norm_eps: 1e-5,
      rope_theta: 10_000,
    },
    block: { attention: { kind: 'gqa', kv_heads: 4 }, ffn: { kind: 'swiglu', intermediate_size: width } },
    layers: 4,
    batch: 8,
    length,
  };
}

export const SHAPES: readonly Workload[] = [workload('small', { hidden: 256, width: 704, length: 128 }), workload('larger', { hidden: 512, width: 1408, length: 256 })];

/** Variants of one layer that train in lockstep: those of the presets, without what needs no training. */
export function targetsOf({ block: { ffn } }: Workload): readonly BlockTarget[] {
  const width = ffn.kind === 'swiglu' ? ffn.intermediate_size : 0;
  return [
    { part: 'attention', attention: { kind: 'gqa', kv_heads: 2 } },
    { part: 'attention', attention: { kind: 'gqa', kv_heads: 1 } },
    { part: 'attention', attention: { kind: 'linear' } },
    ...[0.75, 0.5, 0.25].map((share) => ({ part: 'ffn', ffn: { kind: 'swiglu', intermediate_size: share * width } }) as const),
    { part: 'ffn', ffn: { kind: 'linear' } },
  ];
}

export const STUDENTS = 7;
const SEED = 11;

/** Constant rates, so that the peer needs no schedule. What decays and is clipped is as in the presets. */
function training(rest: Partial<TrainingSpec>): TrainingSpec {
  return {
    steps: 1,
    batch: 8,
    learning_rate: 1e-3,
    final_learning_rate: 1e-3,
    warmup_steps: 0,
    weight_decay: 0,
    beta1: 0.9,
    beta2: 0.95,
    epsilon: 1e-8,
    seed: SEED,
    checkpoint_every_s: 1e9,
    ...rest,
  };
}

export function blockJob(workload: Workload, steps: number, layer = 0, out = 'blocks'): JobOf<'distil_blocks'> {
  return {
    id: `bld.layer_${layer}`,
    kind: 'distil_blocks',
    parent: 'parent',
    data: 'data',
    activations: 'activations',
    parent_layers: [layer],
    targets: [...targetsOf(workload)],
    training: training({ steps, batch: workload.batch }),
    out,
  };
}

export function fullJob(workload: Workload, steps: number): JobOf<'train_parent'> {
  return {
    id: 'parent',
    kind: 'train_parent',
    architecture: architectureOf(workload),
    data: 'data',
    training: training({ steps, batch: workload.batch, weight_decay: 0.05, clip_norm: 1 }),
    out: 'trained',
  };
}

function architectureOf({ id, shape, block, layers }: Workload): Architecture {
  return { id, name: id, external: false, shape, blocks: Array.from({ length: layers }, (_, layer) => chosenBlock([layer], block)), source: 'bench' };
}

/** Writes data, parent and activations to `files`. */
export async function prepareRun(workload: Workload, files: Files, device: TensorDevice): Promise<void> {
  const context = quietContext(files, device);
  const { batch, length } = workload;
  await prepareData(
    { id: 'data', kind: 'prepare_data', folder: 'data', data: { source: { kind: 'generated' }, sequence_length: length, train_tokens: batch * length, held_out_tokens: length, task_examples: 0, seed: SEED } },
    context,
  );
  const random = Random.of(SEED, 'parent');
  // Wider than a new model's, so that no part of a layer is negligible.
  const source = MemorySource.initialised(architectureOf(workload), () => 3 * random.normal());
  await writeCheckpoint(files, 'parent', { architecture: architectureOf(workload), dtype: 'F32' }, source);
  await recordActivations({ id: 'activations', kind: 'record_activations', parent: 'parent', data: 'data', train_sequences: batch, held_out_sequences: 1, out: 'activations' }, context);
}

/** A job's surroundings that keep nothing of what it says. */
export function quietContext(files: Files, device: TensorDevice): JobContext {
  return {
    files,
    device,
    emit: () => undefined,
    // As a trainer process does.
    breathe: () => new Promise((resolve) => void setImmediate(resolve)),
    now: () => performance.now(),
  };
}

/**
 * What a peer needs for the same first step: ids, the teacher's states around layer 0, its weights (`teacher.`), every student's
 * (`student.<target>.`), and those that `fullJob` starts from (`model.`).
 */
export async function peerTensors(workload: Workload, files: Files): Promise<HostWeights> {
  const { batch, length, shape, layers } = workload;
  const sequences = Array.from({ length: batch }, (_, i) => i);
  const data = await openData(files, 'data');
  const ids = Float32Array.from(await data.train.batch(sequences));
  await data.close();
  const parent = await openCheckpoint(files, 'parent');
  const all: Record<string, HostTensor> = { ids: { shape: [batch, length], data: ids } };
  const index = await readIndex(files, 'activations', 'train');
  for (const boundary of [0, 1]) {
    const open = await Boundary.open(files, 'activations', 'train', boundary, index);
    all[`boundary_${boundary}`] = { shape: [batch, length, shape.hidden_size], data: await open.read(sequences) };
    await open.close();
  }
  Object.assign(all, prefixed('teacher.', await parent.block(0)));
  for (const target of targetsOf(workload)) {
    // Initialisations are made from the activations' contributions where nothing is trained.
    const block = await readBlock({ files, parent, blocks: 'activations', trained: false }, blockWith(workload, target));
    Object.assign(all, prefixed(`student.${targetName(target)}.`, target.part === 'block' ? block : weightsOf(block, target.part)));
  }
  await parent.close();
  const random = Random.of(SEED, 'initial weights');
  const source = MemorySource.initialised(architectureOf(workload), () => random.normal());
  all[`model.${modelWeightNames.embedding}`] = await source.embedding();
  for (let layer = 0; layer < layers; layer++) Object.assign(all, prefixed(`model.${layerPrefix(layer)}`, await source.block(layer)));
  all[`model.${modelWeightNames.finalNorm}`] = await source.finalNorm();
  all[`model.${modelWeightNames.head}`] = await source.head();
  return all;
}

function blockWith({ block }: Workload, target: BlockTarget): ChosenBlock {
  const chosen = { ...block, ...(target.part !== 'ffn' && { attention: target.attention }), ...(target.part !== 'attention' && { ffn: target.ffn }) };
  return { parent_layers: [0], variant: variantId(chosen), ...chosen };
}

function prefixed(prefix: string, weights: HostWeights): HostWeights {
  return Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [prefix + name, tensor]));
}
