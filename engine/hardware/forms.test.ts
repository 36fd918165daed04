import { describe, expect, it } from 'vitest';
import { builtInCalibrations } from './calibrations.ts';
import { allReduceSeconds, decodeAttentionSeconds, gemmSeconds, prefillAttentionSeconds } from './forms.ts';

const calibration = builtInCalibrations().find(({ device }) => device === 'h100-sxm')!;
const HIDDEN = 8192;
const hardware = { flops: 1978.9e12, bf16Flops: 989.4e12, bytesPerS: 3350e9 };
const gemm = (m: number, n: number, k: number): number => gemmSeconds(calibration.gemm.fp8!, hardware, 1, m, n, k);
const elementWise = (bytes: number): number => bytes / (0.8 * hardware.bytesPerS) + 3e-6;
const norm = (m: number): number => elementWise(8 * m * HIDDEN);
const decode = (sequences: number, context: number, kvHeads: number, cliff = true): number =>
  decodeAttentionSeconds(calibration.decode_attention.fp8!, hardware.bytesPerS, 1, { sequences, context, heads: 64, kvHeads, headDim: 128 }, cliff ? calibration.group_path : undefined);
const prefill = (tokens: number, prompt: number, kvHeads: number): number =>
  prefillAttentionSeconds(calibration.prefill_attention.fp8!, hardware, { tokens, prompt, heads: 64, kvHeads, headDim: 128 });
const projections = (m: number, kvHeads: number): number => gemm(m, (64 + 2 * kvHeads) * 128, HIDDEN) + gemm(m, HIDDEN, 64 * 128);

describe('closed forms', () => {
  // shared/data/hardware/golden_blocks.csv: an independent implementation, microseconds, H100 FP8, E 8192, 64 heads, TP 1.
  it.each([
    ['linear, decode, batch 64', norm(64) + gemm(64, HIDDEN, HIDDEN), 43.3593],
    ['linear, prefill 2048', norm(2048) + gemm(2048, HIDDEN, HIDDEN), 290.8449],
    ['FFN 7168, decode, batch 256', norm(256) + gemm(256, 2 * 7168, HIDDEN) + elementWise(6 * 256 * 7168) + gemm(256, HIDDEN, 7168), 133.5057],
    ['kv8, decode, batch 64, context 2048', norm(64) + projections(64, 8) + decode(64, 2048, 8), 189.147],
    ['kv2, group 32, decode', norm(64) + projections(64, 2) + decode(64, 2048, 2), 124.627],
    ['kv1, group 64, decode', norm(64) + projections(64, 1) + decode(64, 2048, 1), 744.9177],
    ['kv8, prefill 2048', norm(2048) + projections(2048, 8) + prefill(2048, 2048, 8), 749.0772],
  ])('%s', (_, seconds, microseconds) => {
    expect(seconds * 1e6).toBeCloseTo(microseconds, 1);
    expect(Math.abs((seconds * 1e6) / microseconds - 1)).toBeLessThan(1e-3);
  });

  it('leave out the KV-head cliff where it is switched off', () => {
    expect(decode(64, 2048, 1)).toBeGreaterThan(5 * decode(64, 2048, 1, false));
    expect(decode(64, 2048, 2)).toBeCloseTo(calibration.group_path!.from_32_multiplier * decode(64, 2048, 2, false), 12);
    expect(decode(64, 2048, 8)).toBe(decode(64, 2048, 8, false));
  });

  it('meet the measured all-reduce of two H100 within 10 %', () => {
    // costmodel.md 3.2: 128 KB in 3.3, 2 MB in 9.4, 128 MB in 472 microseconds.
    for (const [bytes, microseconds] of [[131_072, 3.3], [2_097_152, 9.4], [134_217_728, 472]] as const) {
      expect(Math.abs((allReduceSeconds(calibration.all_reduce['2']!, bytes) * 1e6) / microseconds - 1)).toBeLessThan(0.1);
    }
  });

  it('take a chunk after cached tokens as a longer prompt', () => {
    // Causal attention of a whole prompt is that of its two halves, but for what each call costs beside computing.
    const c = { ...calibration.prefill_attention.fp8!, t0: 0, q_passes: 0, kv_passes: 0 };
    const of = (tokens: number, prompt: number): number => prefillAttentionSeconds(c, hardware, { tokens, prompt, heads: 64, kvHeads: 8, headDim: 128 });
    expect(of(1024, 1024) + of(1024, 2 * 1024 + 1024)).toBeCloseTo(of(2048, 2048), 12);
  });

  it('do not underflow for tiny products', () => {
    expect(gemm(1, 1, 1)).toBeGreaterThan(0);
    expect(gemmSeconds({ ...calibration.gemm.fp8!, p: 200 }, hardware, 1, 64, 4096, 4096)).toBeGreaterThan(calibration.gemm.fp8!.t0);
  });
});
