/**
 * A training run on disk: one safetensors file with weights and Adam moments of every lane, and in its metadata the position,
 * from which batches and all random choices follow, so that a run that goes on from it ends with the same bits as one that
 * was never stopped (with the same backend).
 */
import { tensor, tidy } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Adam, AdamState } from '../tensor/adam.ts';
import type { Variables } from '../tensor/gradients.ts';
import type { Files } from '../transformer/files.ts';
import type { HostTensor, HostWeights } from '../transformer/host_tensor.ts';
import { readTensors, writeTensors } from '../transformer/tensor_file.ts';
import { curveStateSchema } from './training_curves.ts';

/** The part of a lane that a state holds. */
export interface LaneState {
  readonly name: string;
  readonly variables: Variables;
  readonly adam: Adam;
}

export const trainingPositionSchema = z.object({
  format: z.literal('puzzle-workbench/training-state'),
  version: z.literal(1),
  /** JSON text of what the outcome depends on. */
  identity: z.string(),
  backend: z.string(),
  /** Steps done by all lanes; with the seed in the identity this is also the state of all random choices. */
  done: z.number().int().nonnegative(),
  /** Steps after which held-out losses were last reported; -1 before the first report. */
  reported: z.number().int().min(-1),
  /** By lane: one more than `done` where a step was stopped between lanes; a lane of 0 has no tensors here. */
  adam_steps: z.record(z.string(), z.number().int().nonnegative()),
  curves: z.record(z.string(), curveStateSchema),
});
export type TrainingPosition = z.infer<typeof trainingPositionSchema>;

const METADATA_KEY = 'training';

/** Writes lanes and position; the file is replaced as a whole. */
export async function saveTrainingState(
  files: Files,
  path: string,
  lanes: readonly LaneState[],
  position: Omit<TrainingPosition, 'format' | 'version' | 'adam_steps'>,
): Promise<void> {
  const tensors: Record<string, HostTensor> = {};
  const adamSteps: Record<string, number> = {};
  for (const { name: lane, variables, adam } of lanes) {
    const moments = await adam.state();
    adamSteps[lane] = moments.step;
    if (moments.step === 0) continue;
    for (const [name, variable] of Object.entries(variables)) {
      const shape = variable.shape;
      tensors[key(lane, 'weight', name)] = { shape, data: new Float32Array(await variable.data<'float32'>()) };
      tensors[key(lane, 'm', name)] = { shape, data: momentOf(moments.m, name) };
      tensors[key(lane, 'v', name)] = { shape, data: momentOf(moments.v, name) };
    }
  }
  const whole: TrainingPosition = { format: 'puzzle-workbench/training-state', version: 1, adam_steps: adamSteps, ...position };
  await writeTensors(files, path, tensors, { [METADATA_KEY]: JSON.stringify(whole) });
}

export interface SavedTraining {
  readonly position: TrainingPosition;
  readonly tensors: HostWeights;
}

/** @throws WorkbenchError `bad_input` or ZodError where the file is no training state. */
export async function readTrainingState(files: Files, path: string): Promise<SavedTraining> {
  const { tensors, metadata } = await readTensors(files, path);
  const position: unknown = JSON.parse(metadata[METADATA_KEY] ?? 'null');
  return { position: trainingPositionSchema.parse(position), tensors };
}

/** Puts the state into the lanes, whole or, where a name or shape is not theirs, not at all (answers false). */
export function restoreTrainingState({ position, tensors }: SavedTraining, lanes: readonly LaneState[]): boolean {
  const fits = lanes.every(
    ({ name: lane, variables }) =>
      position.adam_steps[lane] === 0 ||
      Object.entries(variables).every(([name, { shape }]) => KINDS.every((kind) => sameShape(tensors[key(lane, kind, name)]?.shape, shape))),
  );
  if (!fits) return false;
  for (const { name: lane, variables, adam } of lanes) {
    if (position.adam_steps[lane] === 0) continue;
    const moments: Record<'m' | 'v', Record<string, Float32Array<ArrayBuffer>>> = { m: {}, v: {} };
    for (const [name, variable] of Object.entries(variables)) {
      tidy(() => variable.assign(tensor(dataOf(tensors, key(lane, 'weight', name)), variable.shape)));
      moments.m[name] = dataOf(tensors, key(lane, 'm', name));
      moments.v[name] = dataOf(tensors, key(lane, 'v', name));
    }
    adam.restore({ step: position.adam_steps[lane] ?? 0, ...moments } satisfies AdamState, variables);
  }
  return true;
}

const KINDS = ['weight', 'm', 'v'] as const;

function key(lane: string, kind: (typeof KINDS)[number], name: string): string {
  return `${lane}/${kind}/${name}`;
}

/** A variable that has never had a gradient would have no moments; all of ours have from the first step on. */
function momentOf(moments: AdamState['m'], name: string): Float32Array<ArrayBuffer> {
  const found = moments[name];
  if (found === undefined) throw new RangeError(`The optimiser has no moments of ${name}.`);
  return found;
}

function dataOf(tensors: HostWeights, name: string): Float32Array<ArrayBuffer> {
  const found = tensors[name];
  if (found === undefined) throw new RangeError(`The state has no ${name}.`);
  return found.data;
}

function sameShape(a: readonly number[] | undefined, b: readonly number[]): boolean {
  return a !== undefined && a.length === b.length && a.every((size, axis) => size === b[axis]);
}
