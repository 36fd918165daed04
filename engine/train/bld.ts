/**
 * Blockwise local distillation of one layer or span of layers (Puzzle, arXiv 2411.19146, section 3): all its targets in
 * lockstep on the same batches of the teacher's recorded states, each on its own normalised MSE. Where the device cannot hold
 * all at once they train in groups, one after the other, with the same outcome.
 */
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { attentionParams, ffnParams } from '../architecture/count.ts';
import { badInput } from '../protocol/errors.ts';
import { blockTrainingSchema, layerTrainingSchema, type BlockTarget, type BlockTraining, type JobOf, type LayerTraining } from '../protocol/train.ts';
import { attentionId, ffnId, type Block, type ModelShape } from '../protocol/variant.ts';
import { fitsMemory, requireMemory } from '../tensor/backend/memory_guard.ts';
import { forwardAttention } from '../transformer/block.ts';
import { openCheckpoint, type Checkpoint } from '../transformer/checkpoint.ts';
import { disposeWeights, uploadBlock } from '../transformer/device_weights.ts';
import { readText, writeAll } from '../transformer/files.ts';
import type { HostWeights } from '../transformer/host_tensor.ts';
import { disposeRope, ropeTables } from '../transformer/rope.ts';
import { readTensors, writeTensors } from '../transformer/tensor_file.ts';
import { weightsOf } from '../transformer/weights.ts';
import { Boundary, rangesOf, readIndex } from './activations_files.ts';
import { parametersOf } from './assemble_block.ts';
import { heldOutNmse } from './bld_held_out.ts';
import { lockstepBytes, Student, type LockstepStudent, type Teacher, type TeacherBatch } from './bld_student.ts';
import { subBlockPath, targetId, targetName, trainingPath } from './block_files.ts';
import { contributionsPath, readContributions } from './channel_contribution.ts';
import { batchIndices } from './data/batches.ts';
import { initialiseAttention } from './initialise_attention.ts';
import { initialiseFfn } from './initialise_ffn.ts';
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
 */
export async function distilBlocks(spec: Spec, context: JobContext): Promise<LayerTraining> {
  const parent = await openCheckpoint(context.files, spec.parent);
  try {
    spanOf(spec.parent_layers, parent.layers);
    const states = await openStates(spec, context);
    try {
      return await new Distillation(spec, context, parent, states).run();
    } finally {
      for (const boundary of Object.values(states)) await boundary.close();
    }
  } finally {
    await parent.close();
  }
}

interface States {
  readonly trainInput: Boundary;
  readonly trainOutput: Boundary;
  readonly heldOutInput: Boundary;
  readonly heldOutOutput: Boundary;
}

async function openStates({ activations, parent_layers: layers }: Spec, { files }: JobContext): Promise<States> {
  const input = layers[0] ?? 0;
  const output = (layers.at(-1) ?? 0) + 1;
  const index = { train: await readIndex(files, activations, 'train'), held_out: await readIndex(files, activations, 'held_out') };
  for (const [split, { sequences }] of Object.entries(index)) {
    if (sequences === 0) throw badInput(`${activations}/${split}`, '', 'recorded sequences', 'none', "Record the parent's activations on both splits.");
  }
  const open: Boundary[] = [];
  try {
    const boundary = async (split: 'train' | 'held_out', at: number): Promise<Boundary> => {
      const opened = await Boundary.open(files, activations, split, at, index[split]);
      open.push(opened);
      return opened;
    };
    return {
      trainInput: await boundary('train', input),
      trainOutput: await boundary('train', output),
      heldOutInput: await boundary('held_out', input),
      heldOutOutput: await boundary('held_out', output),
    };
  } catch (thrown) {
    for (const boundary of open) await boundary.close();
    throw thrown;
  }
}

interface Prepared {
  readonly target: BlockTarget;
  readonly initial: HostWeights;
}

class Distillation {
  readonly #spec: Spec;
  readonly #context: JobContext;
  readonly #parent: Checkpoint;
  readonly #states: States;
  #groups = 1;
  #group = 0;

  constructor(spec: Spec, context: JobContext, parent: Checkpoint, states: States) {
    this.#spec = spec;
    this.#context = context;
    this.#parent = parent;
    this.#states = states;
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
    const groups = await this.#inGroups(wanted, block, weights);
    this.#groups = Math.max(1, groups.length);
    const results = new Map((await this.#earlierGroups()).map((result) => [result.target, result]));
    for (const [index, group] of groups.entries()) {
      this.#group = index;
      if (group.every((target) => results.has(targetName(target)))) continue;
      for (const result of await this.#trainGroup(group, block, weights, origin)) results.set(result.target, result);
      await this.#saveGroups([...results.values()]);
    }
    const training = await this.#finish(targets.map((target) => results.get(targetName(target)) ?? parentsOwn(target)));
    await files.remove(this.#groupsPath);
    return training;
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
  async #inGroups(targets: readonly BlockTarget[], block: Block, weights: HostWeights): Promise<readonly (readonly BlockTarget[])[]> {
    const { shape } = this.#parent.architecture;
    const { batch } = this.#spec.training;
    const { length } = this.#states.trainInput.index;
    const frozen = parametersOf(weights);
    const peak = (group: readonly BlockTarget[]): number => lockstepBytes(shape, frozen, group.map((target) => sizeOf(shape, block, target)), { batch, length });
    const groups: BlockTarget[][] = [];
    for (const target of targets) {
      const last = groups.at(-1);
      if (last !== undefined && fitsMemory(peak([...last, target]))) last.push(target);
      else groups.push([target]);
      requireMemory(`Training ${targetName(target)} in place of ${layersInWords(this.#spec.parent_layers)} with ${batch} sequences of ${length} tokens`, peak([target]));
    }
    if (groups.length > 1) {
      this.#context.emit({ kind: 'log', level: 'info', text: `The ${targets.length} blocks for ${layersInWords(this.#spec.parent_layers)} train in ${groups.length} groups, as the device cannot hold all at once.` });
    }
    return groups;
  }

  async #trainGroup(group: readonly BlockTarget[], block: Block, own: HostWeights, origin: Origin): Promise<readonly BlockTraining[]> {
    const { shape } = this.#parent.architecture;
    const needsAttention = group.some(({ part }) => part === 'ffn');
    const needsFfn = group.some(({ part }) => part === 'attention');
    const frozen = { ...(needsAttention && weightsOf(own, 'attention')), ...(needsFfn && weightsOf(own, 'ffn')) };
    const teacher: Teacher = { shape, block, weights: uploadBlock(frozen), rope: ropeTables(shape, this.#states.trainInput.index.length) };
    const students: Student[] = [];
    try {
      const prepared: Prepared[] = [];
      for (const target of group) {
        const initial = await this.#initial(target, block, own, origin);
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
    const { training, id } = this.#spec;
    const { trainInput, trainOutput, heldOutInput, heldOutOutput } = this.#states;
    const breathe = (): Promise<void> => this.#context.breathe();
    const pieces = rangesOf(heldOutInput.index.sequences, training.batch);
    const heldOut = (some: readonly Student[], count: number): Promise<readonly number[]> =>
      heldOutNmse(some, count, async (piece) => {
        const states = await readStates(heldOutInput, heldOutOutput, pieces[piece] ?? []);
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
      statePath: `state/${id}${this.#groups > 1 ? `.group_${this.#group}` : ''}.safetensors`,
      identity: { spec: this.#spec, group: this.#group, of: this.#groups },
      read: (step) => readStates(trainInput, trainOutput, batchIndices(trainInput.index.sequences, training.batch, training.seed, step)),
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
    await result.finish();
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

  /** How a target starts; a pair takes halves that were trained alone where there are such (the second stage). */
  async #initial(target: BlockTarget, block: Block, own: HostWeights, { channels }: Origin): Promise<HostWeights> {
    const { shape } = this.#parent.architecture;
    const half = async (part: 'attention' | 'ffn', id: string, fresh: () => Promise<HostWeights>): Promise<HostWeights> => {
      const path = subBlockPath(this.#spec.out, this.#spec.parent_layers, part, id);
      return target.part === 'block' && (await this.#context.files.exists(path)) ? (await readTensors(this.#context.files, path)).tensors : fresh();
    };
    const attention = target.part === 'ffn' ? {} : await half('attention', attentionId(target.attention), () => initialiseAttention(shape, block.attention, own, target.attention));
    const ffn = target.part === 'attention' ? {} : await half('ffn', ffnId(target.ffn), () => initialiseFfn(block.ffn, own, target.ffn, channels));
    return { ...attention, ...ffn };
  }

  /** From states in ordinary memory to a batch on the device; the teacher's attention is computed once for all students. */
  #batches({ shape, block, weights, rope }: Teacher, withAttention: boolean): (states: TeacherStates) => TeacherBatch {
    const { length, hidden } = this.#states.trainInput.index;
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

  get #groupsPath(): string {
    return `state/${this.#spec.id}.groups.json`;
  }

  /** Results of groups that were complete when an earlier attempt ended. */
  async #earlierGroups(): Promise<readonly BlockTraining[]> {
    const { files } = this.#context;
    if (!(await files.exists(this.#groupsPath))) return [];
    const saved = groupsSchema.safeParse(JSON.parse(await readText(files, this.#groupsPath)));
    return saved.success && saved.data.identity === JSON.stringify(this.#spec) ? saved.data.results : [];
  }

  async #saveGroups(results: readonly BlockTraining[]): Promise<void> {
    await writeAll(this.#context.files, this.#groupsPath, JSON.stringify({ identity: JSON.stringify(this.#spec), results }));
  }

  /** Targets of other jobs for the same layers (the first stage of two) stay listed. */
  async #finish(results: readonly BlockTraining[]): Promise<LayerTraining> {
    const { files, device } = this.#context;
    const { out, parent_layers: layers } = this.#spec;
    const path = trainingPath(out, layers);
    const before = (await files.exists(path)) ? layerTrainingSchema.parse(JSON.parse(await readText(files, path))).targets : [];
    const replaced = new Set(results.map(({ target }) => target));
    const training: LayerTraining = { parent_layers: [...layers], targets: [...before.filter(({ target }) => !replaced.has(target)), ...results], device };
    await writeAll(files, path, JSON.stringify(training));
    return training;
  }
}

const groupsSchema = z.object({ identity: z.string(), results: z.array(blockTrainingSchema) });

interface TeacherStates {
  readonly input: Float32Array<ArrayBuffer>;
  readonly output: Float32Array<ArrayBuffer>;
  readonly rows: number;
}

async function readStates(input: Boundary, output: Boundary, indices: readonly number[]): Promise<TeacherStates> {
  return { input: await input.read(indices), output: await output.read(indices), rows: indices.length };
}

function parentsOwn(target: BlockTarget): BlockTraining {
  return { target: targetName(target), initial_nmse: 0, final_nmse: 0, steps: 0, curve: [] };
}

/** What a target takes beside the parent's `block`: see `lockstepBytes`. */
function sizeOf(shape: ModelShape, block: Block, target: BlockTarget): LockstepStudent {
  const attention = target.part === 'ffn' ? undefined : target.attention;
  const ffn = target.part === 'attention' ? undefined : target.ffn;
  return {
    parameters: (attention === undefined ? 0 : attentionParams(shape, attention)) + (ffn === undefined ? 0 : ffnParams(shape, ffn)),
    ffn: ffn ?? block.ffn,
    attends: (attention ?? block.attention).kind === 'gqa',
  };
}

function uniqueTargets(targets: readonly BlockTarget[]): readonly BlockTarget[] {
  return [...new Map(targets.map((target) => [targetName(target), target])).values()];
}
