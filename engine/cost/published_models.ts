/**
 * The model that a published table names, whatever the spelling: `Llama-3.3-70B-Instruct-FP8`, `nvidia/Llama-3.1-405B`,
 * `Llama 3.1 8B`. Words that say nothing about the shape are left out; every other word must be understood, so that a model
 * that is not known is never taken for one that is.
 */
import { parentArchitecture, parentModel, parents, presetArchitecture, referenceArchitectures } from '../architecture/presets.ts';
import type { ParentModel } from '../protocol/variant.ts';
import type { Served } from './model.ts';

/** Tuning, number format and packaging: not the shape. */
const SILENT = new Set(
  'meta nvidia mistralai instruct it chat hf base model fp4 nvfp4 fp8 bf16 bfloat16 fp16 int8 int4 awq gptq kv kvcache w4a16 w8a8 w4a8 w8a16 quantized modelopt engine trtllm 128k'.split(' '),
);

interface Known {
  /** Of the words that are left, with single blanks. */
  readonly pattern: RegExp;
  readonly preset: string;
  /** Where only the shape's numbers differ from the preset's. */
  readonly change?: (parent: ParentModel) => ParentModel;
}

const LLAMA_2_VOCABULARY = 32_000;
const KNOWN: readonly Known[] = [
  { pattern: /^llama 3(\.[01])? 8b$/, preset: 'llama-3.1-8b' },
  { pattern: /^llama 3(\.[01])? 70b$/, preset: 'llama-3.1-70b' },
  { pattern: /^llama 3\.3 70b$/, preset: 'llama-3.3-70b' },
  { pattern: /^llama (3(\.1)? )?405b$/, preset: 'llama-3.1-405b' },
  { pattern: /^mistral 7b( v0\.[123])?$/, preset: 'mistral-7b' },
  { pattern: /^(llama 3\.1 )?nemotron nano 8b( v1)?$/, preset: 'llama-3.1-8b' },
  { pattern: /^llama 3\.1 nemotron 70b( reward)?$/, preset: 'llama-3.1-70b' },
  { pattern: /^deepseek r1 distill llama 8b$/, preset: 'llama-3.1-8b' },
  { pattern: /^deepseek r1 distill llama 70b$/, preset: 'llama-3.3-70b' },
  { pattern: /^(llama 3\.1 )?nemotron 51b$/, preset: 'nemotron-51b' },
  { pattern: /^(llama 3\.3 )?nemotron super 49b( v1)?$/, preset: 'nemotron-super-49b' },
  { pattern: /^(llama 3\.1 )?nemotron ultra 253b( v1)?$/, preset: 'nemotron-ultra-253b' },
  { pattern: /^(llama 3\.1 )?minitron 4b width$/, preset: 'minitron-4b-width' },
  { pattern: /^(llama 3\.1 )?minitron 4b depth$/, preset: 'minitron-4b-depth' },
  // Llama 2 (arXiv 2307.09288): the same dimensions but for vocabulary, and in the small ones multi-head attention.
  { pattern: /^llama 2 70b$/, preset: 'llama-3.1-70b', change: (parent) => ({ ...parent, shape: { ...parent.shape, vocab_size: LLAMA_2_VOCABULARY } }) },
  {
    pattern: /^llama 2 7b$/,
    preset: 'llama-3.1-8b',
    change: (parent) => ({ ...parent, shape: { ...parent.shape, vocab_size: LLAMA_2_VOCABULARY }, num_key_value_heads: 32, intermediate_size: 11_008 }),
  },
];

/** The architecture, or why there is none. */
export function publishedModel(spelling: string): Served | string {
  const name = significant(spelling);
  const known = KNOWN.find(({ pattern }) => pattern.test(name));
  const parent = known?.change === undefined ? undefined : parentModel(known.preset);
  const found =
    parent !== undefined && known?.change !== undefined
      ? parentArchitecture({ ...known.change(parent), name: spelling })
      : presetArchitecture(known?.preset ?? presetNamed(name)?.id ?? '');
  if (found !== undefined) return found;
  if (/^(gpt|megatron|mt nlg)\b/.test(name)) return `${spelling} has an ungated FFN, which block variants do not describe`;
  if (/^palm\b/.test(name)) return `PaLM's multi-query blocks with attention and FFN side by side are no block variants; \`plan\` computes Pope's tables`;
  if (/\d+x\d+b|\ba\d+b\b|\bmoe\b|mixtral|deepseek|gpt oss|maverick|scout/.test(name)) return `"${spelling}" is a mixture of experts, which block variants do not describe`;
  return `the shape of "${spelling}" is not known`;
}

/** A preset by its id, name or name on Hugging Face. */
function presetNamed(name: string): { readonly id: string } | undefined {
  const spellings = [
    ...parents().map(({ id, name: called, hugging_face_id: onHub }) => ({ id, names: [id, called, onHub ?? id] })),
    ...referenceArchitectures().map(({ id, name: called }) => ({ id, names: [id, called] })),
  ];
  return name === '' ? undefined : spellings.find(({ names }) => names.some((known) => significant(known) === name));
}

/** Words of a name in small letters without publisher, tuning and format: `llama 3.1 70b`. */
function significant(spelling: string): string {
  const words = spelling
    .trim()
    .toLowerCase()
    .replace(/^(models--)?[\w.-]+?(--|\/)(?=\S)/, '')
    .replaceAll(/[\s_\-()[\],]+/g, ' ')
    .replaceAll(/\b(llama|mistral|nemotron|qwen|gemma) ?v?(?=\d)/g, '$1 ')
    // A version whose point became a separator: `llama 3 1 70b`.
    .replaceAll(/\b(\d) (\d)(?= |$)/g, '$1.$2')
    .replaceAll(/(\d) ?b(illion)?\b/g, '$1b')
    .trim()
    .split(' ');
  return words.filter((word) => !SILENT.has(word)).join(' ');
}
