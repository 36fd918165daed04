/**
 * Rotary tables. That they act as Transformers' do is shown by hugging_face.test.ts for short sequences; here are the far
 * positions, where float32 angles would go wrong, and what is refused.
 */
import { expect, it } from 'vitest';
import type { ModelShape } from '../protocol/variant.ts';
import { ropeValues } from './rope.ts';
import { ropeFrequencies } from './rope_scaling.ts';

const SHAPE: ModelShape = { hidden_size: 64, num_attention_heads: 4, head_dim: 128, vocab_size: 10, tie_word_embeddings: true, rope_theta: 500_000 };
const LLAMA_31 = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 };

it('turns pair i by position * theta^(-2i / head_dim), also at the far end of a long context', () => {
  const position = 131_071;
  const { cos, sin } = ropeValues(SHAPE, 1, position);
  expect(cos).toHaveLength(64);
  for (const pair of [0, 1, 31, 63]) {
    const angle = position / Math.pow(500_000, (2 * pair) / 128);
    expect(cos[pair]).toBe(Math.fround(Math.cos(angle)));
    expect(sin[pair]).toBe(Math.fround(Math.sin(angle)));
  }
});

it('continues where an earlier table ended', () => {
  const whole = ropeValues(SHAPE, 9);
  const rest = ropeValues(SHAPE, 4, 5);
  expect([...rest.cos]).toEqual(Array.from(whole.cos.subarray(5 * 64)));
  expect([...rest.sin]).toEqual(Array.from(whole.sin.subarray(5 * 64)));
});

it('llama3 keeps waves that fit the old context four times and slows those longer than it', () => {
  const plain = ropeFrequencies(SHAPE).radiansPerToken;
  const scaled = ropeFrequencies({ ...SHAPE, rope_scaling: LLAMA_31 }).radiansPerToken;
  plain.forEach((frequency, pair) => {
    const wavelength = (2 * Math.PI) / frequency;
    if (wavelength < 8192 / 4) expect(scaled[pair]).toBeCloseTo(frequency, 15);
    else if (wavelength > 8192) expect(scaled[pair]! * 8).toBeCloseTo(frequency, 15);
    else expect(frequency / scaled[pair]!).toBeGreaterThan(1);
  });
  // Counted from Llama 3.1's 64 wavelengths 2 pi theta^(i / 64): 29 are below 2048, 29 above 8192.
  const ratios = plain.map((frequency, pair) => frequency / scaled[pair]!);
  expect(ratios.filter((ratio) => Math.abs(ratio - 1) < 1e-12)).toHaveLength(29);
  expect(ratios.filter((ratio) => Math.abs(ratio - 8) < 1e-12)).toHaveLength(29);
});

it('refuses scalings that it does not know, and incomplete ones, by name', () => {
  const refused = (scaling: NonNullable<ModelShape['rope_scaling']>): (() => unknown) => () => ropeFrequencies({ ...SHAPE, rope_scaling: scaling });
  expect(refused({ rope_type: 'longrope', factor: 4 })).toThrow(/rope_scaling\.rope_type is longrope/);
  expect(refused({ type: 'linear' })).toThrow(/rope_scaling\.factor is nothing/);
  expect(refused({ ...LLAMA_31, low_freq_factor: 'low' })).toThrow(/rope_scaling\.low_freq_factor is "low"/);
  expect(refused({ rope_type: 'default', partial_rotary_factor: 0.5 })).toThrow(/partial_rotary_factor/);
});

it('refuses parameters that give no numbers, which would look like damaged weights', () => {
  const refused = (rest: Partial<ModelShape>): (() => unknown) => () => ropeFrequencies({ ...SHAPE, ...rest });
  expect(refused({ rope_scaling: { rope_type: 'linear', factor: 0 } })).toThrow(/finite frequencies/);
  expect(refused({ rope_scaling: { rope_type: 'yarn', factor: 2, beta_fast: 0, original_max_position_embeddings: 64 } })).toThrow(/finite frequencies/);
});

it('takes dynamic scaling as none within the context, and refuses what is longer', () => {
  const shape: ModelShape = { ...SHAPE, max_position_embeddings: 16, rope_scaling: { rope_type: 'dynamic', factor: 2 } };
  expect([...ropeValues(shape, 16).cos]).toEqual([...ropeValues(SHAPE, 16).cos]);
  expect(() => ropeValues(shape, 2, 15)).toThrow(/beyond 16 tokens/);
});
