/** What the reader of a cost report should know about how its figures came about. */
import { backendName } from '../hardware/calibrations.ts';
import { computeFormat } from '../hardware/formats.ts';
import { GROUP_SLOWED } from '../hardware/forms.ts';
import type { CostTraffic } from '../protocol/cost.ts';
import type { Model } from './model.ts';
import { largestBatch, operate } from './serving.ts';
import { evenStages } from './stages.ts';
import { headsPerDevice } from './sub_block.ts';

/** Even stages that serve more than this share as much are not worth a word. */
const WORTH_SAYING = 0.98;

export function notesOf(model: Model, largest: number, traffic: CostTraffic): string[] {
  return [...formatNotes(model), ...splitNotes(model), ...cliffNotes(model), ...repeatedHeadNotes(model), ...roomNotes(model, largest, traffic), ...stageNotes(model, largest, traffic), ...windowNotes(model, traffic)];
}

function formatNotes({ deployment: { weights, activations }, kernels: { device, format } }: Model): string[] {
  const wanted = computeFormat(weights, activations);
  return format === wanted ? [] : [`${device.name} has no units for ${wanted}: products are computed in ${format}, and only what is stored is smaller.`];
}

function splitNotes({ shape: { num_attention_heads: heads }, deployment: { tp } }: Model): string[] {
  return heads % tp === 0 ? [] : [`${heads} attention heads do not divide over ${tp} devices. Serving programs refuse that; the figures are those of the device with the most heads.`];
}

function cliffNotes({ shape, deployment, kernels, layers }: Model): string[] {
  const steep = layers.filter(({ block: { attention } }) => {
    if (attention.kind !== 'gqa') return false;
    const { heads, kvHeads } = headsPerDevice(shape, attention.kv_heads, deployment.tp);
    return heads / kvHeads >= GROUP_SLOWED;
  }).length;
  if (steep === 0 || kernels.groupPath === undefined) return [];
  return [
    `KV-head cliff: ${layersHave(steep)} ${GROUP_SLOWED} or more query heads per KV head on a device. There the attention kernel of ` +
      `${kernels.calibration === undefined ? 'the serving program' : backendName(kernels.calibration.backend)} takes a path that makes less use of what it has read, from twice as many heads none, ` +
      'so that generating is slower than with more KV heads. A property of that program, which can be switched off.',
  ];
}

function repeatedHeadNotes({ deployment: { tp }, layers }: Model): string[] {
  const repeated = layers.filter(({ block: { attention } }) => attention.kind === 'gqa' && attention.kv_heads < tp).length;
  return repeated === 0 ? [] : [`${layersHave(repeated)} fewer KV heads than the ${tp} devices that share it; each device holds one, so that fewer than ${tp} save no memory.`];
}

function roomNotes({ kernels }: Model, largest: number, { isl, osl, batch }: CostTraffic): string[] {
  if (largest < 1) return [`The weights leave no room for one sequence of ${isl + osl} tokens on ${kernels.device.name}.`];
  return batch !== undefined && batch > largest ? [`Only ${largest} sequences of ${isl + osl} tokens fit; the figures say what ${batch} would take if they did.`] : [];
}

function stageNotes(model: Model, largest: number, traffic: CostTraffic): string[] {
  const { pp } = model.deployment;
  if (pp === 1) return [];
  const batch = traffic.batch ?? largest;
  if (batch < 1) return [];
  const notes = batch < pp ? [`${batch} ${batch === 1 ? 'sequence does' : 'sequences do'} not keep ${pp} stages busy.`] : [];
  const even = model.inStages(evenStages(model.layers.length, pp));
  const evenBatch = traffic.batch ?? largestBatch(even, traffic).batch;
  if (evenBatch < 1) return [...notes, 'Stages of equal numbers of layers would leave no room for a sequence on the fullest one.'];
  const share = operate(even, traffic, evenBatch).outputTokS / operate(model, traffic, batch).outputTokS;
  if (share < WORTH_SAYING) notes.push(`Stages are cut where they serve most: equal numbers of layers would serve ${Math.round(100 * (1 - share))} % less.`);
  return notes;
}

function windowNotes({ shape }: Model, { isl, osl }: CostTraffic): string[] {
  const window = shape.sliding_window?.tokens;
  if (window === undefined || window >= isl + osl) return [];
  return [
    `The model's layers look back ${window} tokens at most. That is not counted on: published throughputs of Mistral-7B under TensorRT-LLM at 22,000 tokens ` +
      'are those of full attention. A program that makes use of it holds more sequences.',
  ];
}

function layersHave(count: number): string {
  return count === 1 ? '1 layer has' : `${count} layers have`;
}
