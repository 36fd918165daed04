import { describe, expect, it } from 'vitest';
import { kernelsFor } from '../cost/kernels.ts';
import { attentionSeconds, ffnSeconds } from '../cost/sub_block.ts';
import { BUILT_IN } from '../hardware/calibrations.ts';
import { deploymentSchema } from '../protocol/cost.ts';
import { calibrationFromStats, statsIn } from './stats_calibration.ts';

const shape = { hidden_size: 4096, num_attention_heads: 32, head_dim: 128, vocab_size: 128_256, tie_word_embeddings: false };
const kernels = kernelsFor(deploymentSchema.parse({ device: 'h100-sxm', weights: 'bf16', activations: 'bf16', kv: 'bf16' }), BUILT_IN);
const decode = { sequences: 16, tokensPerSequence: 1, context: 1024 + 256, prefillTokens: 0, prompt: 0 };
const prefill = { sequences: 0, tokensPerSequence: 1, context: 0, prefillTokens: 8192, prompt: 1024 };
/** Milliseconds of a run in which everything takes `factor` times its kernels: 16 prompts of 1024 tokens in two steps, then 512 steps. */
const ms = (factor: number, seconds: (step: typeof decode) => number): number => 1000 * factor * (2 * seconds(prefill) + 512 * seconds(decode));

const stats = (factors: readonly number[]): unknown[] => [
  {
    args: { gpu: 'NVIDIA H100 80GB HBM3', batch_size: 16, prefill_seq_len: 1024, generation_seq_len: 512, n_embd: 4096, n_head: 32, weights_dtype: 'torch.bfloat16', activations_dtype: 'torch.bfloat16', kv_cache_dtype: 'torch.bfloat16' },
    non_block: {},
    subblocks: [
      ...factors.map((factor, index) => ({
        subblock_config: { intermediate_size: 14_336 - 1024 * index },
        subblock_config_class: 'FFNConfig',
        runtime_ms: ms(factor, (step) => ffnSeconds(kernels, shape, { kind: 'swiglu', intermediate_size: 14_336 - 1024 * index }, 1, step)),
      })),
      { subblock_config: { num_key_value_heads: 8 }, subblock_config_class: 'AttentionConfig', runtime_ms: ms(1.5, (step) => attentionSeconds(kernels, shape, { kind: 'gqa', kv_heads: 8 }, 1, step)) },
      { subblock_config: { no_op: true }, subblock_config_class: 'AttentionConfig', runtime_ms: 0 },
    ],
  },
];
const place = (value: unknown) => ({ file: 'subblock_stats.json', path: '', value });

describe("a calibration from Puzzletron's block runtimes", () => {
  it('finds the factor that the blocks were made with, and keeps the kernels', () => {
    const { calibration, errors, residuals } = calibrationFromStats(place(stats([1.5, 1.5, 1.5, 1.5])), BUILT_IN);
    expect(calibration).toMatchObject({ device: 'h100-sxm', origin: 'user', gemm: BUILT_IN.calibrations[0]!.gemm });
    expect(calibration.end_to_end!.derate).toBeCloseTo(1.5, 9);
    expect(errors).toEqual([{ kernel: 'block', of: 'bf16', rows: 5, held_out: 5, median_ape: expect.closeTo(0, 9) as number, p90_ape: expect.closeTo(0, 9) as number }]);
    expect(residuals.every(({ measured_s: measured, fitted_s: fitted }) => Math.abs(fitted / measured - 1) < 1e-9)).toBe(true);
  });

  it('is not led astray by one wrong timing', () => {
    const { calibration, errors } = calibrationFromStats(place(stats([1.4, 1.6, 1.5, 40])), BUILT_IN);
    expect(calibration.end_to_end!.derate).toBeCloseTo(1.5, 9);
    expect(errors[0]!.p90_ape).toBeGreaterThan(0.9);
  });

  it('says what it lacks', () => {
    const without = structuredClone(stats([1.5, 1.5, 1.5])) as { subblocks: { runtime_ms?: number }[]; args: { gpu?: string } }[];
    for (const subblock of without[0]!.subblocks) delete subblock.runtime_ms;
    expect(() => calibrationFromStats(place(without), BUILT_IN)).toThrow('holds 0 runtimes of sub-blocks');
    delete without[0]!.args.gpu;
    expect(() => calibrationFromStats(place(without), BUILT_IN)).toThrow('the file names no GPU');
  });

  it('is told from kernel tables by content', () => {
    const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
    expect(statsIn([{ path: 'a.json', bytes: bytes(stats([1])) }])).toBeDefined();
    expect(statsIn([{ path: 'a.json', bytes: bytes([{ other: 1 }]) }])).toBeUndefined();
    expect(statsIn([{ path: 'gemm.csv', bytes: new Uint8Array() }])).toBeUndefined();
  });
});
