/** How far off a plan may be, and what its reader should know. */
import type { Band } from '../../protocol/cost.ts';
import type { Device } from '../../protocol/hardware.ts';
import type { PlanSettings } from '../../protocol/plan.ts';
import { PAPER } from './paper.ts';
import type { PlannedModel } from './planned_model.ts';

/** What published over predicted came to, rounded outwards; tests hold the first two. */
const RANGES = {
  /** The paper's eight runs. */
  paper: { low: 0.75, high: 1.7 },
  /** FasterTransformer's GPT models of 6.7B to 530B on 1 to 32 A100, 1D weight-stationary. */
  gpu: { low: 0.85, high: 2.4 },
  elsewhere: { low: 0.75, high: 2.4 },
  /** Bare arithmetic on the paper's runs. */
  otherSettings: { low: 0.5, high: 2.5 },
};

export function bandOf(device: Device, settings: Pick<PlanSettings, 'terms' | 'overlap' | 'shares' | 'layer_latency_us'>): Band {
  const asStated = settings.shares === undefined && settings.layer_latency_us === undefined && settings.terms === 'detailed' && settings.overlap === 'none';
  if (!asStated) return { ...RANGES.otherSettings, reasons: ['other settings than those compared with measurements'] };
  if (device.kind === 'gpu') {
    return { ...RANGES.gpu, reasons: ['the range of published over predicted latency of FasterTransformer on A100; small models on many devices are predicted too fast'] };
  }
  if (device.id === PAPER.hardware.device) {
    return { ...RANGES.paper, reasons: ['the range of published over predicted latency of PaLM 62B and 540B on TPU v4; prompts at batch 1 are predicted too fast'] };
  }
  return { ...RANGES.elsewhere, reasons: [`not compared with measurements on ${device.name}: the widest range of those that were`] };
}

export function notesOf(device: Device, settings: PlanSettings, model: PlannedModel): string[] {
  const notes: string[] = [];
  if (device.kind === 'gpu') {
    notes.push('On GPUs the calibrated tensor-parallel model is the better one for a single node; this planner compares layouts by formula.');
    if (settings.chips > 8) notes.push(`More than 8 devices usually span nodes; ${device.link.name} is assumed between all of them.`);
  } else {
    notes.push('A collective is taken to use all links of a chip; on a torus one over a single axis has only a part of them.');
  }
  if (settings.network_gb_s === undefined && device.id === PAPER.hardware.device && device.origin === 'built-in') {
    notes.push(`Network: ${PAPER.hardware.network_gb_s} GB/s per chip, as in the paper, instead of the device table's ${device.link.gb_s_per_direction} GB/s.`);
  }
  if (settings.shares === undefined) notes.push('Attained shares of peak and memory bandwidth are those of matrix products on the device, or of the H100 where none were measured.');
  if (model.paddedHeads !== undefined && settings.terms === 'detailed') notes.push(`${model.heads} query heads are padded to ${model.paddedHeads}, as in the paper.`);
  if (model.groups.length > 1) notes.push('Layers differ: weights, keys and values and traffic are summed layer by layer.');
  if (model.kvHeads === 1) notes.push('One KV head: dividing heads keeps a copy of all keys and values on every chip, dividing the batch does not.');
  return notes;
}
