/** A cost report small enough to check by hand, for tests. */
import type { CostReport, LoadPoint } from '../../../engine/protocol/cost.ts';
import type { ServedReport } from './serving_model.ts';

/** One device of 100 GB: 60 of weights, 3 kept free, 1 of work space, 30 for a cache of 300,000 tokens. */
export function testReport(change: Partial<CostReport> = {}): CostReport {
  return {
    name: 'Tiny',
    params: 60e9,
    kv_bytes_per_token: 100_000,
    output_tok_s: 1000,
    output_tok_s_per_gpu: 1000,
    total_tok_s: 1125,
    total_tok_s_per_gpu: 1125,
    ttft_ms: 50,
    itl_ms: 100,
    batch: 100,
    max_batch: 100,
    batch_limit: 'memory',
    gpus: 1,
    memory: {
      device_bytes: 100e9,
      weights_bytes_per_gpu: 60e9,
      kv_bytes_per_token_per_gpu: 100_000,
      reserve_bytes: 3e9,
      activations_bytes: 1e9,
      kv_cache_bytes_per_gpu: 30e9,
    },
    step_ms: { total: 100, gemm: 70, attention: 20, all_reduce: 0, element_wise: 5, outside: 4, overhead: 1 },
    stages: [{ first_layer: 0, last_layer: 1, step_ms: 99, weights_bytes_per_gpu: 60e9 }],
    layers: [
      {
        layer: 0,
        variant: 'kv8/64',
        stage: 0,
        attention_us: 13,
        ffn_us: 20,
        kernels: [
          { name: 'QKV projection', kind: 'gemm', microseconds: 4 },
          { name: 'prefill attention', kind: 'prefill_attention', microseconds: 2 },
          { name: 'decode attention', kind: 'decode_attention', microseconds: 6 },
          { name: 'norm', kind: 'element_wise', microseconds: 1 },
          { name: 'down projection', kind: 'gemm', microseconds: 17 },
          { name: 'norm', kind: 'element_wise', microseconds: 3 },
        ],
        weights_bytes: 30e9,
        kv_bytes_per_token: 50_000,
      },
    ],
    curve: [point(1, 20), point(10, 30), point(100, 100), { ...point(200, 100), ttft_ms: 20_000, fits: false }],
    tokens_per_step: 1,
    provenance: { kind: 'calibrated', source: 'made up' },
    band: { low: 0.92, high: 1.08, reasons: ['±8 %: made up'] },
    notes: [],
    ...change,
  };
}

function point(batch: number, itlMs: number): LoadPoint {
  const active = Math.min(100, batch);
  const output = (1000 * active) / itlMs;
  return { batch, output_tok_s: output, output_tok_s_per_gpu: output, output_tok_s_per_user: 1000 / itlMs, ttft_ms: 50, wait_ms: 0, itl_ms: itlMs, fits: true };
}

export function testServed(id: string, change: Partial<CostReport> = {}): ServedReport {
  return { id, name: id, kind: id === 'parent' ? 'parent' : 'pin', index: 0, subject: { kind: 'model', id }, report: testReport(change) };
}
