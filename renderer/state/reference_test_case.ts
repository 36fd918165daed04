/** A comparison over the two layers of `testLibrary`, with figures to check by hand, for tests. */
import type { CostReport } from '../../engine/protocol/cost.ts';
import type { ReferenceComparison, ReferenceModel, ReferenceProblem, ReferenceProblemId } from '../../engine/protocol/reference.ts';
import { chosenBlock, parseVariantId, type Architecture } from '../../engine/protocol/variant.ts';

const provenance = { kind: 'calibrated', source: 'made up' } as const;

export function testArchitecture(id: string, variants: readonly string[]): Architecture {
  const blocks = variants.map((variant, layer) => {
    const block = parseVariantId(variant);
    if (block === undefined) throw new Error(`${variant} is no variant`);
    return chosenBlock([layer], block);
  });
  const shape = { hidden_size: 64, num_attention_heads: 8, head_dim: 8, vocab_size: 10, tie_word_embeddings: false };
  return { id, name: id, parent: 'tiny', external: false, shape, blocks, source: 'made up' };
}

export function testProblem(id: ReferenceProblemId, library = 'test'): ReferenceProblem {
  return {
    id,
    name: `${id.toUpperCase()}-style`,
    what: 'Made up.',
    library_id: library,
    objective: 'kl_div',
    workload: { id: `reference-${id}`, name: id, isl: 60, osl: 40, batch: 'largest', limits: [{ column: 'memory_mib', max: 150 }, { column: 'output_tok_s', min: 100 }] },
  };
}

/** Parent 100 tok/s, released 500, both children 500 and 800, within 10 % below and above. */
export function testComparison(library = 'test'): ReferenceComparison {
  const kept = 'kv8/64';
  const half = 'kv8/32';
  const answer = (id: ReferenceProblemId, variants: readonly string[], tokS: number, published: number, same: number): ReferenceComparison['answers'][number] => ({
    problem: testProblem(id, library),
    status: 'optimal',
    gap: 0,
    solve_ms: 12,
    child: { ...model(`${id}-child`, variants, tokS, published), batch: 12 },
    agreement: { layers: 2, same_variant: same, same_attention: same, same_ffn: same, same_attention_kept: 2 },
    released_fits: id === '51b',
  });
  return {
    answers: [answer('51b', [half, half], 500, 600, 1), answer('40b', ['no_op/no_op', half], 800, 850, 0)],
    released: model('released', [half, kept], 500, 600),
    parent: model('parent', [kept, kept], 100, 105),
    provenance,
  };
}

function model(name: string, variants: readonly string[], tokS: number, published: number): ReferenceModel {
  return {
    name,
    architecture: testArchitecture(name, variants),
    num_params: 2_500_000_000,
    kv_bytes_per_token: 1000,
    kv_tokens: 1234.9,
    kl_div: variants.filter((variant) => variant === 'kv8/32').length,
    output_tok_s: tokS,
    report: report(name, tokS),
    published: [{ quantity: 'output_tok_s', unit: 'tok/s', published, ours: tokS, source: 'an article' }],
  };
}

/** Ten sequences fit. */
function report(name: string, tokS: number): CostReport {
  return {
    name,
    params: 2_500_000_000,
    kv_bytes_per_token: 1000,
    output_tok_s: tokS,
    output_tok_s_per_gpu: tokS,
    total_tok_s: 2 * tokS,
    total_tok_s_per_gpu: 2 * tokS,
    ttft_ms: 50,
    itl_ms: 20,
    batch: 10,
    max_batch: 10,
    batch_limit: 'memory',
    gpus: 1,
    memory: { device_bytes: 1, weights_bytes_per_gpu: 1, kv_bytes_per_token_per_gpu: 1, reserve_bytes: 0, activations_bytes: 0, kv_cache_bytes_per_gpu: 0 },
    step_ms: { total: 1, gemm: 1, attention: 0, all_reduce: 0, element_wise: 0, outside: 0, overhead: 0 },
    stages: [],
    layers: [],
    curve: [],
    tokens_per_step: 1,
    provenance,
    band: { low: 0.9, high: 1.1, reasons: ['made up'] },
    notes: [],
  };
}
