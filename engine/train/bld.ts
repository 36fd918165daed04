/**
 * Blockwise local distillation of one layer or span of layers (Puzzle, arXiv 2411.19146): all its targets in
 * lockstep on the same batches of the teacher's recorded states, each on its own normalised MSE. Where the device cannot hold
 * all at once they train in groups, one after the other, with the same outcome.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { BlockTarget, BlockTraining, JobOf, LayerTraining } from '../protocol/train.ts';
import { attentionId, ffnId, type Block } from '../protocol/variant.ts';
import { forwardAttention } from '../transformer/block.ts';
import { openCheckpoint, type Checkpoint } from '../transformer/checkpoint.ts';
import { disposeWeights, uploadBlock } from '../transformer/device_weights.ts';
import type { HostWeights } from '../transformer/host_tensor.ts';
import { disposeRope, ropeTables } from '../transformer/rope.ts';
import { writeTensors } from '../transformer/tensor_file.ts';
import { weightsOf } from '../transformer/weights.ts';
import { rangesOf, refuseForeignActivations } from './activations_files.ts';
import { inGroups } from './bld_groups.ts';
import { heldOutNmse } from './bld_held_out.ts';
import { initialWeights } from './bld_initial.ts';
import { LayerResults } from './bld_results.ts';
import { RecordedTeacher, type TeacherStates } from './bld_states.ts';
import { Student, type Teacher, type TeacherBatch } from './bld_student.ts';
import { subBlockPath, targetId, targetName } from './block_files.ts';
import { contributionsPath, readContributions } from './channel_contribution.ts';
import { batchIndices } from './data/batches.ts';
import { originFrom, writeOrigin, type Origin } from './initialise_origin.ts';
import type { JobContext } from './job.ts';
import { layersInWords, spanOf } from './spans.ts';
import { train } from './training_loop.ts';

type Spec = JobOf<'distil_blocks'>;

/** Readings of the held-out loss while training; each is one batch. */
const READINGS = 10;

/**
 * Writes sub-block files and, last, the layer's `bld.json`, which keeps the targets of earlier jobs.
 * @throws WorkbenchError `bad_input` for layers that are no span of the parent's, targets that cannot be made from it, or
 * missing activations; `too_large` where not even one target fits the device.
 * @param fits whether targets that take so much go side by side; what the backend holds where absent.
 */
export async function distilBlocks(spec: Spec, context: JobContext, fits?: (peakBytes: number) => boolean): Promise<LayerTraining> {
  const parent = await openCheckpoint(context.files, spec.parent);
  try {
    const span = spanOf(spec.parent_layers, parent.layers);
    await refuseForeignActivations(context.files, spec.activations, parent);
    const trainSet = await RecordedTeacher.open(context.files, spec.activations, 'train', span);
    try {
      const heldOut = await RecordedTeacher.open(context.files, spec.activations, 'held_out', span);
      try {
        return await new Distillation(spec, context, { parent, trainSet, heldOut, fits }).run();
      } finally {
        await heldOut.close();
      }
    } finally {
      await trainSet.close();
    }
  } finally {
    await parent.close();
  }
}

interface Prepared {
  readonly target: BlockTarget;
  readonly initial: HostWeights;
}

interface Surroundings {
  readonly parent: Checkpoint;
  readonly trainSet: RecordedTeacher;
  readonly heldOut: RecordedTeacher;
  readonly fits: ((peakBytes: number) => boolean) | undefined;
}

class Distillation {
  readonly #spec: Spec;
  readonly #context: JobContext;
  readonly #parent: Checkpoint;
  readonly #trainSet: RecordedTeacher;
  readonly #heldOut: RecordedTeacher;
  readonly #fits: Surroundings['fits'];
  #groups = 1;
  #group = 0;

  constructor(spec: Spec, context: JobContext, { parent, trainSet, heldOut, fits }: Surroundings) {
    this.#spec = spec;
    this.#context = context;
    this.#parent = parent;
    this.#trainSet = trainSet;
    this.#heldOut = heldOut;
    this.#fits = fits;
  }

  async run(): Promise<LayerTraining> {
    const { files } = this.#context;
    const { out, parent_layers: layers, activations, targets } = this.#spec;
    const origin = originFrom(await readContributions(files, activations), layers, contributionsPath(activations));
    await writeOrigin(files, out, layers, origin);
    const block = this.#parent.architecture.blocks[origin.layer];
    if (block === undefined) throw new RangeError(`The parent has no layer ${origin.layer}.`);
    const weights = await this.#parent.block(origin.layer);

    const wanted = uniqueTargets(targets).filter((target) => !this.#isParents(target));
    const groups = this.#inGroups(wanted, block);
    this.#groups = Math.max(1, groups.length);
    const results = new LayerResults(this.#spec, this.#context);
    await results.resume();
    for (const [index, group] of groups.entries()) {
      this.#group = index;
      if (!group.every((target) => results.has(targetName(target)))) await results.add(await this.#trainGroup(group, block, weights, origin));
      await files.remove(this.#statePath);
    }
    return results.finish(uniqueTargets(targets).map(targetName));
  }

  get #statePath(): string {
    return `state/${this.#spec.id}${this.#groups > 1 ? `.group_${this.#group}` : ''}.safetensors`;
  }

  /** A single layer's own sub-blocks need no training. */
  #isParents(target: BlockTarget): boolean {
    const { parent_layers: layers } = this.#spec;
    const own = layers.length === 1 ? this.#parent.architecture.blocks[layers[0] ?? 0] : undefined;
    if (own === undefined) return false;
    const sameAttention = target.part === 'ffn' || attentionId(target.attention) === attentionId(own.attention);
    const sameFfn = target.part === 'attention' || ffnId(target.ffn) === ffnId(own.ffn);
    return sameAttention && sameFfn;
  }

  /** As many targets side by side as the device holds. */
  #inGroups(targets: readonly BlockTarget[], teacher: Block): readonly (readonly BlockTarget[])[] {
    const { parent_layers: layers, training } = this.#spec;
    const { shape } = this.#parent.architecture;
    const place = layersInWords(layers);
    const groups = inGroups({ shape, teacher, batch: training.batch, length: this.#trainSet.length }, targets, place, this.#fits);
    if (groups.length > 1) {
      this.#context.emit({ kind: 'log', level: 'info', text: `The ${targets.length} blocks for ${place} train in ${groups.length} groups, as the device cannot hold all at once.` });
    }
    return groups;
  }

  async #trainGroup(group: readonly BlockTarget[], block: Block, own: HostWeights, origin: Origin): Promise<readonly BlockTraining[]> {
    const { files } = this.#context;
    const { shape } = this.#parent.architecture;
    const needsAttention = group.some(({ part }) => part === 'ffn');
    const needsFfn = group.some(({ part }) => part === 'attention');
    const frozen = { ...(needsAttention && weightsOf(own, 'attention')), ...(needsFfn && weightsOf(own, 'ffn')) };
    const teacher: Teacher = { shape, block, weights: uploadBlock(frozen), rope: ropeTables(shape, this.#trainSet.length) };
    const students: Student[] = [];
    try {
      const prepared: Prepared[] = [];
      for (const target of group) {
        const initial = await initialWeights(this.#spec, files, target, { shape, block, own, channels: origin.channels });
        prepared.push({ target, initial });
        students.push(new Student(target, initial, teacher));
      }
      const toBatch = this.#batches(teacher, needsAttention);
      return await this.#distil(prepared, students, toBatch);
    } finally {
      for (const student of students) student.dispose();
      disposeWeights(teacher.weights);
      disposeRope(teacher.rope);
    }
  }

  async #distil(prepared: readonly Prepared[], students: readonly Student[], toBatch: (states: TeacherStates) => TeacherBatch): Promise<readonly BlockTraining[]> {
    const { training } = this.#spec;
    const breathe = (): Promise<void> => this.#context.breathe();
    const pieces = rangesOf(this.#heldOut.sequences, training.batch);
    const heldOut = (some: readonly Student[], count: number): Promise<readonly number[]> =>
      heldOutNmse(some, count, async (piece) => {
        const states = await this.#heldOut.read(pieces[piece] ?? []);
        return tf.tidy(() => toBatch(states));
      }, breathe);

    const initial = await heldOut(students, pieces.length);
    this.#cells(students, initial);
    const trained = students.filter(({ variables }) => Object.keys(variables).length > 0);
    if (trained.length === 0) return students.map(({ name }, i) => ({ target: name, initial_nmse: initial[i] ?? Number.NaN, final_nmse: initial[i] ?? Number.NaN, steps: 0, curve: [] }));

    const every = Math.max(1, Math.ceil(training.steps / READINGS));
    const result = await train<TeacherStates, TeacherBatch>({
      context: this.#context,
      training,
      lanes: trained,
      statePath: this.#statePath,
      identity: { spec: this.#spec, group: this.#group, of: this.#groups },
      read: (step) => this.#trainSet.read(batchIndices(this.#trainSet.sequences, training.batch, training.seed, step)),
      prepare: toBatch,
      afterStep: async (done) => {
        if (done === 0 || done === training.steps || done % every !== 0) return;
        this.#cells(trained, await heldOut(trained, 1));
      },
      progress: (done) => {
        this.#context.emit({ kind: 'progress', done: this.#group * training.steps + done, total: this.#groups * training.steps, unit: 'steps' });
      },
    });
    const final = await heldOut(students, pieces.length);
    const results: BlockTraining[] = [];
    for (const [i, student] of students.entries()) {
      results.push(await this.#keepBetter(student, prepared[i]?.initial ?? {}, { initial: initial[i] ?? Number.NaN, final: final[i] ?? Number.NaN, curve: result.curves[student.name] ?? [] }));
    }
    this.#cells(students, results.map(({ final_nmse: nmse }) => nmse));
    return results;
  }

  /** The file of one target: what was trained, unless its initialisation does better on held-out sequences. */
  async #keepBetter(student: Student, initialWeights: HostWeights, { initial, final, curve }: { readonly initial: number; readonly final: number; readonly curve: readonly (readonly [number, number])[] }): Promise<BlockTraining> {
    const { files } = this.#context;
    const { out, parent_layers: layers, training } = this.#spec;
    const { target, name } = student;
    const trainable = Object.keys(student.variables).length > 0;
    if (!trainable) return { target: name, initial_nmse: initial, final_nmse: initial, steps: 0, curve: [] };
    const better = final < initial;
    if (!better) {
      this.#context.emit({ kind: 'log', level: 'warning', text: `${name} for ${layersInWords(layers)} stays as initialised: training took its held-out error from ${initial.toPrecision(4)} to ${final.toPrecision(4)}.` });
    }
    await writeTensors(files, subBlockPath(out, layers, target.part, targetId(target)), better ? await student.weights() : initialWeights, {
      target: name,
      parent_layers: layers.join(','),
      initial_nmse: String(initial),
      final_nmse: String(better ? final : initial),
    });
    return { target: name, initial_nmse: initial, final_nmse: better ? final : initial, steps: training.steps, curve: curve.map(([step, value]) => [step, value]) };
  }

  /** From states in ordinary memory to a batch on the device; the teacher's attention is computed once for all students. */
  #batches({ shape, block, weights, rope }: Teacher, withAttention: boolean): (states: TeacherStates) => TeacherBatch {
    const { length, hidden } = this.#trainSet;
    return ({ input, output, rows }) => {
      const x = tf.tensor3d(input, [rows, length, hidden]);
      return {
        input: x,
        output: tf.tensor3d(output, [rows, length, hidden]),
        attended: withAttention ? forwardAttention(shape, block.attention, weights, x, rope) : x,
      };
    };
  }

  #cells(students: readonly Student[], values: readonly number[]): void {
    const [layer = 0] = this.#spec.parent_layers;
    for (const [i, { name }] of students.entries()) {
      this.#context.emit({ kind: 'cell', layer, target: name, value: values[i] ?? Number.NaN, measure: 'nmse' });
    }
  }
}

function uniqueTargets(targets: readonly BlockTarget[]): readonly BlockTarget[] {
  return [...new Map(targets.map((target) => [targetName(target), target])).values()];
}
