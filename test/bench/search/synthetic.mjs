/**
 * Block libraries whose costs differ from layer to layer, as measured ones may: 6 attention by 9 FFN variants in every
 * layer. A cost is the variant's base cost (attention plus FFN) times a factor of the layer and column within a few percent
 * of 1; a score is the sensitivity of the layer's half times the loss of the variant times noise. All numbers are made up,
 * in the proportions of Llama-3.1-70B in FP8.
 */
import { normal, seeded, seedFor } from './random.mjs';

const ATTENTIONS = [
  { id: 'kv8', attention: { kind: 'gqa', kv_heads: 8 }, memory_mib: 432, runtime_ms: 350, num_params: 150_994_944, loss: 0 },
  { id: 'kv4', attention: { kind: 'gqa', kv_heads: 4 }, memory_mib: 280, runtime_ms: 262, num_params: 142_606_336, loss: 0.12 },
  { id: 'kv2', attention: { kind: 'gqa', kv_heads: 2 }, memory_mib: 204, runtime_ms: 221, num_params: 138_412_032, loss: 0.22 },
  { id: 'kv1', attention: { kind: 'gqa', kv_heads: 1 }, memory_mib: 166, runtime_ms: 203, num_params: 136_314_880, loss: 0.31 },
  { id: 'linear', attention: { kind: 'linear' }, memory_mib: 64, runtime_ms: 47, num_params: 67_117_056, loss: 0.62 },
  { id: 'no_op', attention: { kind: 'no_op' }, memory_mib: 0, runtime_ms: 0, num_params: 0, loss: 1 },
];
const FFN_WIDTHS = [28672, 25088, 21504, 17920, 14336, 7168, 5632];

const FFNS = [
  ...FFN_WIDTHS.map((width) => ({ id: String(width), ffn: { kind: 'swiglu', intermediate_size: width }, ...ffnCosts(width / 28672), loss: (1 - width / 28672) ** 1.6 * 0.8 })),
  { id: 'linear', ffn: { kind: 'linear' }, memory_mib: 64, runtime_ms: 46, num_params: 67_117_056, loss: 0.85 },
  { id: 'no_op', ffn: { kind: 'no_op' }, memory_mib: 0, runtime_ms: 0, num_params: 0, loss: 1 },
];

function ffnCosts(share) {
  return { memory_mib: 672 * share, runtime_ms: 20 + 443 * share, num_params: Math.round(704_643_072 * share) };
}

const COSTS = [
  { id: 'memory_mib', label: 'Memory', unit: 'MiB' },
  { id: 'runtime_ms', label: 'Runtime', unit: 'ms' },
  { id: 'num_params', label: 'Parameters', unit: 'parameters' },
];

/** Relative spread of a layer's costs, and of scores about sensitivity times loss (of its logarithm). */
const COST_SPREAD = 0.03;
const SCORE_NOISE = 0.25;

/** A library in the workbench's own format. */
export function syntheticLibrary(layers, seed) {
  const next = seeded(seedFor(seed, `synthetic ${layers}`));
  const provenance = { kind: 'estimated', source: 'made up for a benchmark' };
  const choices = [];
  for (let layer = 0; layer < layers; layer++) {
    const factors = COSTS.map(() => 1 + COST_SPREAD * (2 * next() - 1));
    // Attention matters most in the middle of a model, its first and last layers most of all.
    const depth = layer / (layers - 1);
    const sensitivity = {
      attention: 0.05 * (0.3 + Math.sin(Math.PI * depth)) * Math.exp(0.5 * normal(next)) + (depth === 0 || depth === 1 ? 0.5 : 0),
      ffn: 0.12 * (0.6 + (depth - 0.5) ** 2) * Math.exp(0.4 * normal(next)),
    };
    for (const attention of ATTENTIONS) {
      for (const ffn of FFNS) {
        const lost = sensitivity.attention * attention.loss + sensitivity.ffn * ffn.loss;
        choices.push({
          parent_layers: [layer],
          variant: `${attention.id}/${ffn.id}`,
          attention: attention.attention,
          ffn: ffn.ffn,
          values: {
            kl_div: lost * Math.exp(SCORE_NOISE * normal(next)),
            ...Object.fromEntries(COSTS.map(({ id }, c) => [id, (attention[id] + ffn[id]) * factors[c]])),
          },
        });
      }
    }
  }
  return {
    format: 'puzzle-workbench/library',
    version: 1,
    name: `Synthetic ${layers} x ${ATTENTIONS.length * FFNS.length}`,
    parent: { name: 'Synthetic parent', num_hidden_layers: layers, variants: Array.from({ length: layers }, () => 'kv8/28672') },
    provenance,
    measurements: [{ id: 'made-up', device: 'none', dtypes: {}, batch: 256, isl: 128, osl: 1024, tokens_counted: 'total' }],
    columns: [
      { id: 'kl_div', label: 'KL divergence', unit: 'nats', level: 'block', role: 'score', better: 'lower', summable: true, provenance },
      ...COSTS.map((column) => ({ ...column, level: 'block', role: 'cost', better: 'lower', summable: true, measurement: 'made-up', provenance })),
    ],
    non_block: [],
    default_objective: 'kl_div',
    notes: [],
    choices,
  };
}
