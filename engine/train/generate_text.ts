/** The job that lets a model continue a prompt: to see what a parent or child says, and how fast it says it here. */
import { WorkbenchError } from '../protocol/errors.ts';
import type { JobOf } from '../protocol/train.ts';
import { openCheckpoint, type Checkpoint } from '../transformer/checkpoint.ts';
import { writeAll } from '../transformer/files.ts';
import { generate, type Generation } from '../transformer/generate.ts';
import { fitsResident, Model } from '../transformer/model.ts';
import { openTokenizer, type Tokenizer } from '../transformer/tokenizer.ts';
import type { JobContext } from './job.ts';
import { Random } from './random.ts';

/** What `out` holds as JSON. Speeds are of this machine and `device`. */
export interface GeneratedText {
  readonly prompt: string;
  /** The continuation alone. */
  readonly text: string;
  /** How many new tokens there are, and which. */
  readonly tokens: number;
  readonly token_ids: readonly number[];
  /** At an end token, or because there were as many tokens as asked for. */
  readonly ended: Generation['ended'];
  /** Until the first token. */
  readonly prefill_ms: number;
  /** New tokens per second after the first; absent where there was no second. */
  readonly tokens_per_second?: number;
  readonly device: string;
}

/** @throws WorkbenchError `bad_input` where the checkpoint has no tokenizer or cannot be run. */
export async function runGenerate(job: JobOf<'generate'>, context: JobContext): Promise<GeneratedText> {
  const checkpoint = await openCheckpoint(context.files, job.model);
  const model = new Model(checkpoint, { resident: fitsResident(checkpoint.architecture) });
  try {
    const tokenizer = await tokenizerOf(checkpoint, context);
    const random = Random.of(job.seed, 'generate');
    const promptIds = tokenizer.encode(job.prompt, { special: true });
    warnOfUnknown(job.prompt, tokenizer.decode(tokenizer.encode(job.prompt, { special: false }), { special: true }), context);
    let done = 0;
    const generation = await generate(model, promptIds, {
      maxNewTokens: job.max_new_tokens,
      temperature: job.temperature,
      uniform: () => random.uniform(),
      vocabularySize: tokenizer.vocabularySize,
      endTokens: endTokens(checkpoint, tokenizer),
      onToken: () => context.emit({ kind: 'progress', done: ++done, total: job.max_new_tokens, unit: 'tokens' }),
      breathe: () => context.breathe(),
      now: () => context.now(),
    });
    // It may have ended before it had said all it was allowed to.
    context.emit({ kind: 'progress', done, total: Math.max(1, done), unit: 'tokens' });
    const result: GeneratedText = {
      prompt: job.prompt,
      text: tokenizer.decode(generation.ids),
      tokens: generation.ids.length,
      token_ids: generation.ids,
      ended: generation.ended,
      prefill_ms: generation.prefillMs,
      ...(generation.decodeMs > 0 && generation.decodePasses > 0 && { tokens_per_second: (1000 * generation.decodePasses) / generation.decodeMs }),
      device: context.device.line,
    };
    await writeAll(context.files, job.out, `${JSON.stringify(result, undefined, 2)}\n`);
    return result;
  } finally {
    model.dispose();
    await checkpoint.close();
  }
}

/** A small vocabulary drops words, or has one token for all it does not know: the model then answers something else. */
function warnOfUnknown(prompt: string, read: string, context: JobContext): void {
  const letters = (text: string): string => text.normalize('NFKC').replace(/\s+/gu, '').toLowerCase();
  if (letters(prompt) === letters(read)) return;
  context.emit({ kind: 'log', level: 'warning', text: `The model's tokenizer does not know all of the prompt, and reads it as "${read.trim()}".` });
}

async function tokenizerOf({ folder, tokenizer }: Checkpoint, context: JobContext): Promise<Tokenizer> {
  if (tokenizer === undefined) {
    throw new WorkbenchError('bad_input', `${folder} has no tokenizer.json, which turns the prompt into tokens.`, {
      hint: "Add the tokenizer.json of the model to its folder.",
    });
  }
  return openTokenizer(context.files, tokenizer);
}

/** As the model's configuration says, which may name several, and as its tokenizer does. */
function endTokens({ config }: Checkpoint, tokenizer: Tokenizer): ReadonlySet<number> {
  const named = config['eos_token_id'];
  const ids = (Array.isArray(named) ? named : [named]).filter((id) => typeof id === 'number');
  return new Set(tokenizer.eosId === undefined ? ids : [...ids, tokenizer.eosId]);
}
