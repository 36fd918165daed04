import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HOW_TO_GET_SHARED_DATA, sharedData } from '../../../test/support/shared_data.ts';
import { builtInDevices } from '../../hardware/devices.ts';
import { popeRowSchema } from '../../protocol/plan.ts';
import { bandOf } from './caveats.ts';
import { PAPER } from './paper.ts';
import type { PlannedModel } from './planned_model.ts';
import { plan } from './planner.ts';
import { popeComparison } from './published.ts';

const rows = popeComparison();
const of = (quantity: string): typeof rows => rows.filter((row) => row.quantity === quantity);
const device = (id: string) => builtInDevices().find((candidate) => candidate.id === id)!;
const STATED = { terms: 'detailed', overlap: 'none' } as const;

describe('the paper beside ours', () => {
  it('has every table, each row once, and errors that are what they say', () => {
    expect(of('maximum context')).toHaveLength(6);
    expect(of('MFU of the published latency').filter(({ table }) => table.startsWith('Table'))).toHaveLength(8);
    expect(of('latency').filter(({ table }) => table.startsWith('Table'))).toHaveLength(8);
    expect(new Set(rows.map(({ table, row, quantity }) => `${table} ${row} ${quantity}`)).size).toBe(rows.length);
    for (const row of rows) {
      expect(popeRowSchema.parse(row)).toEqual(row);
      expect(row.error).toBeCloseTo(row.ours / row.published - 1, 12);
      expect(row.source).not.toBe('');
    }
  });

  it('agrees on maximum context to 1.5 %', () => {
    for (const { error } of of('maximum context')) expect(Math.abs(error)).toBeLessThan(0.015);
  });

  // Tables 2 and 3; FasterTransformer's peaks of 46 % and 33 %.
  it('gives the published MFU to one percentage point', () => {
    expect(of('MFU of the published latency').map(({ published }) => published)).toEqual([43, 14, 76, 33, 36, 8, 73, 37, 46, 33]);
    for (const { published, ours } of of('MFU of the published latency')) expect(Math.abs(ours - published)).toBeLessThan(1);
  });

  it('predicts latencies inside the stated band, nearer than bare arithmetic does in the mean', () => {
    const { low, high } = bandOf(device('tpu-v4'), STATED);
    for (const { published, ours } of of('latency')) {
      expect(published / ours).toBeGreaterThan(low);
      expect(published / ours).toBeLessThan(high);
    }
    const mean = (quantity: string): number => {
      const tables = of(quantity).filter(({ table }) => table.startsWith('Table'));
      return tables.reduce((sum, { error }) => sum + Math.abs(error), 0) / tables.length;
    };
    expect(mean('latency')).toBeLessThan(0.17);
    expect(mean('latency, bare arithmetic')).toBeGreaterThan(0.4);
  });

  it('shows the serial block where we are worst', () => {
    const [row] = of('added latency');
    expect(row?.published).toBe(14);
    expect(row?.ours).toBeGreaterThan(0);
    expect(row?.error).toBeLessThan(-0.5);
  });

  // Google Cloud, TPU v4: 1.1 PB/s of all-reduce bandwidth per pod of 4,096 chips.
  it('takes a network bandwidth that Google’s own figure supports', () => {
    expect(Math.abs(PAPER.hardware.network_gb_s / (1.1e6 / 4096) - 1)).toBeLessThan(0.01);
  });
});

/** FasterTransformer's GPT models: layers, hidden, heads, head size; two FFN matrices of 4 x hidden, 51,200 words. */
const GPT: Readonly<Record<string, readonly [number, number, number, number]>> = {
  'GPT-6.7B': [32, 4096, 32, 128],
  'GPT-20B': [44, 6144, 64, 96],
  'GPT-89B': [48, 12_288, 96, 128],
  'GPT-175B': [96, 12_288, 96, 128],
  'Megatron-530B': [105, 20_480, 128, 160],
};
const csv = sharedData('throughput/published.csv');

describe.skipIf(csv === undefined)(`FasterTransformer on A100 (${csv === undefined ? HOW_TO_GET_SHARED_DATA : 'measured by NVIDIA'})`, () => {
  it('stays inside the band stated for GPUs, 1D weight-stationary as it ran', () => {
    const { low, high } = bandOf(device('a100-sxm-80'), STATED);
    const ratios = readFileSync(csv ?? '', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('NVIDIA FasterTransformer') && !line.includes('xPP') && line.includes('e2e_latency'))
      .flatMap((line) => {
        const [, name = '', , , tp, isl, osl, batch, , value] = line.split(',');
        const predicted = predictMs(gpt(name), Number(tp), Number(isl), Number(osl), Number(batch));
        return predicted === undefined ? [] : [Number(value) / predicted];
      });
    expect(ratios.length).toBeGreaterThan(250);
    expect(Math.min(...ratios)).toBeGreaterThan(low);
    expect(Math.max(...ratios)).toBeLessThan(high);
  });
});

function gpt(name: string): PlannedModel {
  const [layers, hidden, heads, headDim] = GPT[name]!;
  return {
    name,
    params: 12 * layers * hidden ** 2 + 51_200 * hidden,
    layers,
    hidden,
    ffn: 4 * hidden,
    heads,
    headDim,
    kvHeads: heads,
    parallelBlock: false,
    swiglu: false,
    vocab: 51_200,
    groups: [{ count: layers, attention: { kind: 'gqa', kv_heads: heads }, ffn: { kind: 'swiglu', intermediate_size: 4 * hidden } }],
  };
}

/** Beyond a node, rings of all its GPUs share the SuperPod's eight InfiniBand links of 200 Gbit/s: 200 GB/s. */
function predictMs(model: PlannedModel, chips: number, isl: number, osl: number, batch: number): number | undefined {
  const { points } = plan({
    model,
    device: device('a100-sxm-80'),
    chips,
    batches: [batch],
    isl,
    osl,
    formats: { weights: 'fp16', activations: 'fp16', kv: 'fp16' },
    runners_up: 14,
    ...(chips > 8 ? { network_gb_s: 200 } : {}),
  });
  const [prefill, decode] = points.map(({ winner, runners_up: others }) =>
    (winner === undefined ? [] : [winner, ...others]).find(({ layout }) => layout.ffn === 'ws_1d' && layout.attention === 'heads'),
  );
  return prefill === undefined || decode === undefined ? undefined : prefill.step_ms + osl * decode.step_ms;
}
