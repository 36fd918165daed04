/**
 * Closed forms of the kernels that a transformer block is made of: matrix product, decode and prefill attention,
 * all-reduce. Their constants come from measured kernels (`fit/`) or with the product; costmodel.md 6.2 and 5.4. They
 * are evaluated for every variant of a library while a slider moves, so none of them allocates.
 *
 * Times in seconds, sizes in bytes, counts per device.
 */
import type { AllReduceConstants, DecodeAttentionConstants, GemmConstants, GroupPath, PrefillAttentionConstants } from '../protocol/hardware.ts';

/** Peak of the format that is computed in, FLOP/s, and memory bandwidth, bytes/s. */
export interface GemmHardware {
  readonly flops: number;
  readonly bytesPerS: number;
}

export interface AttentionHardware {
  readonly bf16Flops: number;
  readonly bytesPerS: number;
}

/** Sequences that decode one token each, with `context` cached tokens each. */
export interface DecodeAttentionShape {
  readonly sequences: number;
  readonly context: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/** Prompts of `prompt` tokens, `tokens` tokens of them in all. */
export interface PrefillAttentionShape {
  readonly tokens: number;
  readonly prompt: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/** Multiprocessors that a wave of the decode kernel is counted in; part of the meaning of `per_cta_wave`. */
export const WAVE_SIZE = 132;
/** Query heads per KV head from which a slower path is taken, and the heads its time is stated for. */
export const GROUP_SLOWED = 32;
export const GROUP_WITHOUT_REUSE = 64;

/**
 * Product of m x k activations with k x n weights of `weightBytes` each: a fixed part, a part for the length of the sums
 * that narrow outputs do not hide, the smooth maximum of computing and of reading the weights, and the traffic of
 * activations, which are passed over `alpha` times in (3 bytes each) and `beta` times out (2 bytes each).
 */
export function gemmSeconds(c: GemmConstants, hw: GemmHardware, weightBytes: number, m: number, n: number, k: number): number {
  const compute = (2 * m * n * k) / (c.eta_compute * hw.flops);
  const weights = (weightBytes * n * k) / (c.eta_memory * hw.bytesPerS);
  const narrow = (c.kappa_per_1024_k * (k / 1024)) / (1 + n / c.n0);
  const activations = (3 * c.alpha_input_passes * m * k + 2 * c.beta_output_passes * m * n) / hw.bytesPerS;
  return c.t0 + narrow + smoothMaximum(compute, weights, c.p) + activations;
}

/**
 * (a^p + b^p)^(1/p) as large (1 + ratio^p)^(1/p): microseconds to the power of p would underflow. Exponentials and
 * logarithms take half the time of two powers.
 */
function smoothMaximum(a: number, b: number, p: number): number {
  const large = a > b ? a : b;
  if (large === 0) return 0;
  const ratio = (a > b ? b : a) / large;
  return large * Math.exp(Math.log1p(Math.exp(p * Math.log(ratio))) / p);
}

/**
 * One call over all sequences. `path` adds what a serving program does where many query heads share one KV head
 * (costmodel.md 5.4); without it the kernel is taken to reuse what it has read whatever the group.
 */
export function decodeAttentionSeconds(c: DecodeAttentionConstants, bytesPerS: number, kvBytes: number, shape: DecodeAttentionShape, path?: GroupPath): number {
  const { sequences, context, heads, kvHeads } = shape;
  const work = sequences * kvHeads * context;
  const seconds =
    c.t0 +
    (2 * work * shape.headDim * kvBytes) / (c.eta_memory * bytesPerS) +
    (c.plateau * work) / (work + c.half_saturation_kvhead_tokens) +
    (c.per_cta_wave * sequences * kvHeads) / WAVE_SIZE +
    c.sqrt_length * Math.sqrt(context / 1024);
  if (path === undefined) return seconds;
  const group = heads / kvHeads;
  if (group < GROUP_SLOWED) return seconds;
  const slowed = seconds * path.from_32_multiplier;
  if (group < GROUP_WITHOUT_REUSE) return slowed;
  const withoutReuse = (path.from_64_seconds_per_token * sequences * context * heads) / GROUP_WITHOUT_REUSE;
  return slowed > withoutReuse ? slowed : withoutReuse;
}

/**
 * Causal attention of whole prompts. A later chunk of a prompt, with `past` tokens before it, is a prompt of
 * 2 past + tokens.
 */
export function prefillAttentionSeconds(c: PrefillAttentionConstants, hw: AttentionHardware, shape: PrefillAttentionShape): number {
  const { tokens, prompt, heads, kvHeads, headDim } = shape;
  const compute = (4 * heads * headDim * tokens * prompt) / 2 / (c.eta_of_bf16_peak * hw.bf16Flops);
  const traffic = ((c.q_passes * heads + c.kv_passes * kvHeads) * tokens * headDim * 2) / hw.bytesPerS;
  return c.t0 + compute + traffic;
}

/** Sum of `bytes` on each device over all of them. */
export function allReduceSeconds(c: AllReduceConstants, bytes: number): number {
  return c.alpha + bytes / c.bytes_per_second + c.sqrt_coefficient * Math.sqrt(bytes);
}
