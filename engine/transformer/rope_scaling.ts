/**
 * Angular frequencies of rotary embeddings (RoFormer, arXiv 2104.09864) and how long-context models stretch them: all alike
 * (`linear`, position interpolation, arXiv 2306.15595), by wavelength (`llama3`, Llama 3.1), or by wavelength with warmer
 * attention (`yarn`, arXiv 2309.00071). Numbers agree with Hugging Face Transformers' modeling_rope_utils.
 */
import { WorkbenchError } from '../protocol/errors.ts';
import type { ModelShape } from '../protocol/variant.ts';

export interface RopeFrequencies {
  /** Radians per position of each of the head_dim / 2 rotated pairs. */
  readonly radiansPerToken: readonly number[];
  /** What cosines and sines are multiplied by, so that scores of queries and keys grow by its square; 1 but for yarn. */
  readonly amplitude: number;
  /** Positions for which these frequencies hold, where they depend on the sequence's length. */
  readonly positions: number;
}

const DEFAULT_THETA = 10_000;

/** @throws WorkbenchError `bad_input` where the scaling is of a type or with parameters that are not known or give no numbers. */
export function ropeFrequencies(shape: ModelShape): RopeFrequencies {
  const frequencies = scaled(shape);
  if (![...frequencies.radiansPerToken, frequencies.amplitude].every(Number.isFinite)) {
    const parameters = { rope_theta: shape.rope_theta ?? DEFAULT_THETA, ...shape.rope_scaling };
    throw refusal('rope_scaling', 'parameters that give finite frequencies', JSON.stringify(parameters));
  }
  return frequencies;
}

function scaled(shape: ModelShape): RopeFrequencies {
  const scaling = shape.rope_scaling ?? {};
  const theta = shape.rope_theta ?? DEFAULT_THETA;
  const pairs = Array.from({ length: shape.head_dim / 2 }, (_, pair) => pair);
  const plain = pairs.map((pair) => theta ** ((-2 * pair) / shape.head_dim));
  if ((scaling['partial_rotary_factor'] ?? 1) !== 1) {
    throw refusal('rope_scaling.partial_rotary_factor', 'heads that are rotated whole', String(scaling['partial_rotary_factor']));
  }
  const unlimited = { amplitude: 1, positions: Infinity };
  const type = scaling['rope_type'] ?? scaling['type'] ?? 'default';
  switch (type) {
    case 'default':
      return { ...unlimited, radiansPerToken: plain };
    case 'linear': {
      const factor = numberOf(shape, 'factor');
      return { ...unlimited, radiansPerToken: plain.map((frequency) => frequency / factor) };
    }
    case 'dynamic':
      // The base changes only for sequences longer than the model was made for, which are refused.
      return { amplitude: 1, positions: shape.max_position_embeddings ?? numberOf(shape, 'original_max_position_embeddings'), radiansPerToken: plain };
    case 'llama3':
      return { ...unlimited, radiansPerToken: plain.map(llama3Scaling(shape)) };
    case 'yarn':
      return { ...unlimited, ...yarn(shape, theta, plain) };
    default:
      throw refusal('rope_scaling.rope_type', 'default, linear, dynamic, llama3 or yarn', String(type));
  }
}

/** Waves longer than the original context are slowed by `factor`, short ones are left, those between in proportion. */
function llama3Scaling(shape: ModelShape): (frequency: number) => number {
  const factor = numberOf(shape, 'factor');
  const low = numberOf(shape, 'low_freq_factor');
  const high = numberOf(shape, 'high_freq_factor');
  const context = numberOf(shape, 'original_max_position_embeddings');
  return (frequency) => {
    const wavesInContext = (context * frequency) / (2 * Math.PI);
    const kept = Math.min(1, Math.max(0, (wavesInContext - low) / (high - low)));
    return (1 - kept) * (frequency / factor) + kept * frequency;
  };
}

/** Pairs that turn often within the original context are left, slow ones interpolated, those between in proportion. */
function yarn(shape: ModelShape, theta: number, plain: readonly number[]): Pick<RopeFrequencies, 'radiansPerToken' | 'amplitude'> {
  const context = shape.rope_scaling?.['original_max_position_embeddings'] === undefined && shape.max_position_embeddings !== undefined
    ? shape.max_position_embeddings
    : numberOf(shape, 'original_max_position_embeddings');
  const factor = numberOf(shape, 'factor');
  /** The (fractional) pair that turns so many times within the context. */
  const pairTurning = (turns: number): number => (shape.head_dim * Math.log(context / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const first = Math.max(0, Math.floor(pairTurning(numberOf(shape, 'beta_fast', 32))));
  const last = Math.min(shape.head_dim - 1, Math.ceil(pairTurning(numberOf(shape, 'beta_slow', 1))));
  const width = last === first ? 0.001 : last - first;
  return {
    radiansPerToken: plain.map((frequency, pair) => {
      const interpolated = Math.min(1, Math.max(0, (pair - first) / width));
      return (1 - interpolated) * frequency + interpolated * (frequency / factor);
    }),
    amplitude: numberOf(shape, 'attention_factor', yarnAmplitude(shape, factor)),
  };
}

function yarnAmplitude(shape: ModelShape, factor: number): number {
  const warmth = (scale: number): number => (factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1);
  const scale = numberOf(shape, 'mscale', 0);
  const scaleAllDim = numberOf(shape, 'mscale_all_dim', 0);
  return scale !== 0 && scaleAllDim !== 0 ? warmth(scale) / warmth(scaleAllDim) : warmth(1);
}

function numberOf(shape: ModelShape, name: string, fallback?: number): number {
  const value = shape.rope_scaling?.[name] ?? fallback;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw refusal(`rope_scaling.${name}`, 'a positive number', value === undefined ? 'nothing' : JSON.stringify(value));
  }
  return value;
}

function refusal(path: string, expected: string, found: string): WorkbenchError {
  return new WorkbenchError('bad_input', `This model cannot be run: ${path} is ${found}; our forward pass knows ${expected}.`, {
    details: { path, expected, found },
    hint: 'Its architecture can still be explored; training and running it need rotary embeddings that are known here.',
  });
}
