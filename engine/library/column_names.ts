/** What the column names of imported files mean: labels, units, levels, and which direction is better. */
import type { Column } from '../protocol/library.ts';

type Meaning = Pick<Column, 'label' | 'unit' | 'level' | 'part_of' | 'role' | 'better' | 'summable'>;

const LABELS: Readonly<Record<string, readonly [label: string, unit: string]>> = {
  memory_mib: ['Memory', 'MiB'],
  kv_cache_memory_mib: ['KV-cache memory', 'MiB'],
  runtime_ms: ['Runtime', 'ms'],
  prefill_runtime_ms: ['Prefill runtime', 'ms'],
  decode_runtime_ms: ['Decode runtime', 'ms'],
  num_params: ['Parameters', 'parameters'],
  active_params: ['Active parameters', 'parameters'],
  num_kv_heads: ['KV heads', 'heads'],
  ffn_intermediate_size: ['FFN width', 'channels'],
  has_attention: ['Attention layers', 'layers'],
  kl_div: ['KL divergence', 'nats'],
  lm_loss: ['LM loss', 'nats'],
};
const DESCRIPTORS = new Set(['num_kv_heads', 'ffn_intermediate_size', 'has_attention']);

/** Meaning of a per-block statistic by its name; `attention_x` and `ffn_x` are the halves of `x`. */
export function statMeaning(name: string, all: readonly string[]): Meaning {
  const half = /^(attention|ffn)_(.+)$/.exec(name);
  const whole = half?.[2];
  const isHalf = half !== null && whole !== undefined && all.includes(whole);
  const level = isHalf ? (half[1] === 'attention' ? 'attention' : 'ffn') : name === 'kv_cache_memory_mib' ? 'attention' : 'block';
  const [label, unit] = LABELS[isHalf ? whole : name] ?? [spelledOut(isHalf ? whole : name), unitOf(name)];
  const prefix = level === 'block' || name === 'kv_cache_memory_mib' ? '' : level === 'attention' ? 'Attention: ' : 'FFN: ';
  return {
    label: prefix === '' ? label : prefix + label.charAt(0).toLowerCase() + label.slice(1),
    unit,
    level,
    ...(isHalf ? { part_of: whole } : {}),
    role: DESCRIPTORS.has(name) ? 'descriptor' : 'cost',
    better: 'lower',
    summable: true,
  };
}

/** Meaning of a quality metric by its name. */
export function scoreMeaning(name: string): Meaning {
  const [label, unit] = LABELS[name] ?? [spelledOut(name), ''];
  return { label, unit, level: 'block', role: 'score', better: metricDirection(name), summable: true };
}

/** Accuracies and agreements with the teacher are better when higher, unless turned into one minus themselves. */
function metricDirection(name: string): 'lower' | 'higher' {
  const accuracy = /accuracy|similarity|greedy_teacher/.test(name);
  return accuracy === /one_minus/.test(name) ? 'lower' : 'higher';
}

/** Distances between teacher and child, which are 0 between the teacher and itself. */
export function isDistance(name: string): boolean {
  return /^(kl_div|js_div|tv_dist|cosine_embedding_loss|normalized_mse|mse|mae)/.test(name);
}

function spelledOut(name: string): string {
  const words = name.replaceAll(/[_-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function unitOf(name: string): string {
  return name.endsWith('_mib') ? 'MiB' : name.endsWith('_ms') ? 'ms' : name.endsWith('_params') ? 'parameters' : '';
}
