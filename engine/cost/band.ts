/**
 * How far off a figure may be: within the band lie about nine of ten of TensorRT-LLM v0.17's published throughputs (see
 * the Published view). Of those on H100 and H200, whose kernels were measured, nine of ten are within 14 %; where shares
 * of peak were carried over, within 8-14 % on one device and 18-28 % on several; a format without kernels of its own was
 * 15-26 % off. The tenth row may be much further off, and other releases are.
 */
import { backendName } from '../hardware/calibrations.ts';
import type { Band } from '../protocol/cost.ts';
import type { Provenance } from '../protocol/library.ts';
import type { Model } from './model.ts';

/** Of the device's memory: with less than this left for the KV cache, a gigabyte more or less decides: Llama-3.1-70B on one H100 (10.6 %) is 29 % off in the worst row. */
const TIGHT_SHARE = 0.12;
const FEW_SEQUENCES = 20;

export function bandOf(model: Model, batch: number): Band {
  const { kernels, deployment } = model;
  const reasons: string[] = [];
  let width = 0;
  const widen = (to: number, reason: string): void => {
    width = Math.max(width, to);
    reasons.push(`±${Math.round(to * 100)} %: ${reason}`);
  };
  const { device, calibration } = kernels;
  switch (worstBasis(model)) {
    case 'own':
      widen(0.14, `kernels of ${device.name} under ${backendName(calibration?.backend ?? '')} ${calibration?.version ?? ''} were measured`.trimEnd());
      break;
    case 'other_format':
      widen(0.3, `a number format without measured kernels on ${device.name}`);
      break;
    case 'other_device':
      if (deployment.tp > 1) widen(0.3, `shares of peak carried over from ${calibration?.device ?? ''} to ${device.name}, with tensor parallelism`);
      else widen(0.15, `shares of peak carried over from ${calibration?.device ?? ''} to ${device.name}`);
      break;
    case 'specification':
      reasons.push(`down to -60 %: no measured kernels for ${device.name}, so peaks as specified, which real programs do not reach`);
      break;
  }
  const measured = Object.keys(calibration?.all_reduce ?? {}).map(Number);
  if (measured.length > 0 && deployment.tp > Math.max(...measured)) widen(0.3, `all-reduce over ${deployment.tp} devices was not measured, and may have to leave the machine`);
  if (deployment.pp > 1) widen(0.15, 'pipeline stages assume enough sequences to keep all of them busy');
  if (deployment.speculation !== undefined) widen(0.2, 'acceptance of drafts depends on the text');
  if (batch > 0 && batch < FEW_SEQUENCES) widen(0.15, `with ${Math.floor(batch)} sequences, one more or less matters`);
  const cache = Math.min(...model.stages.map((_, stage) => model.kvCacheBytes(stage)));
  if (cache < TIGHT_SHARE * device.memory_bytes) widen(0.3, 'little of the memory (under 12 %) is left for the KV cache, and the reserve is an assumption');
  const low = worstBasis(model) === 'specification' ? 0.4 : 1 - width;
  return { low, high: 1 + width, reasons };
}

export function provenanceOf(model: Model): Provenance {
  const { calibration, device } = model.kernels;
  const from = calibration === undefined ? '' : `${calibration.name}: ${calibration.provenance}`;
  switch (worstBasis(model)) {
    case 'own':
      return { kind: 'calibrated', source: from };
    case 'other_format':
    case 'other_device':
      return { kind: 'transferred', source: `carried over to ${device.name} and its formats from ${from}` };
    case 'specification':
      return { kind: 'estimated', source: `roofline of ${device.name} as specified (${device.source})` };
  }
}

function worstBasis(model: Model) {
  const order = ['own', 'other_format', 'other_device', 'specification'] as const;
  return order[Math.max(...[model.kernels, ...model.layers.map(({ kernels }) => kernels)].map(({ basis }) => order.indexOf(basis)))] ?? 'specification';
}
