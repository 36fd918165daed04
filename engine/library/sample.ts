/**
 * The library that the product brings along, generated when it is asked for: Llama-3.1-70B with the search space
 * of Puzzle (arXiv 2411.19146, section 2), wide enough for the released 51B and Super-49B. Sizes are exact;
 * runtimes are a roofline and scores a prior, and both say so wherever they are shown.
 */
import { attentionParams, ffnParams, kvBytesPerToken, nonBlockParams } from '../architecture/count.ts';
import { parentModel } from '../architecture/presets.ts';
import type { Choice, Column, Library } from '../protocol/library.ts';
import type { Attention, Ffn } from '../protocol/variant.ts';
import { variantId } from '../protocol/variant.ts';
import { statMeaning } from './column_names.ts';
import { priorKlDiv } from './sample_prior.ts';
import { attentionMs, ffnMs, nonBlockMs } from './sample_roofline.ts';
import { FURTHER, furtherColumns, furtherNonBlock, furtherValues, measurementOf, PRIMARY } from './sample_scenarios.ts';

const MEASUREMENT = PRIMARY.id;
const FP8_BYTES = 1;
const MIB = 2 ** 20;

const ATTENTIONS: readonly Attention[] = [
  ...[8, 4, 2, 1].map((kvHeads) => ({ kind: 'gqa', kv_heads: kvHeads }) as const),
  { kind: 'linear' },
  { kind: 'no_op' },
];
const FFNS: readonly Ffn[] = [
  ...[28672, 25088, 21504, 17920, 14336, 7168, 5632, 2816].map((width) => ({ kind: 'swiglu', intermediate_size: width }) as const),
  { kind: 'linear' },
  { kind: 'no_op' },
];

const EXACT_PARAMS = { kind: 'exact', source: 'counted from the shapes: projections, and the RMSNorm in front of each sub-block' } as const;
const EXACT_WEIGHTS = { kind: 'exact', source: 'one byte per parameter (FP8)' } as const;
const EXACT_KV = { kind: 'exact', source: '(isl + osl) * 2 * KV heads * head size * 1 byte (FP8)' } as const;
const EXACT_MEMORY = { kind: 'exact', source: '(weights_bytes + batch * kv_bytes_per_sequence) / 2^20; activations and work space not counted' } as const;
const ROOFLINE = {
  kind: 'estimated',
  source:
    'roofline of an H100 SXM in FP8 (1978.9 TFLOP/s, 3350 GB/s): per kernel the longer of operations / peak and bytes / bandwidth, ' +
    'prefill in one pass, decode over the growing context; optimistic, real kernels reach 50-80 % of it',
} as const;
const PRIOR = {
  kind: 'estimated',
  source:
    'prior from published per-layer choices (Puzzle, Nemotron-51B and Super-49B), scaled so that the 51B sums to its published KL of 0.19: ' +
    'sensitivity of the layer times loss of the variant, attention plus FFN; no model was run',
} as const;

const STAT_NAMES = ['memory_mib', 'runtime_ms', 'num_params'];
const COLUMNS: readonly Column[] = [
  { id: 'kl_div', label: 'KL divergence', unit: 'nats', level: 'block', role: 'score', better: 'lower', summable: true, provenance: PRIOR },
  ...(['', 'attention_', 'ffn_'] as const).flatMap((half): Column[] => [
    { id: `${half}memory_mib`, ...statMeaning(`${half}memory_mib`, STAT_NAMES), measurement: MEASUREMENT, provenance: EXACT_MEMORY },
    { id: `${half}runtime_ms`, ...statMeaning(`${half}runtime_ms`, STAT_NAMES), measurement: MEASUREMENT, provenance: ROOFLINE },
    { id: `${half}num_params`, ...statMeaning(`${half}num_params`, STAT_NAMES), provenance: EXACT_PARAMS },
  ]),
  { id: 'prefill_runtime_ms', ...statMeaning('prefill_runtime_ms', []), measurement: MEASUREMENT, provenance: ROOFLINE },
  { id: 'decode_runtime_ms', ...statMeaning('decode_runtime_ms', []), measurement: MEASUREMENT, provenance: ROOFLINE },
  { id: 'weights_bytes', label: 'Weights', unit: 'bytes', level: 'block', role: 'cost', better: 'lower', summable: true, measurement: MEASUREMENT, provenance: EXACT_WEIGHTS },
  { id: 'kv_bytes_per_sequence', label: 'KV cache per sequence', unit: 'bytes', level: 'block', role: 'cost', better: 'lower', summable: true, measurement: MEASUREMENT, provenance: EXACT_KV },
  ...furtherColumns(ROOFLINE),
];

/** 80 layers of 60 variants; pure, the same at every call. */
export function sampleLibrary(): Library {
  const parent = parentModel('llama-3.1-70b');
  if (parent === undefined) throw new Error('The sample library needs the preset llama-3.1-70b.');
  const { shape, num_hidden_layers: layers, num_key_value_heads: kvHeads, intermediate_size: width } = parent;
  const { batch, isl, osl } = PRIMARY;
  const costs = ATTENTIONS.flatMap((attention) =>
    FFNS.map((ffn) => {
      const params = { attention: attentionParams(shape, attention), ffn: ffnParams(shape, ffn) };
      const kvBytes = (isl + osl) * kvBytesPerToken(shape, attention, FP8_BYTES);
      const ms = { attention: attentionMs(shape, attention, PRIMARY), ffn: ffnMs(shape, ffn, PRIMARY) };
      const weights = (params.attention + params.ffn) * FP8_BYTES;
      const prefill = ms.attention.prefill + ms.ffn.prefill;
      const decode = ms.attention.decode + ms.ffn.decode;
      return {
        block: { attention, ffn },
        values: {
          memory_mib: (weights + batch * kvBytes) / MIB,
          runtime_ms: prefill + decode,
          num_params: params.attention + params.ffn,
          attention_memory_mib: (params.attention * FP8_BYTES + batch * kvBytes) / MIB,
          attention_runtime_ms: ms.attention.prefill + ms.attention.decode,
          attention_num_params: params.attention,
          ffn_memory_mib: (params.ffn * FP8_BYTES) / MIB,
          ffn_runtime_ms: ms.ffn.prefill + ms.ffn.decode,
          ffn_num_params: params.ffn,
          prefill_runtime_ms: prefill,
          decode_runtime_ms: decode,
          weights_bytes: weights,
          kv_bytes_per_sequence: kvBytes,
          ...furtherValues(shape, { attention, ffn }),
        },
      };
    }),
  );
  const choices = Array.from({ length: layers }, (_, layer) =>
    costs.map(({ block, values }): Choice => ({
      parent_layers: [layer],
      variant: variantId(block),
      ...block,
      values: { kl_div: priorKlDiv(layer, block, { kvHeads, width }), ...values },
    })),
  ).flat();
  const outside = nonBlockParams(shape);
  const outsideMs = nonBlockMs(shape, PRIMARY);
  return {
    format: 'puzzle-workbench/library',
    version: 1,
    name: 'Sample: Llama-3.1-70B on H100',
    parent: {
      name: parent.name,
      id: parent.id,
      num_hidden_layers: layers,
      shape,
      variants: Array.from({ length: layers }, () => `kv${kvHeads}/${width}`),
    },
    provenance: { kind: 'estimated', source: 'generated by this program: exact sizes, roofline runtimes, prior scores' },
    measurements: [PRIMARY, ...FURTHER].map(measurementOf),
    columns: [...COLUMNS],
    non_block: [
      {
        measurement: MEASUREMENT,
        values: {
          memory_mib: (outside * FP8_BYTES) / MIB,
          runtime_ms: outsideMs.prefill + outsideMs.decode,
          prefill_runtime_ms: outsideMs.prefill,
          decode_runtime_ms: outsideMs.decode,
          num_params: outside,
          weights_bytes: outside * FP8_BYTES,
        },
      },
      ...furtherNonBlock(shape),
    ],
    default_objective: 'kl_div',
    notes: [
      {
        severity: 'warning',
        text: 'Runtimes and scores of this sample are estimates for trying the workbench out. Import a measured library before relying on a result.',
      },
      {
        severity: 'note',
        text: 'At batch 256 the parent and its KV cache do not fit one H100 of 80 GB; its runtime there says what it would take if they did. The published 51B was served at this batch.',
      },
      {
        severity: 'note',
        text: 'Runtimes of smaller batches (128, 64, 16) and of retrieval traffic (2048 prompt and 128 generated tokens, batches 64 and 16) are there for workloads; plain columns belong to 128 and 1024 tokens at batch 256.',
      },
      {
        severity: 'note',
        text: 'A pure roofline is optimistic: it leaves out launches, scheduling and everything short of peak. Compare its throughputs with each other, not with published ones.',
      },
    ],
    choices,
  };
}
