/**
 * Global knowledge distillation (Puzzle, arXiv 2411.19146, section 5): the assembled child learns as a whole from its parent,
 *
 *     loss = cosine * mean over blocks of (1 - cos(h_child, h_parent)) + kl * KL(parent || child) + lm * cross-entropy,
 *
 * where a block's states are compared with the parent's behind the last layer it stands for. Terms of weight 0 cost nothing.
 */
import * as tf from '@tensorflow/tfjs-core';
import { WorkbenchError } from '../protocol/errors.ts';
import type { GkdLoss, JobOf } from '../protocol/train.ts';
import type { Architecture } from '../protocol/variant.ts';
import { requireMemory } from '../tensor/backend/memory_guard.ts';
import type { Variables } from '../tensor/gradients.ts';
import { cosineLoss, crossEntropy, klDivergence, type RopeTables } from '../tensor/ops/index.ts';
import { openCheckpoint, type Checkpoint } from '../transformer/checkpoint.ts';
import { writeCheckpoint } from '../transformer/checkpoint_write.ts';
import { companionsOf } from '../transformer/companions.ts';
import { disposeRope, ropeTables } from '../transformer/rope.ts';
import type { TokenBatch } from '../transformer/token_batch.ts';
import { modelWeightNames } from '../transformer/weights.ts';
import { batchIndices, openData, type Data } from './data/index.ts';
import type { JobContext } from './job.ts';
import { checkData, languageBatch, meanOverBatches, reportsAfter, sequencesOf, type LanguageBatch } from './language_model.ts';
import { refuseOutputFolder } from './output_folder.ts';
import { residentModel, trainableModel, type ResidentModel } from './resident_model.ts';
import { train, type Note } from './training_loop.ts';
import { teacherPeakBytes, trainingPeakBytes } from './training_memory.ts';

export interface DistilledChild {
  /** KL(parent || child) in nats on some held-out sequences, before distillation (where this attempt saw it) and after. */
  readonly kl_before: number | undefined;
  readonly kl_after: number;
  readonly tokens: number;
}

/** What the teacher has to say about a batch: only what the loss reads. */
type Lesson = LanguageBatch & {
  /** Behind the last layer of each of the child's blocks. */
  readonly states: tf.Tensor3D[];
  /** Before the head; undefined where there is no KL term. */
  readonly headInput: tf.Tensor2D | undefined;
};

const HELD_OUT_SEQUENCES = 64;

/**
 * Writes the distilled child to `out`. Curves: `loss` and the terms of it (`cosine`, `kl`, `lm`), `held_out_kl`.
 * @throws WorkbenchError `bad_input` where child and parent do not belong together, no term has a weight, or training
 * diverges; `too_large` where both models do not fit.
 */
export async function distilChild(spec: JobOf<'distil_child'>, context: JobContext): Promise<DistilledChild> {
  const { files } = context;
  await refuseOutputFolder(files, spec.out, [spec.parent, spec.child]);
  const parent = await openCheckpoint(files, spec.parent);
  try {
    const child = await openCheckpoint(files, spec.child);
    try {
      const data = await openData(files, spec.data);
      try {
        checkPair(spec, parent.architecture, child.architecture);
        for (const { architecture } of [parent, child]) checkData(spec.data, data, architecture);
        return await distil(spec, context, parent, child, data);
      } finally {
        await data.close();
      }
    } finally {
      await child.close();
    }
  } finally {
    await parent.close();
  }
}

async function distil(spec: JobOf<'distil_child'>, context: JobContext, parent: Checkpoint, child: Checkpoint, data: Data): Promise<DistilledChild> {
  const { training } = spec;
  const { length } = data.train;
  requireMemory(
    `Distilling ${child.architecture.name} on batches of ${training.batch} x ${length} tokens`,
    trainingPeakBytes(child.architecture, training.batch, length) + teacherPeakBytes(parent.architecture, training.batch, length),
    'Use a smaller batch or shorter sequences, or a backend with its own memory (tensorflow or webgpu).',
  );
  const rope = ropeTables(child.architecture.shape, length);
  const teacher = await residentModel(parent.architecture, parent);
  try {
    const student = await trainableModel(child.architecture, child);
    try {
      const outcome = await runSteps(spec, context, { teacher, student, rope, data });
      const { architecture, config } = child;
      const companions = await companionsOf(context.files, child);
      await writeCheckpoint(context.files, spec.out, { architecture, config, dtype: 'F32', ...companions }, student.download());
      await outcome.finish();
      return outcome.distilled;
    } finally {
      student.dispose();
    }
  } finally {
    teacher.dispose();
    disposeRope(rope);
  }
}

interface Pair {
  readonly teacher: ResidentModel;
  readonly student: ResidentModel<Variables>;
  readonly rope: RopeTables;
  readonly data: Data;
}

async function runSteps(spec: JobOf<'distil_child'>, context: JobContext, pair: Pair): Promise<{ readonly distilled: DistilledChild; finish(): Promise<void> }> {
  const { training, loss } = spec;
  const { teacher, student, rope, data } = pair;
  const { count, length } = data.train;
  const heldOut = await sequencesOf(data.heldOut, { sequences: HELD_OUT_SEQUENCES, rows: training.batch });
  let before: number | undefined;
  let after: number | undefined;
  const measure = async (done: number): Promise<number> => {
    after = await meanOverBatches(context, heldOut, (batch) => divergence(pair, languageBatch(batch)));
    if (done === 0) before = after;
    context.emit({ kind: 'point', series: 'held_out_kl', step: done, value: after });
    return after;
  };
  const { finish } = await train<TokenBatch, Lesson>({
    context,
    training,
    statePath: `state/${spec.id}.safetensors`,
    identity: spec,
    lanes: [{ name: 'loss', variables: trainedBy(loss, student.weights), loss: (lesson, note) => distillationLoss(loss, pair, lesson, note) }],
    read: async (step) => ({ ids: await data.train.batch(batchIndices(count, training.batch, training.seed, step)), length }),
    prepare: (batch) => teach(loss, teacher, student.architecture, languageBatch(batch), rope),
    afterStep: async (done) => {
      if (reportsAfter(done, training.steps)) await measure(done);
    },
  });
  const kl_after = after ?? (await measure(training.steps));
  return { distilled: { kl_before: before, kl_after, tokens: training.steps * training.batch * length }, finish };
}

/** The teacher's side of a step, without gradients. */
function teach(loss: GkdLoss, teacher: ResidentModel, child: Architecture, batch: LanguageBatch, rope: RopeTables): Lesson {
  if (loss.cosine === 0 && loss.kl === 0) return { ...batch, states: [], headInput: undefined };
  const boundaries = teacher.boundaries(batch.ids, rope);
  const last = boundaries.at(-1);
  return {
    ...batch,
    states: loss.cosine === 0 ? [] : child.blocks.map(({ parent_layers: layers }) => stateBehind(boundaries, layers.at(-1))),
    headInput: loss.kl === 0 || last === undefined ? undefined : teacher.headInput(last),
  };
}

function distillationLoss(loss: GkdLoss, { teacher, student, rope }: Pick<Pair, 'teacher' | 'student' | 'rope'>, lesson: Lesson, note: Note): tf.Scalar {
  const states = student.boundaries(lesson.ids, rope);
  const headInput = (): tf.Tensor2D => student.headInput(stateBehind(states, states.length - 1));
  const terms: tf.Scalar[] = [];
  const term = (name: keyof GkdLoss, value: tf.Scalar): void => {
    note(name, value);
    terms.push(tf.mul(value, loss[name]));
  };
  if (loss.cosine > 0) {
    const distances = lesson.states.map((state, block) => cosineLoss(stateBehind(states, block), state));
    term('cosine', tf.div(tf.addN(distances), distances.length));
  }
  if (lesson.headInput !== undefined) term('kl', klDivergence(headInput(), student.head, lesson.headInput, teacher.head));
  if (loss.lm > 0) term('lm', crossEntropy(headInput(), student.head, lesson.targets));
  return terms.length === 1 && terms[0] !== undefined ? terms[0] : tf.addN(terms);
}

/** Hidden states do not depend on what stands behind the last block. */
function trainedBy(loss: GkdLoss, weights: Variables): Variables {
  if (loss.kl > 0 || loss.lm > 0) return weights;
  const { [modelWeightNames.finalNorm]: _norm, [modelWeightNames.head]: _head, ...trained } = weights;
  return trained;
}

function divergence({ teacher, student, rope }: Pair, { ids }: LanguageBatch): tf.Scalar {
  const [theirs, ours] = [teacher, student].map((model) => model.headInput(model.hidden(ids, rope)));
  if (theirs === undefined || ours === undefined) throw new RangeError('Two models are compared.');
  return klDivergence(ours, student.head, theirs, teacher.head);
}

function stateBehind(states: readonly tf.Tensor3D[], layer: number | undefined): tf.Tensor3D {
  const state = states[layer ?? -1];
  if (state === undefined) throw new RangeError(`There is no layer ${layer ?? '?'} among ${states.length}.`);
  return state;
}

function checkPair({ parent: parentFolder, child: childFolder, loss }: JobOf<'distil_child'>, parent: Architecture, child: Architecture): void {
  const refuse = (message: string, hint: string): WorkbenchError => new WorkbenchError('bad_input', message, { hint });
  if (loss.lm + loss.cosine + loss.kl === 0) throw refuse('No term of the distillation loss has a weight.', 'Give at least one of lm, cosine and kl a weight above 0.');
  if (child.shape.vocab_size !== parent.shape.vocab_size) {
    throw refuse(`${childFolder} has a vocabulary of ${child.shape.vocab_size} and ${parentFolder} one of ${parent.shape.vocab_size}.`, 'Distil a child of this parent.');
  }
  if (loss.cosine === 0) return;
  const end = child.blocks.at(-1)?.parent_layers.at(-1);
  if (child.external || child.shape.hidden_size !== parent.shape.hidden_size || end !== parent.blocks.length - 1) {
    throw refuse(
      `The layers of ${childFolder} do not correspond to those of ${parentFolder}, so their hidden states cannot be compared.`,
      'Set the weight of cosine to 0, or distil a child of this parent.',
    );
  }
}
