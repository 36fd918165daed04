/**
 * Seconds of each kernel on one device: the closed forms of `engine/hardware/forms.ts` with the constants that fit a
 * deployment. Where a device or format has no constants of its own, the most similar ones are carried over (shares of
 * peak, not seconds), and where there are none at all, kernels run at the specification's peaks. What was done is kept,
 * since it decides how far off the result may be.
 */
import { allReduceSeconds, decodeAttentionSeconds, gemmSeconds, prefillAttentionSeconds } from '../hardware/forms.ts';
import { calibrationFor, type Hardware } from '../hardware/calibrations.ts';
import { deviceId } from '../hardware/devices.ts';
import { bytesOf, computeFormat, peakFlops } from '../hardware/formats.ts';
import type { Deployment } from '../protocol/cost.ts';
import { WorkbenchError } from '../protocol/errors.ts';
import type {
  AllReduceConstants,
  Calibration,
  DecodeAttentionConstants,
  Device,
  EndToEnd,
  Format,
  GemmConstants,
  GroupPath,
  PrefillAttentionConstants,
} from '../protocol/hardware.ts';

/** Where no measured kernel says otherwise: peaks as specified, nothing lost between kernels. */
const SPEC_GEMM: GemmConstants = { eta_compute: 1, eta_memory: 1, t0: 0, p: 4, alpha_input_passes: 0, kappa_per_1024_k: 0, n0: 1, beta_output_passes: 0 };
const SPEC_DECODE: DecodeAttentionConstants = { t0: 0, eta_memory: 1, plateau: 0, per_cta_wave: 0, half_saturation_kvhead_tokens: 1, sqrt_length: 0 };
const SPEC_PREFILL: PrefillAttentionConstants = { t0: 0, eta_of_bf16_peak: 1, q_passes: 2, kv_passes: 2 };
/** TensorRT-LLM's, in want of others. */
const DEFAULT_END_TO_END: EndToEnd = { derate: 1.065, step0: 0.000_57, kv_fraction: 0.95, reserve_bytes: 3e9, max_tokens: 8192, max_batch: 4096 };
const SPEC_END_TO_END: EndToEnd = { ...DEFAULT_END_TO_END, derate: 1, step0: 0 };
/** Messages over PCIe, without direct links: a start-up time and the share of the link that is reached. */
const PCIE_ALPHA_S = 15e-6;
const PCIE_SHARE = 0.375;
/** Element-wise kernels reach this share of the bandwidth, after this many seconds (as in aiconfigurator's system files). */
const ELEMENT_WISE_SHARE = 0.8;
const ELEMENT_WISE_S = 3e-6;
/** The head stays in bf16 in quantised checkpoints. */
const HEAD_BYTES = 2;

/** How the constants came about; the worst case over all kernels of a model decides its band. */
export type Basis = 'own' | 'other_format' | 'other_device' | 'specification';

export interface Kernels {
  readonly device: Device;
  readonly calibration: Calibration | undefined;
  readonly endToEnd: EndToEnd;
  readonly groupPath: GroupPath | undefined;
  readonly basis: Basis;
  /** What products are computed in: what weights and activations ask for, or the next wider format that the device has. */
  readonly format: Format;
  /** Seconds for `m` x `k` times `k` x `n`, and for one in bf16 whatever the layer's formats are. */
  gemm(m: number, n: number, k: number): number;
  headGemm(m: number, n: number, k: number): number;
  /** See `DecodeAttentionShape` and `PrefillAttentionShape` for the arguments. */
  decodeAttention(sequences: number, context: number, heads: number, kvHeads: number, headDim: number): number;
  prefillAttention(tokens: number, prompt: number, heads: number, kvHeads: number, headDim: number): number;
  /** Over `devices` devices, `bytes` each. */
  allReduce(devices: number, bytes: number): number;
  /** A kernel that moves `bytes` through memory. */
  elementWise(bytes: number): number;
}

/**
 * The device that a deployment names.
 * @throws WorkbenchError `bad_input` with the ids there are.
 */
export function deviceOf(deployment: Pick<Deployment, 'device'>, { devices }: Hardware): Device {
  const id = deviceId(deployment.device);
  const device = devices.findLast((candidate) => candidate.id === id);
  if (device !== undefined) return device;
  throw new WorkbenchError('bad_input', `There is no device "${deployment.device}".`, {
    hint: `Known devices: ${devices.map((known) => known.id).join(', ')}. Others can be added with their peaks and memory.`,
  });
}

/** @throws WorkbenchError `bad_input` where device or calibration are unknown, or the device cannot compute in a format. */
export function kernelsFor(
  deployment: Pick<Deployment, 'device' | 'calibration' | 'weights' | 'activations' | 'kv' | 'kv_head_cliff'>,
  hardware: Hardware,
): Kernels {
  const device = deviceOf(deployment, hardware);
  const calibration = chosenCalibration(deployment.calibration, device, hardware);
  const { weights, activations, kv } = deployment;
  const wanted = computeFormat(weights, activations);
  const peak = peakOf(device, wanted);
  const bf16 = peakOf(device, 'bf16').flops;
  const bytesPerS = device.memory_gb_s * 1e9;
  const gemm = nearest(calibration?.gemm, peak.format) ?? { constants: SPEC_GEMM, own: false };
  const weightBytes = bytesOf(weights);
  const product = widerIsSlower(gemm.constants, weightBytes, bytesPerS);
  const head = widerIsSlower(nearest(calibration?.gemm, 'bf16')?.constants ?? SPEC_GEMM, HEAD_BYTES, bytesPerS);
  const decode = nearest(calibration?.decode_attention, kv) ?? { constants: SPEC_DECODE, own: false };
  const prefill = nearest(calibration?.prefill_attention, kv) ?? { constants: SPEC_PREFILL, own: false };
  const sameDevice = calibration?.device === device.id;
  const path = deployment.kv_head_cliff && sameDevice ? calibration.group_path : undefined;
  const compute = { flops: peak.flops, bytesPerS };
  const headCompute = { flops: bf16, bytesPerS };
  const attentionHardware = { bf16Flops: bf16, bytesPerS };
  const kvBytes = bytesOf(kv);
  const reduce = allReduceConstants(device, calibration, hardware);
  // Weights that are widened on the way run in other kernels than those that were measured.
  const asMeasured = gemm.own && decode.own && prefill.own && wanted === peak.format && weightBytes === bytesOf(peak.format);
  return {
    device,
    calibration,
    endToEnd: calibration === undefined ? SPEC_END_TO_END : (calibration.end_to_end ?? DEFAULT_END_TO_END),
    groupPath: path,
    basis: calibration === undefined ? 'specification' : !sameDevice ? 'other_device' : asMeasured ? 'own' : 'other_format',
    format: peak.format,
    gemm: (m, n, k) => gemmSeconds(product, compute, weightBytes, m, n, k),
    headGemm: (m, n, k) => gemmSeconds(head, headCompute, HEAD_BYTES, m, n, k),
    decodeAttention: (sequences, context, heads, kvHeads, headDim) => decodeAttentionSeconds(decode.constants, bytesPerS, kvBytes, { sequences, context, heads, kvHeads, headDim }, path),
    prefillAttention: (tokens, prompt, heads, kvHeads, headDim) => prefillAttentionSeconds(prefill.constants, attentionHardware, { tokens, prompt, heads, kvHeads, headDim }),
    allReduce: (devices, bytes) => (devices === 1 ? 0 : allReduceSeconds(reduce(devices), bytes)),
    elementWise: (bytes) => bytes / (ELEMENT_WISE_SHARE * bytesPerS) + ELEMENT_WISE_S,
  };
}

function chosenCalibration(id: string | undefined, device: Device, { calibrations, devices }: Hardware): Calibration | undefined {
  if (id === undefined) return calibrationFor(device, calibrations, devices);
  const found = calibrations.findLast((calibration) => calibration.id === id);
  if (found !== undefined) return found;
  throw new WorkbenchError('bad_input', `There is no calibration "${id}".`, {
    hint: `Known calibrations: ${calibrations.map((known) => known.id).join(', ')}. Leave it out to take the best one for the device.`,
  });
}

function peakOf(device: Device, format: Format): { readonly flops: number; readonly format: Format } {
  const peak = peakFlops(device, format);
  if (peak !== undefined) return peak;
  throw new WorkbenchError('bad_input', `${device.name} has no peak for ${format} or a wider format.`, {
    hint: `It has ${Object.keys(device.peak_tflops).join(', ')}.`,
  });
}

/** Constants for a format, else those of the next narrower or wider one that was measured. */
function nearest<T>(table: Partial<Record<Format, T>> | undefined, format: Format): { readonly constants: T; readonly own: boolean } | undefined {
  const own = table?.[format];
  if (own !== undefined) return { constants: own, own: true };
  const order: readonly Format[] = bytesOf(format) <= 1 ? ['fp8', 'int8', 'bf16', 'fp16'] : ['bf16', 'fp16', 'fp8'];
  for (const candidate of order) {
    const constants = table?.[candidate];
    // fp16 and bf16 run the same kernels.
    if (constants !== undefined) return { constants, own: bytesOf(candidate) === 2 && bytesOf(format) === 2 };
  }
  return undefined;
}

/**
 * The same constants, with the time that narrow outputs lose limited to what keeps a wider product slower than a
 * narrower one. It was fitted beside weights of one size read at one bandwidth; with much smaller weights or a much
 * faster memory it would otherwise fall more quickly over `n` than reading the weights rises.
 */
function widerIsSlower(constants: GemmConstants, weightBytes: number, bytesPerS: number): GemmConstants {
  const most = (1024 * constants.n0 * weightBytes) / (constants.eta_memory * bytesPerS);
  return constants.kappa_per_1024_k <= most ? constants : { ...constants, kappa_per_1024_k: most };
}

function allReduceConstants(device: Device, calibration: Calibration | undefined, { devices }: Hardware): (count: number) => AllReduceConstants {
  const link = device.link.gb_s_per_direction;
  const overPcie: AllReduceConstants = { alpha: PCIE_ALPHA_S, bytes_per_second: PCIE_SHARE * link * 1e9, sqrt_coefficient: 0 };
  const measuredOn = devices.findLast(({ id }) => id === calibration?.device);
  if (device.kind === 'tpu' || calibration === undefined || measuredOn === undefined) {
    // Ring: every byte leaves and enters each device about twice (Pope et al., arXiv 2211.05102, appendix A.1).
    return (count) => ({ alpha: 0, bytes_per_second: (link * 1e9) / ((2 * (count - 1)) / count), sqrt_coefficient: 0 });
  }
  const own = measuredOn.id === device.id;
  if (!own && /pcie/i.test(device.link.name)) return () => overPcie;
  const scale = own ? 1 : link / measuredOn.link.gb_s_per_direction;
  const counts = Object.keys(calibration.all_reduce).map(Number).sort((a, b) => a - b);
  const known = new Map<number, AllReduceConstants>();
  return (count) => {
    const before = known.get(count);
    if (before !== undefined) return before;
    const closest = counts.find((measured) => measured >= count) ?? counts.at(-1);
    const constants = closest === undefined ? undefined : calibration.all_reduce[String(closest)];
    const scaled = constants === undefined ? overPcie : { ...constants, bytes_per_second: constants.bytes_per_second * scale };
    known.set(count, scaled);
    return scaled;
  };
}
