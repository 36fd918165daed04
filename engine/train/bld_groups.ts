/** How many blocks can be trained side by side: those whose weights, moments and gradients the device holds at once. */
import { attentionParams, ffnParams } from '../architecture/count.ts';
import type { BlockTarget } from '../protocol/train.ts';
import type { Block, ModelShape } from '../protocol/variant.ts';
import { fitsMemory, requireMemory } from '../tensor/backend/memory_guard.ts';
import { targetName } from './block_files.ts';

/** What all students share. */
export interface Lockstep {
  readonly shape: ModelShape;
  /** The frozen layer beside them. */
  readonly teacher: Pick<Block, 'attention' | 'ffn'>;
  /** Sequences per step and their length. */
  readonly batch: number;
  readonly length: number;
}

/**
 * Targets in order, as many side by side as fit. Groups do not change what is learnt: students share nothing but batches.
 * @throws WorkbenchError `too_large` where one alone does not fit. `place` is for the message, such as `layer 3`.
 */
export function inGroups(lockstep: Lockstep, targets: readonly BlockTarget[], place: string, fits: (peakBytes: number) => boolean = fitsMemory): readonly (readonly BlockTarget[])[] {
  const groups: BlockTarget[][] = [];
  for (const target of targets) {
    const last = groups.at(-1);
    if (last !== undefined && fits(lockstepBytes(lockstep, [...last, target]))) last.push(target);
    else groups.push([target]);
    requireMemory(
      `Training ${targetName(target)} in place of ${place} on ${lockstep.batch} sequences of ${lockstep.length} tokens`,
      lockstepBytes(lockstep, [target]),
    );
  }
  return groups;
}

/**
 * The most that training takes at once, in bytes: the frozen halves that students need, each student's weights and two moments, and what only one
 * student needs at a time, its gradients and the states of a batch forth and back.
 */
export function lockstepBytes(lockstep: Lockstep, targets: readonly BlockTarget[]): number {
  const { shape, teacher, batch, length } = lockstep;
  const sizes = targets.map((target) => sizeOf(lockstep, target));
  const frozen =
    (targets.some(({ part }) => part === 'ffn') ? attentionParams(shape, teacher.attention) : 0) +
    (targets.some(({ part }) => part === 'attention') ? ffnParams(shape, teacher.ffn) : 0);
  const kept = sizes.reduce((sum, { parameters }) => sum + 3 * parameters, 0);
  // A third more than gradients: one of three matrices may have a temporary copy.
  const passing = Math.max(0, ...sizes.map(({ parameters, states }) => (4 * parameters) / 3 + states));
  return Float32Array.BYTES_PER_ELEMENT * (frozen + kept + passing + 3 * batch * length * shape.hidden_size);
}

interface Size {
  readonly parameters: number;
  /** Numbers that the backward pass needs, and its own. */
  readonly states: number;
}

function sizeOf({ shape, teacher, batch, length }: Lockstep, target: BlockTarget): Size {
  const { hidden_size: hidden, num_attention_heads: heads, head_dim: headDim } = shape;
  // A half that is not trained is the teacher's; behind attention it is differentiated through.
  const attention = target.part === 'ffn' ? undefined : target.attention;
  const ffn = target.part === 'attention' ? teacher.ffn : target.ffn;
  const own = (attention === undefined ? 0 : attentionParams(shape, attention)) + (target.part === 'attention' ? 0 : ffnParams(shape, target.ffn));
  const width = ffn.kind === 'swiglu' ? ffn.intermediate_size : 0;
  const attended = attention?.kind === 'gqa' ? 8 * heads * headDim + 3 * heads * length : 0;
  return { parameters: own, states: batch * length * (12 * hidden + 6 * width + attended) };
}
