/**
 * The least that a pass can take by the paper's closed forms alone, nothing padded and no dimension rounded: what the
 * published latencies are held against to see how much arithmetic leaves unexplained.
 */
import { bytesOf } from '../../hardware/formats.ts';
import { weightStationary1d, weightStationary2dBest } from './closed_forms.ts';
import { paperHardware } from './hardware.ts';
import type { PaperRun } from './paper.ts';
import { kvElementsPerToken, type PlannedModel } from './planned_model.ts';

/** Milliseconds of one pass. */
export interface BareArithmetic {
  readonly compute: number;
  readonly weights: number;
  readonly kv: number;
  readonly network: number;
  /** Everything at once, and one after the other. */
  readonly most: number;
  readonly sum: number;
}

const BF16_BYTES = 2;

/** On the paper's TPU v4 with bf16 activations, keys and values; a decode step at a context of the prompt's length. */
export function bareArithmetic(
  model: PlannedModel,
  { phase, chips, batch, isl, weights: format, ffn }: Pick<PaperRun, 'phase' | 'chips' | 'batch' | 'isl' | 'weights' | 'ffn'>,
): BareArithmetic {
  const { peakFlops, memoryBytesPerS, networkBytesPerS } = paperHardware();
  const tokens = batch * (phase === 'prefill' ? isl : 1);
  const context = phase === 'prefill' ? 0 : isl;
  const compute = ((2 * model.params * tokens) / (chips * peakFlops)) * 1e3;
  const weights = ((model.params * bytesOf(format)) / (chips * memoryBytesPerS)) * 1e3;
  const kv = ((batch * context * kvElementsPerToken(model) * BF16_BYTES) / (chips * memoryBytesPerS)) * 1e3;
  const network = (sentBytes() / networkBytesPerS) * 1e3;
  return { compute, weights, kv, network, most: Math.max(compute, weights + kv, network), sum: compute + weights + kv + network };

  /** By one chip in all layers; a fully gathered pass collects every parameter. */
  function sentBytes(): number {
    switch (ffn) {
      case 'ws_1d':
        return model.layers * weightStationary1d(tokens, model) * BF16_BYTES;
      case 'ws_2d':
        return model.layers * weightStationary2dBest(tokens, model, chips) * BF16_BYTES;
      case 'wg_x':
      case 'wg_xy':
      case 'wg_xyz':
        return model.params * bytesOf(format);
    }
  }
}
