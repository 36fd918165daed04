/**
 * The teacher's half of blockwise distillation, done once: hidden states of the parent at every boundary between layers
 * (Puzzle, arXiv 2411.19146). Layer by layer, so that each block is uploaded once whatever the model's size: a
 * layer reads the file of the boundary before it and writes the next. Contributions of channels and layers come from the
 * same pass over the training sequences.
 */
import * as tf from '@tensorflow/tfjs-core';
import { badInput, WorkbenchError } from '../protocol/errors.ts';
import type { JobOf } from '../protocol/train.ts';
import { forwardAttention, forwardFfn } from '../transformer/block.ts';
import { openCheckpoint, type Checkpoint } from '../transformer/checkpoint.ts';
import { disposeWeights, uploadBlock, type DeviceWeights } from '../transformer/device_weights.ts';
import { readText, writeAll } from '../transformer/files.ts';
import { disposeRope, ropeTables, type RopeTables } from '../transformer/rope.ts';
import { refuseLongerThanWindow } from '../transformer/unsupported.ts';
import { Boundary, boundaryBytes, boundaryPath, rangesOf, writeIndex, type Split } from './activations_files.ts';
import { channelActivity, ContributionMeter, contributionsPath, readContributions, writeContributions, type LayerContribution } from './channel_contribution.ts';
import { openData, type TokenSet } from './data/index.ts';
import type { JobContext } from './job.ts';

/** More than this on disk is refused; a billion numbers are 3.7 GiB. */
const DISK_LIMIT_BYTES = 256 * 2 ** 30;
/** Tokens per piece of work; small enough for the states of a wide model. */
const TOKENS_AT_ONCE = 2048;

type Spec = JobOf<'record_activations'>;

interface Recording {
  readonly split: Split;
  readonly tokens: TokenSet;
  readonly sequences: number;
}

/** @throws WorkbenchError `too_large` naming the disk space; `bad_input` where the data does not suit the parent. */
export async function recordActivations(spec: Spec, context: JobContext): Promise<{ readonly bytes: number; readonly tokens: number }> {
  const parent = await openCheckpoint(context.files, spec.parent);
  try {
    const data = await openData(context.files, spec.data);
    try {
      refuseLongerThanWindow(parent.architecture, data.train.length);
      const wanted: readonly (readonly [Split, TokenSet, number])[] = [
        ['train', data.train, spec.train_sequences],
        ['held_out', data.heldOut, spec.held_out_sequences],
      ];
      const recordings = wanted.map(([split, tokens, count]) => {
        if (tokens.count >= count) return { split, tokens, sequences: count };
        context.emit({ kind: 'log', level: 'warning', text: `There are only ${tokens.count} ${split} sequences; ${count} were to be recorded.` });
        return { split, tokens, sequences: tokens.count };
      });
      return await new Recorder(spec, context, parent, recordings).record();
    } finally {
      await data.close();
    }
  } finally {
    await parent.close();
  }
}

export class Recorder {
  readonly #spec: Spec;
  readonly #context: JobContext;
  readonly #parent: Checkpoint;
  readonly #recordings: readonly Recording[];
  readonly #length: number;
  readonly #perPiece: number;
  #done = 0;

  constructor(spec: Spec, context: JobContext, parent: Checkpoint, recordings: readonly Recording[]) {
    this.#spec = spec;
    this.#context = context;
    this.#parent = parent;
    this.#recordings = recordings;
    this.#length = recordings[0]?.tokens.length ?? 0;
    this.#perPiece = Math.max(1, Math.floor(TOKENS_AT_ONCE / this.#length));
  }

  async record(): Promise<{ readonly bytes: number; readonly tokens: number }> {
    const { files } = this.#context;
    const { out } = this.#spec;
    const layers = this.#parent.layers;
    const sequences = this.#recordings.reduce((sum, recording) => sum + recording.sequences, 0);
    const tokens = sequences * this.#length;
    const bytes = boundaryBytes({ sequences, length: this.#length, hidden: this.#hidden }) * (layers + 1);
    this.#checkSize(bytes);
    await this.#startOver();
    for (const recording of this.#recordings) {
      if (!(await this.#has(recording, 0))) await this.#embed(recording);
      this.#progress();
    }
    const rope = ropeTables(this.#parent.architecture.shape, this.#length);
    try {
      const known = (await files.exists(contributionsPath(out))) ? await readContributions(files, out) : [];
      const contributions = [...known];
      for (let layer = 0; layer < layers; layer++) await this.#layer(layer, contributions, rope);
    } finally {
      disposeRope(rope);
    }
    for (const { split, sequences: count } of this.#recordings) {
      await writeIndex(files, out, split, { sequences: count, length: this.#length, hidden: this.#hidden, layers });
    }
    return { bytes, tokens };
  }

  get #hidden(): number {
    return this.#parent.architecture.shape.hidden_size;
  }

  #checkSize(bytes: number): void {
    if (bytes <= DISK_LIMIT_BYTES) return;
    const gib = (value: number): string => `${(value / 2 ** 30).toFixed(0)} GiB`;
    throw new WorkbenchError('too_large', `Recording ${this.#recordings.map(({ sequences, split }) => `${sequences} ${split} sequences`).join(' and ')} of ${this.#length} tokens at ${this.#parent.layers + 1} boundaries takes ${gib(bytes)} on disk; ${gib(DISK_LIMIT_BYTES)} is the most.`, {
      hint: 'Record fewer or shorter sequences.',
      details: { expected: `at most ${gib(DISK_LIMIT_BYTES)}`, found: gib(bytes) },
    });
  }

  /** Files of an earlier attempt are kept only where they were made by the same specification. */
  async #startOver(): Promise<void> {
    const { files } = this.#context;
    const marker = `${this.#spec.out}/recording.json`;
    const wanted = JSON.stringify(this.#spec);
    if ((await files.exists(marker)) && (await readText(files, marker)) === wanted) return;
    await files.remove(this.#spec.out);
    await writeAll(files, marker, wanted);
  }

  async #has({ split, sequences }: Recording, boundary: number): Promise<boolean> {
    const { files } = this.#context;
    if (!(await files.exists(boundaryPath(this.#spec.out, split, boundary)))) return false;
    const source = await files.open(boundaryPath(this.#spec.out, split, boundary));
    await source.close();
    return source.size === boundaryBytes(this.#shapeOf(sequences));
  }

  #shapeOf(sequences: number): { readonly sequences: number; readonly length: number; readonly hidden: number } {
    return { sequences, length: this.#length, hidden: this.#hidden };
  }

  async #embed(recording: Recording): Promise<void> {
    const { vocab_size: vocabulary } = this.#parent.architecture.shape;
    await this.#write(recording, 0, async (indices) => {
      const ids = await recording.tokens.batch(indices);
      const stray = ids.find((id) => id < 0 || id >= vocabulary);
      if (stray !== undefined) {
        throw badInput(this.#spec.data, recording.split, `tokens of the parent's vocabulary of ${vocabulary}`, String(stray), "Prepare the data with the parent's own tokenizer.");
      }
      return (await this.#parent.embeddingRows(ids)).data;
    });
  }

  /** Writes both splits' boundary behind `layer`, and its contributions first. */
  async #layer(layer: number, contributions: LayerContribution[], rope: RopeTables): Promise<void> {
    const complete = (await Promise.all(this.#recordings.map((recording) => this.#has(recording, layer + 1)))).every(Boolean);
    if (!complete || contributions.length <= layer) {
      const host = await this.#parent.block(layer);
      const weights = uploadBlock(host);
      try {
        for (const recording of this.#recordings) {
          const meter = recording.split === 'train' ? new ContributionMeter() : undefined;
          await this.#advance(recording, layer, weights, rope, meter);
          if (meter === undefined) continue;
          contributions[layer] = meter.contribution(host['mlp.down_proj.weight']);
          await writeContributions(this.#context.files, this.#spec.out, contributions);
        }
      } finally {
        disposeWeights(weights);
      }
    }
    this.#progress();
  }

  async #advance({ split, sequences, tokens }: Recording, layer: number, weights: DeviceWeights, rope: RopeTables, meter: ContributionMeter | undefined): Promise<void> {
    const { files } = this.#context;
    const { shape, blocks } = this.#parent.architecture;
    const block = blocks[layer];
    if (block === undefined) throw new RangeError(`There is no layer ${layer}.`);
    const before = await Boundary.open(files, this.#spec.out, split, layer, this.#shapeOf(sequences));
    try {
      await this.#write({ split, sequences, tokens }, layer + 1, async (indices) => {
        const states = await before.read(indices);
        const { y, activity, change } = tf.tidy(() => {
          const x = tf.tensor3d(states, [indices.length, this.#length, this.#hidden]);
          const attended = forwardAttention(shape, block.attention, weights, x, rope);
          const y = forwardFfn(shape, block.ffn, weights, attended);
          const counted = meter?.wantsMore === true;
          return {
            y,
            ...(counted && { change: tf.sum(tf.square(tf.sub(y, x))) }),
            ...(counted && block.ffn.kind === 'swiglu' && { activity: channelActivity(shape, weights, attended) }),
          };
        });
        try {
          if (change !== undefined) meter?.add((await change.data())[0] ?? 0, await activity?.data<'float32'>(), indices.length * this.#length);
          return Float32Array.from(await y.data());
        } finally {
          tf.dispose([y, ...(activity === undefined ? [] : [activity]), ...(change === undefined ? [] : [change])]);
        }
      });
    } finally {
      await before.close();
    }
  }

  /** The file of one boundary, piece by piece. */
  async #write({ split, sequences }: Recording, boundary: number, states: (indices: readonly number[]) => Promise<Float32Array<ArrayBuffer>>): Promise<void> {
    const sink = await this.#context.files.create(boundaryPath(this.#spec.out, split, boundary));
    try {
      for (const indices of rangesOf(sequences, this.#perPiece)) {
        await this.#context.breathe();
        await sink.write(new Uint8Array((await states(indices)).buffer));
      }
      await sink.commit();
    } finally {
      await sink.abort();
    }
  }

  #progress(): void {
    this.#done += 1;
    this.#context.emit({ kind: 'progress', done: this.#done, total: this.#recordings.length + this.#parent.layers, unit: 'layers' });
  }
}
