/**
 * Many models at once: models that begin with the same blocks share that work. They form a tree whose edges are blocks, and
 * one walk through it computes every distinct prefix once for all batches. Only states at branches wait, in ordinary memory,
 * and weights of blocks that occur again stay on the device as far as they fit.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Block, ModelShape } from '../protocol/variant.ts';
import type { RopeTables } from '../tensor/ops/index.ts';
import { forwardBlock } from '../transformer/block.ts';
import { upload } from '../transformer/device_weights.ts';
import type { HostTensor, HostWeights } from '../transformer/host_tensor.ts';
import type { WeightCache } from './weight_cache.ts';

/** One block of one model. */
export interface Stage {
  /** Equal keys mean equal weights and equal variants. */
  readonly key: string;
  readonly block: Pick<Block, 'attention' | 'ffn'>;
  load(): Promise<HostWeights>;
}

export interface TreeNode<Model> {
  /** Stages by key, in the order in which models first took them. */
  readonly next: Map<string, { readonly stage: Stage; readonly node: TreeNode<Model> }>;
  /** Models that end here. */
  readonly ends: Model[];
}

export function treeOf<Model>(paths: readonly { readonly model: Model; readonly stages: readonly Stage[] }[]): TreeNode<Model> {
  const root: TreeNode<Model> = { next: new Map(), ends: [] };
  for (const { model, stages } of paths) {
    let node = root;
    for (const stage of stages) {
      let edge = node.next.get(stage.key);
      if (edge === undefined) node.next.set(stage.key, (edge = { stage, node: { next: new Map(), ends: [] } }));
      node = edge.node;
    }
    node.ends.push(model);
  }
  return root;
}

/** How many blocks a walk computes. */
export function stageCount<Model>({ next }: TreeNode<Model>): number {
  let count = 0;
  for (const { node } of next.values()) count += 1 + stageCount(node);
  return count;
}

export interface Walk<Model> {
  readonly shape: ModelShape;
  readonly cache: WeightCache;
  rope(length: number): RopeTables;
  /** A model's last states, by batch; theirs until the promise settles. The first model given ends first. */
  onEnd(model: Model, states: readonly HostTensor[]): Promise<void>;
  /** Before each batch of a block. */
  breathe(): Promise<void>;
  /** After each block. */
  onStage(): void;
}

/** `states` [B, T, H] by batch are used up. */
export async function walk<Model>(tree: TreeNode<Model>, states: HostTensor[], options: Walk<Model>): Promise<void> {
  for (const model of tree.ends) await options.onEnd(model, states);
  const edges = [...tree.next.values()];
  for (const [index, { stage, node }] of edges.entries()) {
    // Behind the last branch nobody needs the states that led here.
    const after = index === edges.length - 1 ? states : [...states];
    await advance(stage, after, options);
    await walk(node, after, options);
  }
}

/** Replaces each batch's states by those behind the block. */
async function advance<Model>({ key, block, load }: Stage, states: HostTensor[], { shape, cache, rope, breathe, onStage }: Walk<Model>): Promise<void> {
  await cache.use(key, load, async (weights) => {
    for (const [batch, before] of states.entries()) {
      await breathe();
      const length = before.shape[1] ?? 0;
      const tables = rope(length);
      const output = tf.tidy(() => forwardBlock(shape, block, weights, upload(before) as tf.Tensor3D, tables));
      try {
        // Nobody else has this array: the backend made it, or lets go of it with the tensor.
        states[batch] = { shape: before.shape, data: (await output.data<'float32'>()) as Float32Array<ArrayBuffer> };
      } finally {
        output.dispose();
      }
    }
  });
  onStage();
}
