/**
 * One block in training in place of a layer of the parent (Puzzle, arXiv 2411.19146). It gets the hidden states that
 * entered the teacher's layer and shall give those that left it. Decoupled, an attention variant has the parent's frozen FFN
 * behind it and an FFN variant the parent's frozen attention before it, so that m + n blocks are trained in place of m * n;
 * coupled, both halves are trained together.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { BlockTarget } from '../protocol/train.ts';
import type { Attention, Block, Ffn, ModelShape } from '../protocol/variant.ts';
import { normalisedMse, type RopeTables } from '../tensor/ops/index.ts';
import { forwardAttention, forwardFfn } from '../transformer/block.ts';
import { disposeWeights, downloadWeights, uploadVariables, type DeviceVariables, type DeviceWeights } from '../transformer/device_weights.ts';
import type { HostWeights } from '../transformer/host_tensor.ts';
import { weightsOf } from '../transformer/weights.ts';
import { targetName } from './block_files.ts';
import type { Lane } from './training_loop.ts';

/** Hidden states [B, T, H]: entering and leaving the teacher, and behind its attention where a student needs that. */
export type TeacherBatch = { readonly input: tf.Tensor3D; readonly output: tf.Tensor3D; readonly attended: tf.Tensor3D };

/** The frozen layer beside which students train; the owner disposes of `weights`. */
export interface Teacher {
  readonly shape: ModelShape;
  readonly block: Pick<Block, 'attention' | 'ffn'>;
  /** Of the halves that students need. */
  readonly weights: DeviceWeights;
  readonly rope: RopeTables;
}

/** Linear maps keep one scale per direction where SwiGLU has three matrices; they bear, and need, larger steps. */
const LINEAR_RATE = 2;

export class Student implements Lane<TeacherBatch> {
  readonly name: string;
  readonly target: BlockTarget;
  readonly variables: DeviceVariables;
  readonly learningRateScale: number;
  readonly #teacher: Teacher;

  /** Uploads `initial`; `dispose` frees it. */
  constructor(target: BlockTarget, initial: HostWeights, teacher: Teacher) {
    this.name = targetName(target);
    this.target = target;
    this.variables = uploadVariables(initial);
    this.learningRateScale = isLinear(target) ? LINEAR_RATE : 1;
    this.#teacher = teacher;
  }

  /** [B, T, H]; the caller disposes it. */
  forward({ input, attended }: TeacherBatch): tf.Tensor3D {
    const { shape, block, weights, rope } = this.#teacher;
    const { target } = this;
    const attend = (attention: Attention): tf.Tensor3D => forwardAttention(shape, attention, weightsOf(this.variables, 'attention'), input, rope);
    const feed = (ffn: Ffn, h: tf.Tensor3D): tf.Tensor3D => forwardFfn(shape, ffn, weightsOf(this.variables, 'ffn'), h);
    return tf.tidy(() => {
      switch (target.part) {
        case 'attention':
          return forwardFfn(shape, block.ffn, weights, attend(target.attention));
        case 'ffn':
          return feed(target.ffn, attended);
        case 'block':
          return feed(target.ffn, attend(target.attention));
        default:
          return target satisfies never;
      }
    });
  }

  loss(batch: TeacherBatch): tf.Scalar {
    return normalisedMse(this.forward(batch), batch.output, batch.input);
  }

  weights(): Promise<HostWeights> {
    return downloadWeights(this.variables);
  }

  dispose(): void {
    disposeWeights(this.variables);
  }
}

function isLinear(target: BlockTarget): boolean {
  switch (target.part) {
    case 'attention':
      return target.attention.kind === 'linear';
    case 'ffn':
      return target.ffn.kind === 'linear';
    case 'block':
      return target.attention.kind !== 'gqa' && target.ffn.kind !== 'swiglu';
    default:
      return target satisfies never;
  }
}
