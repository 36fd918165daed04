/**
 * How long whole models take on this machine, from token ids to the next token: a prompt for every sequence of the batch,
 * then generation with a KV cache. It checks what Puzzle predicts by adding up block times (arXiv 2411.19146). The models
 * take turns within every round, so that drift of the machine meets all alike and ratios can be taken round by round.
 */
import { architectureParams, kvBytesPerToken } from '../architecture/count.ts';
import type { JobOf, ModelTimes } from '../protocol/train.ts';
import type { Architecture } from '../protocol/variant.ts';
import { requireMemory } from '../tensor/backend/memory_guard.ts';
import { openCheckpoint, type Checkpoint } from '../transformer/checkpoint.ts';
import { Decoder } from '../transformer/decoder.ts';
import { writeAll } from '../transformer/files.ts';
import { nextToken } from '../transformer/generate.ts';
import { Model } from '../transformer/model.ts';
import type { JobContext } from './job.ts';

type Spec = JobOf<'measure_models'>;
type Reading = Readonly<Record<'prefill_ms' | 'decode_ms', number>>;

const BYTES = Float32Array.BYTES_PER_ELEMENT;

/**
 * Writes the `ModelTimes` to `out`. Weights are uploaded outside the clock.
 * @throws WorkbenchError `too_large` where the models do not fit the device together, `bad_input` where one cannot be run
 */
export async function measureModels(spec: Spec, context: JobContext): Promise<ModelTimes> {
  const checkpoints: Checkpoint[] = [];
  const subjects: { readonly name: string; readonly model: Model; readonly readings: Reading[] }[] = [];
  try {
    for (const { folder } of spec.models) checkpoints.push(await openCheckpoint(context.files, folder));
    const names = spec.models.map(({ name }) => name);
    requireMemory(`Measuring ${names.join(' and ')} side by side`, peakBytes(checkpoints.map(({ architecture }) => architecture), spec), 'Measure a smaller batch or shorter sequences.');
    for (const [i, checkpoint] of checkpoints.entries()) subjects.push({ name: names[i] ?? '', model: new Model(checkpoint, { resident: true }), readings: [] });
    // One round more than asked for: the first uploads the weights and warms up.
    for (let round = 0; round <= spec.repeats; round++) {
      // Whoever comes second does so in every other round only.
      for (const { model, readings } of round % 2 === 0 ? subjects : subjects.toReversed()) {
        const reading = await read(model, spec, context);
        if (round > 0) readings.push(reading);
      }
      context.emit({ kind: 'progress', done: round, total: spec.repeats, unit: 'rounds' });
    }
    const { batch, isl, osl } = spec;
    const times: ModelTimes = {
      device: context.device,
      batch,
      isl,
      osl,
      models: subjects.map(({ name, readings }) => ({ name, prefill_ms: readings.map((reading) => reading.prefill_ms), decode_ms: readings.map((reading) => reading.decode_ms) })),
    };
    await writeAll(context.files, spec.out, `${JSON.stringify(times, undefined, 1)}\n`);
    return times;
  } finally {
    for (const { model } of subjects) model.dispose();
    for (const checkpoint of checkpoints) await checkpoint.close();
  }
}

/** A batch of prompts, and `osl` passes that each take the likeliest token of the last; letting messages in is not timed. */
async function read(model: Model, { batch, isl, osl }: Spec, context: JobContext): Promise<Reading> {
  const vocabulary = model.shape.vocab_size;
  const decoder = new Decoder(model);
  let elapsedMs = 0;
  const pass = async (ids: Int32Array, length: number): Promise<Int32Array> => {
    await context.breathe();
    const start = context.now();
    const logits = await decoder.advance({ ids, length });
    const next = Int32Array.from({ length: batch }, (_, sequence) => nextToken(logits.subarray(sequence * vocabulary, (sequence + 1) * vocabulary), 0, () => 0));
    elapsedMs += context.now() - start;
    return next;
  };
  try {
    let ids = await pass(prompts(batch * isl, vocabulary), isl);
    const prefillMs = elapsedMs;
    for (let step = 0; step < osl; step++) ids = await pass(ids, 1);
    return { prefill_ms: prefillMs, decode_ms: (elapsedMs - prefillMs) / osl };
  } finally {
    decoder.dispose();
  }
}

/** Times do not depend on which tokens there are. */
function prompts(count: number, vocabulary: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i % vocabulary);
}

/** All weights, and of the model that has most of them the keys and values, twice as a cache grows, and the work of one layer. */
function peakBytes(architectures: readonly Architecture[], { batch, isl, osl }: Spec): number {
  const weights = architectures.reduce((sum, architecture) => sum + architectureParams(architecture) * BYTES, 0);
  const working = architectures.map(({ shape, blocks }) => {
    const perToken = blocks.map(({ attention }) => kvBytesPerToken(shape, attention, BYTES));
    const width = Math.max(0, ...blocks.map(({ ffn }) => (ffn.kind === 'swiglu' ? ffn.intermediate_size : 0)));
    const layer = BYTES * batch * isl * (4 * shape.hidden_size + Math.max(3 * width, shape.num_attention_heads * (4 * shape.head_dim + 2 * isl)));
    return 2 * batch * (isl + osl) * perToken.reduce((sum, bytes) => sum + bytes, 0) + layer + 2 * BYTES * batch * shape.vocab_size;
  });
  return weights + Math.max(...working);
}
