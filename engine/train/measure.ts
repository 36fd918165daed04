/**
 * How long each sub-block takes on this machine, prompts (prefill) and generated tokens (decode) apart, as Puzzle measures its
 * library (arXiv 2411.19146). Repeats go through all variants in turn, so that drift of the machine meets all of
 * them alike, and the median counts. Times do not depend on the weights' values, so made-up ones serve.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { BlockTimes, JobOf } from '../protocol/train.ts';
import { attentionId, ffnId, type Attention, type Ffn, type ModelShape } from '../protocol/variant.ts';
import { requireMemory } from '../tensor/backend/memory_guard.ts';
import { forwardAttention, forwardCachedBlock, forwardFfn, type KvCache } from '../transformer/block.ts';
import { openCheckpoint, type Checkpoint } from '../transformer/checkpoint.ts';
import type { DeviceWeights } from '../transformer/device_weights.ts';
import { writeAll } from '../transformer/files.ts';
import { logitsOf } from '../transformer/head.ts';
import { elementCount, type HostWeights } from '../transformer/host_tensor.ts';
import { Model } from '../transformer/model.ts';
import { disposeRope, ropeTables, type RopeTables } from '../transformer/rope.ts';
import { blockWeightShapes } from '../transformer/weights.ts';
import type { JobContext } from './job.ts';
import { median, quartiles } from './measure_quantiles.ts';
import { WeightCache } from './weight_cache.ts';

type Spec = JobOf<'measure_blocks'>;

/** Weights that stay on the device between repeats; others are uploaded again, outside the clock. */
const CACHE_BYTES = 2 ** 30;
/** A reading shorter than this repeats its work inside, so that the clock and the call around it do not count. */
const SHORTEST_READING_MS = 12;
const MOST_RUNS_PER_READING = 64;
/** The middle half of a block's readings lies within this share of their median, on a machine that does nothing else. */
const STEADY_SPREAD = 0.1;
const NO_OP = { kind: 'no_op' } as const;

type Phase = 'prefill_ms' | 'decode_ms';

interface Subject {
  readonly part: 'attention' | 'ffn' | 'non_block';
  readonly id: string;
  readonly phase: Phase;
  /** Does the work so many times, waits until the device is done, and says how many milliseconds that took in all. */
  run(times: number): Promise<number>;
  runs: number;
  readonly readingsMs: number[];
}

/** Writes the `BlockTimes` to `out`. @throws WorkbenchError `too_large` where a batch does not fit the device. */
export async function measureBlocks(spec: Spec, context: JobContext): Promise<BlockTimes> {
  const parent = await openCheckpoint(context.files, spec.parent);
  const bench = new Bench(spec, parent, context);
  try {
    const subjects = bench.subjects();
    // One round more than asked for: the first warms up, and says how often work must be repeated inside a reading.
    for (let round = 0; round <= spec.repeats; round++) {
      for (const subject of subjects) {
        await context.breathe();
        await read(subject, round === 0);
      }
      context.emit({ kind: 'progress', done: round, total: spec.repeats, unit: 'repeats' });
    }
    warnOfSpread(subjects, context);
    const times = timesOf(spec, subjects, context);
    await writeAll(context.files, spec.out, JSON.stringify(times));
    return times;
  } finally {
    bench.dispose();
    await parent.close();
  }
}

async function read(subject: Subject, warmUp: boolean): Promise<void> {
  if (warmUp) await subject.run(1);
  const elapsed = await subject.run(subject.runs);
  if (!warmUp) subject.readingsMs.push(elapsed / subject.runs);
  else subject.runs = Math.min(MOST_RUNS_PER_READING, Math.max(1, Math.ceil(SHORTEST_READING_MS / Math.max(elapsed, 1e-3))));
}

/** Whoever compares variants by these times should know where the machine did other things meanwhile. */
function warnOfSpread(subjects: readonly Subject[], context: JobContext): void {
  const spreads = subjects.map(({ readingsMs }) => {
    const [lower, upper] = quartiles(readingsMs);
    return (upper - lower) / median(readingsMs);
  });
  const spread = median(spreads);
  if (spread <= STEADY_SPREAD) return;
  context.emit({
    kind: 'log',
    level: 'warning',
    text: `Times of one block differ by ${Math.round(100 * spread)} % from round to round: the machine was busy. Limits on runtime mean little with them; a run made while nothing else computes has better ones.`,
  });
}

function timesOf({ attentions, ffns, batch, isl, osl }: Spec, subjects: readonly Subject[], { device }: JobContext): BlockTimes {
  const time = (part: Subject['part'], id: string, phase: Phase): number => {
    const found = subjects.find((subject) => subject.part === part && subject.id === id && subject.phase === phase);
    return found === undefined ? 0 : median(found.readingsMs);
  };
  const both = (part: Subject['part'], id: string) => ({ prefill_ms: time(part, id, 'prefill_ms'), decode_ms: time(part, id, 'decode_ms') });
  return {
    device,
    batch,
    isl,
    osl,
    attention: Object.fromEntries(attentions.map((attention) => [attentionId(attention), both('attention', attentionId(attention))])),
    ffn: Object.fromEntries(ffns.map((ffn) => [ffnId(ffn), both('ffn', ffnId(ffn))])),
    non_block: both('non_block', ''),
  };
}

/** Everything on the device that measuring takes. */
class Bench {
  readonly #spec: Spec;
  readonly #shape: ModelShape;
  readonly #clock: Pick<JobContext, 'now'>;
  readonly #model: Model;
  readonly #cache = new WeightCache(CACHE_BYTES);
  readonly #ropes: Readonly<Record<Phase, RopeTables>>;
  /** States [batch, tokens, hidden] that enter a block. */
  readonly #states: Readonly<Record<Phase, tf.Tensor3D>>;

  constructor(spec: Spec, parent: Checkpoint, clock: Pick<JobContext, 'now'>) {
    const { batch, isl } = spec;
    const { shape } = parent.architecture;
    this.#spec = spec;
    this.#shape = shape;
    this.#clock = clock;
    requireMemory(`Measuring prompts of ${batch} x ${isl} tokens`, prefillBytes(shape, spec), 'Measure a smaller batch or shorter prompts.');
    this.#model = new Model(parent, { resident: 2 * shape.vocab_size * shape.hidden_size * Float32Array.BYTES_PER_ELEMENT <= CACHE_BYTES / 2 });
    this.#ropes = { prefill_ms: ropeTables(shape, isl), decode_ms: ropeTables(shape, 1, this.#context) };
    this.#states = { prefill_ms: madeUp([batch, isl, shape.hidden_size]) as tf.Tensor3D, decode_ms: madeUp([batch, 1, shape.hidden_size]) as tf.Tensor3D };
  }

  /** What takes no time has no subject. */
  subjects(): readonly Subject[] {
    const { attentions, ffns } = this.#spec;
    const phases = ['prefill_ms', 'decode_ms'] as const;
    const subject = (part: Subject['part'], id: string, phase: Phase, run: Subject['run']): Subject => ({ part, id, phase, run, runs: 1, readingsMs: [] });
    return phases.flatMap((phase) => [
      ...attentions.flatMap((attention) => (attention.kind === 'no_op' ? [] : [subject('attention', attentionId(attention), phase, (times) => this.#attention(attention, phase, times))])),
      ...ffns.flatMap((ffn) => (ffn.kind === 'no_op' ? [] : [subject('ffn', ffnId(ffn), phase, (times) => this.#ffn(ffn, phase, times))])),
      subject('non_block', '', phase, (times) => this.#outside(phase, times)),
    ]);
  }

  dispose(): void {
    this.#cache.dispose();
    this.#model.dispose();
    for (const rope of Object.values(this.#ropes)) disposeRope(rope);
    tf.dispose(Object.values(this.#states));
  }

  /** Tokens in the KV cache half-way through generation. */
  get #context(): number {
    return this.#spec.isl + Math.floor(this.#spec.osl / 2);
  }

  #attention(attention: Attention, phase: Phase, times: number): Promise<number> {
    const x = this.#states[phase];
    const rope = this.#ropes[phase];
    return this.#with({ attention, ffn: NO_OP }, async (weights) => {
      if (phase === 'prefill_ms' || attention.kind !== 'gqa') return this.#repeat(times, () => forwardAttention(this.#shape, attention, weights, x, rope));
      const size: [number, number, number, number] = [this.#spec.batch, attention.kv_heads, this.#context, this.#shape.head_dim];
      const past: KvCache = { k: madeUp(size) as tf.Tensor4D, v: madeUp(size) as tf.Tensor4D };
      try {
        return await this.#repeat(times, () => forwardCachedBlock(this.#shape, { attention, ffn: NO_OP }, weights, x, rope, past).output);
      } finally {
        tf.dispose([past.k, past.v]);
      }
    });
  }

  #ffn(ffn: Ffn, phase: Phase, times: number): Promise<number> {
    return this.#with({ attention: NO_OP, ffn }, (weights) => this.#repeat(times, () => forwardFfn(this.#shape, ffn, weights, this.#states[phase])));
  }

  /** Embedding of all tokens of the pass, final norm and head for the last one of each sequence. */
  async #outside(phase: Phase, times: number): Promise<number> {
    const { batch, isl } = this.#spec;
    const length = phase === 'prefill_ms' ? isl : 1;
    const ids = Int32Array.from({ length: batch * length }, (_, i) => i % this.#shape.vocab_size);
    return this.#model.withHead(async (head) => {
      const start = this.#clock.now();
      for (let time = 0; time < times; time++) {
        const x = await this.#model.embed({ ids, length });
        const last = tf.slice(x, [0, length - 1, 0], [-1, 1, -1]);
        const logits = await logitsOf(this.#shape, head, last);
        try {
          if (time === times - 1) await settled(logits);
        } finally {
          tf.dispose([x, last, logits]);
        }
      }
      return this.#clock.now() - start;
    });
  }

  async #repeat(times: number, work: () => tf.Tensor): Promise<number> {
    const start = this.#clock.now();
    for (let time = 0; time < times; time++) {
      const output = tf.tidy(work);
      try {
        if (time === times - 1) await settled(output);
      } finally {
        output.dispose();
      }
    }
    return this.#clock.now() - start;
  }

  /** The clock starts inside `work`: uploading is no part of a reading. */
  #with(block: { readonly attention: Attention; readonly ffn: Ffn }, work: (weights: DeviceWeights) => Promise<number>): Promise<number> {
    return this.#cache.use(`${attentionId(block.attention)}/${ffnId(block.ffn)}`, () => Promise.resolve(madeUpWeights(this.#shape, block)), work);
  }
}

/** Waits until the tensor is computed, reading one number of it. */
async function settled(tensor: tf.Tensor): Promise<void> {
  const one = tf.tidy(() => tf.slice(tf.reshape(tensor, [-1]), [0], [1]));
  try {
    await one.data();
  } finally {
    one.dispose();
  }
}

function prefillBytes({ hidden_size: hidden, num_attention_heads: heads, head_dim: headDim }: ModelShape, { batch, isl, ffns }: Spec): number {
  const width = Math.max(0, ...ffns.map((ffn) => (ffn.kind === 'swiglu' ? ffn.intermediate_size : 0)));
  return CACHE_BYTES + Float32Array.BYTES_PER_ELEMENT * batch * isl * (4 * hidden + Math.max(3 * width, heads * (4 * headDim + 2 * isl)));
}

function madeUpWeights(shape: ModelShape, block: { readonly attention: Attention; readonly ffn: Ffn }): HostWeights {
  return Object.fromEntries(Object.entries(blockWeightShapes(shape, block)).map(([name, size]) => [name, { shape: size, data: madeUpValues(elementCount(size)) }]));
}

function madeUp(shape: readonly number[]): tf.Tensor {
  return tf.tensor(madeUpValues(elementCount(shape)), [...shape], 'float32');
}

/** Ordinary numbers around 0, none of them so small that processors take longer with it. */
function madeUpValues(count: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = 0.02 * (((Math.imul(i + 1, 0x9e3779b1) >>> 8) & 0xffff) / 0xffff - 0.499);
  return values;
}
