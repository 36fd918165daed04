/** Text generation: the likeliest next token, or one drawn at a temperature, again and again until an end token. */
import { WorkbenchError } from '../protocol/errors.ts';
import { Decoder } from './decoder.ts';
import type { Model } from './model.ts';

export interface GenerateOptions {
  readonly maxNewTokens: number;
  /** 0 takes the likeliest token; above, probabilities are those of logits / temperature. */
  readonly temperature: number;
  /** Uniform over [0, 1); drawn once per token where the temperature is above 0. */
  readonly uniform: () => number;
  /** Ids from here on are never taken: embeddings are often padded beyond the tokenizer's vocabulary. */
  readonly vocabularySize: number;
  /** Tokens that end the text; they are not part of it. */
  readonly endTokens: ReadonlySet<number>;
  readonly onToken?: (id: number) => void;
  /** Awaited before every token; what it throws ends the generation. */
  readonly breathe?: () => Promise<void>;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

export interface Generation {
  /** New tokens, without the prompt. */
  readonly ids: readonly number[];
  readonly ended: 'end_token' | 'length';
  /** Until the first token. */
  readonly prefillMs: number;
  /** For all further passes together, and how many there were. */
  readonly decodeMs: number;
  readonly decodePasses: number;
}

/** @throws WorkbenchError `bad_input` where the prompt is empty or has ids outside the vocabulary. */
export async function generate(model: Model, prompt: ArrayLike<number>, options: GenerateOptions): Promise<Generation> {
  if (prompt.length === 0) throw new WorkbenchError('bad_input', 'The prompt has no tokens.', { hint: 'Begin with at least one character.' });
  const decoder = new Decoder(model);
  const ids: number[] = [];
  let ended: Generation['ended'] = 'length';
  try {
    await options.breathe?.();
    const start = options.now();
    let logits = await decoder.advance({ ids: Int32Array.from(prompt), length: prompt.length });
    const afterPrompt = options.now();
    let decodePasses = 0;
    while (ids.length < options.maxNewTokens) {
      const id = nextToken(logits.subarray(0, options.vocabularySize), options.temperature, options.uniform);
      if (options.endTokens.has(id)) {
        ended = 'end_token';
        break;
      }
      ids.push(id);
      options.onToken?.(id);
      if (ids.length === options.maxNewTokens) break;
      await options.breathe?.();
      logits = await decoder.advance({ ids: Int32Array.of(id), length: 1 });
      decodePasses += 1;
    }
    return { ids, ended, prefillMs: afterPrompt - start, decodeMs: options.now() - afterPrompt, decodePasses };
  } finally {
    decoder.dispose();
  }
}

/** The first of the likeliest tokens at temperature 0, else one drawn. @throws WorkbenchError where logits are no numbers. */
export function nextToken(logits: Float32Array, temperature: number, uniform: () => number): number {
  let likeliest = 0;
  for (let i = 1; i < logits.length; i++) if ((logits[i] ?? NaN) > (logits[likeliest] ?? NaN)) likeliest = i;
  const top = logits[likeliest] ?? NaN;
  if (logits.some(Number.isNaN)) throw new WorkbenchError('bad_input', 'The model gives no numbers for logits: its weights are damaged or diverged.');
  if (temperature === 0) return likeliest;
  const weights = Float64Array.from(logits, (logit) => Math.exp((logit - top) / temperature));
  let left = uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [id, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return id;
  }
  return likeliest;
}
