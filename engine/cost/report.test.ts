/** Golden figures come from costmodel.md (sections named) and from the releases themselves. */
import { describe, expect, it } from 'vitest';
import { parentArchitecture, parentModel, presetArchitecture } from '../architecture/presets.ts';
import { BUILT_IN } from '../hardware/calibrations.ts';
import { costReportSchema, deploymentSchema, type CostReport, type DeploymentInput } from '../protocol/cost.ts';
import { chosenBlock, type Attention, type Ffn } from '../protocol/variant.ts';
import type { Served } from './model.ts';
import { costReport } from './report.ts';

const llama70b = parentArchitecture(parentModel('llama-3.1-70b')!);
const chat = { isl: 128, osl: 1024 };

function reportOf(architecture: Served, deployment: Partial<DeploymentInput> = {}, traffic: Parameters<typeof costReport>[2] = chat): CostReport {
  return costReport(architecture, deploymentSchema.parse({ device: 'h100-sxm', ...deployment }), traffic);
}

/** The 70B with this attention and FFN in all its layers. */
function uniform(attention: Attention, ffn: Ffn = { kind: 'swiglu', intermediate_size: 28_672 }): Served {
  return { ...llama70b, blocks: llama70b.blocks.map((_, layer) => chosenBlock([layer], { attention, ffn })) };
}
const kv = (kvHeads: number): Served => uniform({ kind: 'gqa', kv_heads: kvHeads });
const kernel = (report: CostReport, name: string): number => report.layers[0]?.kernels.find((candidate) => candidate.name === name)?.microseconds ?? 0;

describe('sizes', () => {
  it.each([
    ['llama-3.1-70b', 70_553_706_496, 163_840],
    ['nemotron-51b', 51_501_015_040, 94_976],
    ['nemotron-super-49b', 49_867_145_216, 100_352],
    ['nemotron-ultra-253b', 253_401_268_224, 131_072],
  ])('of %s are exact', (id, params, kvBytes) => {
    const report = reportOf(presetArchitecture(id)!, { tp: 8 });
    expect(report.params).toBe(params);
    expect(report.kv_bytes_per_token).toBe(kvBytes);
  });

  it('leave the cache what weights, reserve and work space do not take; costmodel.md 6.3', () => {
    const { memory } = reportOf(llama70b);
    const { hidden_size: hidden, vocab_size: vocabulary } = llama70b.shape;
    // One byte per weight, two for norms, embeddings and head.
    expect(memory.weights_bytes_per_gpu).toBe(70_553_706_496 + (80 * 2 + 1) * hidden + 2 * vocabulary * hidden);
    expect(memory.device_bytes).toBe(85.52e9);
    expect(memory.reserve_bytes).toBe(3e9);
    expect(memory.activations_bytes).toBe(12 * 8192 * hidden);
    expect(memory.kv_cache_bytes_per_gpu).toBeCloseTo(0.95 * (memory.device_bytes - memory.weights_bytes_per_gpu - memory.reserve_bytes - memory.activations_bytes), 0);
    expect(reportOf(llama70b, { tp: 2 }, { isl: 5000, osl: 500 }).max_batch).toBeGreaterThanOrEqual(92);
    expect(reportOf(llama70b, { tp: 2 }, { isl: 5000, osl: 500 }).max_batch).toBeLessThanOrEqual(97);
  });

  it('are the same on every device for 8, 4, 2 and 1 KV heads once 8 devices share them, and so is generating', () => {
    const reports = [8, 4, 2, 1].map((heads) => reportOf(kv(heads), { tp: 8 }, { ...chat, batch: 64 }));
    expect(new Set(reports.map(({ memory }) => memory.kv_bytes_per_token_per_gpu)).size).toBe(1);
    expect(new Set(reports.map((report) => kernel(report, 'decode attention'))).size).toBe(1);
    expect(reports.map(({ notes }) => notes.some((note) => note.includes('fewer KV heads than the 8 devices')))).toEqual([false, true, true, true]);
  });

  it('follow the formats of single layers', () => {
    const half = reportOf(llama70b, { tp: 2, layer_formats: [{ layers: Array.from({ length: 40 }, (_, layer) => layer), weights: 'bf16', activations: 'bf16', kv: 'bf16' }] });
    expect(half.kv_bytes_per_token).toBe(1.5 * 163_840);
    expect(half.layers[0]!.weights_bytes).toBeGreaterThan(1.9 * half.layers[79]!.weights_bytes);
    expect(half.layers[0]!.ffn_us).toBeGreaterThan(half.layers[79]!.ffn_us);
    expect(() => reportOf(llama70b, { layer_formats: [{ layers: [80], kv: 'bf16' }] })).toThrow('layer_formats names layer 80');
  });
});

describe('the KV-head cliff; costmodel.md 5.4', () => {
  const decode = { isl: 0, osl: 2048, batch: 128 };
  const microseconds = (heads: number, deployment: Partial<DeploymentInput> = {}): number => kernel(reportOf(kv(heads), deployment, decode), 'decode attention');

  it('makes one KV head slower than eight on one device, as was measured', () => {
    // Batch 128 with 1024 cached tokens: 666 and 99 us in FP8, 662 and 194 us in BF16.
    expect(Math.abs(microseconds(1) / 666 - 1)).toBeLessThan(0.05);
    expect(Math.abs(microseconds(8) / 99 - 1)).toBeLessThan(0.15);
    const bf16 = { kv: 'bf16' } as const;
    expect(Math.abs(microseconds(1, bf16) / 662 - 1)).toBeLessThan(0.05);
    expect(Math.abs(microseconds(8, bf16) / 194 - 1)).toBeLessThan(0.15);
    expect(reportOf(kv(1), {}, decode).output_tok_s).toBeLessThan(reportOf(kv(8), {}, decode).output_tok_s);
  });

  it('is said, and gone where it is switched off', () => {
    const says = (report: CostReport): boolean => report.notes.some((note) => note.includes('KV-head cliff'));
    expect(says(reportOf(kv(1), {}, decode))).toBe(true);
    expect(says(reportOf(kv(8), {}, decode))).toBe(false);
    const without = { kv_head_cliff: false };
    expect(says(reportOf(kv(1), without, decode))).toBe(false);
    expect(microseconds(1, without)).toBeLessThan(microseconds(8, without));
    expect(reportOf(kv(1), without, decode).output_tok_s).toBeGreaterThan(reportOf(kv(8), without, decode).output_tok_s);
  });

  it('is a matter of the heads on one device', () => {
    // 32 query heads per KV head on each of two devices: measured 68 us for one KV head, 182 us for eight, at 2048 tokens.
    const twice = { isl: 0, osl: 4096, batch: 128 };
    const onTwo = (heads: number): number => kernel(reportOf(kv(heads), { tp: 2 }, twice), 'decode attention');
    expect(onTwo(1)).toBeLessThan(onTwo(8));
  });
});

describe('pipeline stages', () => {
  it('of unequal layers are cut where they serve most, which is said', () => {
    const ultra = presetArchitecture('nemotron-ultra-253b')!;
    const report = reportOf(ultra, { tp: 2, pp: 4 }, { isl: 2048, osl: 512 });
    expect(report.stages.length).toBe(4);
    expect(new Set(report.stages.map(({ first_layer: first, last_layer: last }) => last - first)).size).toBeGreaterThan(1);
    expect(report.notes.join(' ')).toMatch(/equal numbers of layers would serve \d+ % less/);
    expect(report.layers.map(({ stage }) => stage)).toEqual(report.layers.map(({ layer }) => report.stages.findIndex(({ last_layer: last }) => layer <= last)));
  });

  it('of equal layers are even but for the head, which the last one has too', () => {
    const sizes = reportOf(llama70b, { pp: 4 }, { ...chat, batch: 256 }).stages.map(({ last_layer: last, first_layer: first }) => last - first + 1);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(80);
    for (const size of sizes.slice(0, 3)) expect(Math.abs(size - 20.5)).toBeLessThanOrEqual(0.5);
    expect(sizes[3]).toBeLessThanOrEqual(20);
  });

  it('with fewer sequences than stages leave some idle', () => {
    const one = reportOf(llama70b, { pp: 4 }, { ...chat, batch: 1 });
    const four = reportOf(llama70b, { pp: 4 }, { ...chat, batch: 4 });
    expect(four.output_tok_s / one.output_tok_s).toBeGreaterThan(3.5);
    expect(one.notes.join(' ')).toContain('1 sequence does not keep 4 stages busy');
  });
});

describe('throughput', () => {
  it('is multiplied by copies, and divided by devices', () => {
    const one = reportOf(llama70b, { tp: 2 });
    const three = reportOf(llama70b, { tp: 2, dp: 3, price_per_device_hour: 3 });
    expect(three.gpus).toBe(6);
    expect(three.output_tok_s).toBeCloseTo(3 * one.output_tok_s, 6);
    expect(three.output_tok_s_per_gpu).toBeCloseTo(one.output_tok_s / 2, 6);
    expect(three.total_tok_s).toBeCloseTo((three.output_tok_s * 1152) / 1024, 6);
    expect(three.max_batch).toBe(one.max_batch);
    // 6 devices at 3 an hour.
    expect(three.price_per_million_output_tokens).toBeCloseTo((18 / 3600 / three.output_tok_s) * 1e6, 9);
  });

  it('parts of a step add up to it, and layers to its kernels', () => {
    for (const deployment of [{}, { tp: 4 }, { pp: 2, weights: 'bf16', activations: 'bf16' }] as const) {
      const report = reportOf(llama70b, deployment, { isl: 2048, osl: 128, batch: 64 });
      const { total, ...parts } = report.step_ms;
      expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBeCloseTo(total, 6);
      expect(parts.overhead).toBeGreaterThan(0.5);
      for (const { attention_us: attention, ffn_us: ffn, kernels } of report.layers) {
        expect(kernels.reduce((sum, { microseconds }) => sum + microseconds, 0)).toBeCloseTo(attention + ffn, 6);
      }
    }
  });

  it('rises with load up to what fits; beyond it requests wait', () => {
    const { curve, max_batch: most, output_tok_s: served } = reportOf(llama70b, { tp: 2 }, { isl: 5000, osl: 500 });
    const fits = curve.filter((point) => point.fits);
    expect(fits.at(-1)?.batch).toBe(most);
    expect(fits.at(-1)?.output_tok_s).toBeCloseTo(served, 6);
    for (const [index, point] of curve.entries()) {
      const before = curve[index - 1];
      if (before === undefined) continue;
      expect(point.output_tok_s).toBeGreaterThanOrEqual(before.output_tok_s);
      expect(point.ttft_ms).toBeGreaterThanOrEqual(before.ttft_ms);
      expect(point.output_tok_s_per_user).toBeLessThanOrEqual(before.output_tok_s_per_user);
    }
    expect(curve[0]?.wait_ms).toBe(0);
    expect(curve.at(-1)!.ttft_ms).toBeGreaterThan(20 * fits.at(-1)!.ttft_ms);
  });

  it('is nothing where not one sequence fits', () => {
    const report = reportOf(presetArchitecture('llama-3.1-405b')!);
    expect(report).toMatchObject({ batch: 0, max_batch: 0, output_tok_s: 0, itl_ms: 0, curve: [] });
    expect(report.notes.join(' ')).toContain('leave no room for one sequence of 1152 tokens');
  });

  it('is given for more sequences than fit if they are asked for, with a word', () => {
    const report = reportOf(llama70b, {}, { ...chat, batch: 1000 });
    expect(report.batch_limit).toBe('asked');
    expect(report.output_tok_s).toBeGreaterThan(reportOf(llama70b).output_tok_s);
    expect(report.notes.join(' ')).toMatch(/Only \d+ sequences of 1152 tokens fit/);
  });
});

describe('speculation', () => {
  const speculation = { draft_tokens: 4, acceptance: 0.7, draft_cost: 0.05 };
  const gain = (batch: number): number =>
    reportOf(llama70b, { tp: 2, speculation }, { isl: 128, osl: 1024, batch }).output_tok_s / reportOf(llama70b, { tp: 2 }, { isl: 128, osl: 1024, batch }).output_tok_s;

  it('gives the expected number of accepted drafts and one more token per step', () => {
    // 1 + 0.7 + 0.49 + 0.343 + 0.2401
    expect(reportOf(llama70b, { speculation }).tokens_per_step).toBeCloseTo(2.7731, 10);
    expect(reportOf(llama70b, { speculation: { ...speculation, acceptance: 1 } }).tokens_per_step).toBe(5);
    expect(reportOf(llama70b, { speculation: { ...speculation, acceptance: 0 } }).tokens_per_step).toBe(1);
  });

  it('pays while weights are what a step reads, and less as products become what it waits for', () => {
    expect(gain(1)).toBeGreaterThan(2);
    expect(gain(1)).toBeLessThan(2.7731);
    expect(gain(64)).toBeLessThan(gain(1));
    expect(gain(512)).toBeLessThan(gain(64));
    expect(gain(2048)).toBeLessThan(1);
  });
});

describe('what a figure rests on', () => {
  it('is said with it', () => {
    expect(reportOf(llama70b, { tp: 2 })).toMatchObject({ provenance: { kind: 'calibrated' }, band: { low: 1 - 0.14, high: 1 + 0.14 } });
    const gpu = (device: string, rest: Partial<DeploymentInput> = {}): CostReport => reportOf(parentArchitecture(parentModel('llama-3.1-8b')!), { device, ...rest });
    const half = { weights: 'bf16', activations: 'bf16', kv: 'bf16' } as const;
    expect(gpu('a100-sxm-80', half)).toMatchObject({ provenance: { kind: 'transferred' }, band: { low: 0.85, high: 1.15 } });
    expect(gpu('a100-sxm-80', { ...half, tp: 4 })).toMatchObject({ provenance: { kind: 'transferred' }, band: { low: 0.7, high: 1.3 } });
    expect(gpu('tpu-v5p')).toMatchObject({ provenance: { kind: 'estimated' }, band: { low: 0.4 } });
    expect(gpu('h100-sxm', { weights: 'int4', activations: 'bf16', kv: 'bf16' })).toMatchObject({ provenance: { kind: 'transferred' }, band: { low: 0.7, high: 1.3 } });
  });

  it('is a report that the protocol accepts', () => {
    for (const device of BUILT_IN.devices.map(({ id }) => id)) {
      const report = reportOf(presetArchitecture('nemotron-51b')!, { device, tp: 8, weights: 'bf16', activations: 'bf16', kv: 'bf16' });
      expect(costReportSchema.parse(report)).toEqual(report);
    }
  });

  it('mentions formats that a device has no units for', () => {
    expect(reportOf(llama70b, { device: 'a100-sxm-80', tp: 4 }).notes[0]).toBe('NVIDIA A100 SXM 80GB has no units for fp8: products are computed in bf16, and only what is stored is smaller.');
    expect(reportOf(llama70b, { tp: 4 }).notes).toEqual([]);
  });

  it('mentions a window that is not counted on', () => {
    const mistral = presetArchitecture('mistral-7b')!;
    expect(reportOf(mistral, {}, { isl: 20_000, osl: 2000 }).notes.join(' ')).toContain('look back 4096 tokens');
    expect(reportOf(mistral).notes).toEqual([]);
  });
});
