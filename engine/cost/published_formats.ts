/**
 * Number formats as published tables write them: `FP8`, `FP8 (W/A/KV)`, `NVFP4`, `int8 weights`, `W4A16`, `BF16, KV FP8`.
 * A spelling that leaves open which of weights, activations and cache is meant is not taken for either.
 */
import type { Format } from '../protocol/hardware.ts';

export interface Formats {
  readonly weights: Format;
  readonly activations: Format;
  readonly kv: Format;
}

const FORMAT_WORDS: Readonly<Record<string, Format>> = {
  nvfp4: 'fp4',
  fp4: 'fp4',
  fp8: 'fp8',
  bf16: 'bf16',
  bfloat16: 'bf16',
  fp16: 'fp16',
  float16: 'fp16',
  half: 'fp16',
  int8: 'int8',
  int4: 'int4',
  fp32: 'fp32',
  float32: 'fp32',
};
/** Words beside a format that say nothing more. */
const FORMAT_NOISE = new Set(['e4m3', 'precision', 'quantized', 'quantization', 'ptq', 'modelopt', 'awq', 'gptq']);

/** Weights, activations and KV cache; undefined where they are not said. */
export function formatsIn(cell: string): Formats | undefined {
  const text = cell
    .trim()
    .toLowerCase()
    .replace(/\(?\s*w\s*\/\s*a(\s*\/\s*kv)?\s*\)?/, ' ');
  const cache = /\bkv[\s_-]*(?:cache)?[\s:=_-]*([a-z]+\d+)\b/.exec(text) ?? /\b([a-z]+\d+)[\s_-]*kv(?:[\s_-]*cache)?\b/.exec(text);
  const kv = cache?.[1] === undefined ? undefined : FORMAT_WORDS[cache[1]];
  if (cache !== null && kv === undefined) return undefined;
  const words = (cache === null ? text : text.replace(cache[0], ' ')).split(/[\s()[\],;+&:_-]+/).filter((word) => word !== '' && !FORMAT_NOISE.has(word));
  const bits = words.findIndex((word) => /^w\d+a\d+$/.test(word));
  const weightsOnly = words.includes('weight') || words.includes('weights');
  const named = words.filter((word) => FORMAT_WORDS[word] !== undefined);
  if (words.some((word, index) => index !== bits && !named.includes(word) && !['weight', 'weights', 'only'].includes(word))) return undefined;
  const [only] = named.map((word) => FORMAT_WORDS[word]);
  const stated = bits >= 0 ? formatsOfBits(words[bits] ?? '', only) : only === undefined ? undefined : formatsOfName(only, weightsOnly);
  if (stated === undefined || new Set(named.map((word) => FORMAT_WORDS[word])).size > 1) return undefined;
  return kv === undefined ? stated : { ...stated, kv };
}

function formatsOfName(format: Format, weightsOnly: boolean): Formats | undefined {
  switch (format) {
    case 'fp4':
      // TensorRT-LLM's checkpoints with fp4 weights keep an fp8 cache.
      return weightsOnly ? undefined : { weights: 'fp4', activations: 'fp4', kv: 'fp8' };
    case 'int4':
      return { weights: 'int4', activations: 'bf16', kv: 'bf16' };
    case 'int8':
      // Products in int8 or int8 weights beside bf16: only the latter is said clearly.
      return weightsOnly ? { weights: 'int8', activations: 'bf16', kv: 'bf16' } : undefined;
    case 'fp8':
      return weightsOnly ? { weights: 'fp8', activations: 'bf16', kv: 'bf16' } : { weights: 'fp8', activations: 'fp8', kv: 'fp8' };
    case 'bf16':
    case 'fp16':
    case 'fp32':
      return { weights: format, activations: format, kv: format };
    default:
      return format satisfies never;
  }
}

/** `w4a16` and the like, where the number of bits and the named format say the same. */
function formatsOfBits(word: string, named: Format | undefined): Formats | undefined {
  switch (word) {
    case 'w16a16':
      return named === undefined || named === 'bf16' || named === 'fp16' ? formatsOfName(named ?? 'bf16', false) : undefined;
    case 'w8a8':
      return named === 'fp8' ? formatsOfName('fp8', false) : named === 'int8' ? { weights: 'int8', activations: 'int8', kv: 'bf16' } : undefined;
    case 'w8a16':
      return named === 'fp8' || named === 'int8' ? formatsOfName(named, true) : undefined;
    case 'w4a16':
      return named === undefined || named === 'int4' ? formatsOfName('int4', true) : undefined;
    case 'w4a8':
      return named === undefined || named === 'int4' || named === 'fp8' ? { weights: 'int4', activations: 'fp8', kv: 'fp8' } : undefined;
    case 'w4a4':
      return named === 'fp4' ? formatsOfName('fp4', false) : undefined;
    default:
      return undefined;
  }
}
