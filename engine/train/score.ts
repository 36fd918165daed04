/**
 * Replace-1-block scores of one layer or span (Puzzle, arXiv 2411.19146): each variant in the otherwise intact
 * parent, judged by the whole model's output. The layers before it are not run again, their output is on disk; the layers
 * behind it run once per variant, from weights that stay on the device where they fit, and otherwise layer by layer with
 * all variants side by side, so that each is uploaded once.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { badInput, WorkbenchError } from '../protocol/errors.ts';
import type { JobOf, LayerScores, Quality } from '../protocol/train.ts';
import { chosenBlock, parseVariantId } from '../protocol/variant.ts';
import { blockParams } from '../architecture/count.ts';
import { memoryUse } from '../tensor/backend/memory_guard.ts';
import { openCheckpoint, type Checkpoint } from '../transformer/checkpoint.ts';
import { downloadTensor, upload } from '../transformer/device_weights.ts';
import { writeAll } from '../transformer/files.ts';
import type { Head } from '../transformer/head.ts';
import type { HostTensor } from '../transformer/host_tensor.ts';
import { Model } from '../transformer/model.ts';
import { isParents, type BlockSource } from './assemble_block.ts';
import { originPath } from './block_files.ts';
import { contributionsPath, readContributions } from './channel_contribution.ts';
import { openData, taskAccuracy, type AnsweredBatch } from './data/index.ts';
import { originFrom, writeOrigin } from './initialise_origin.ts';
import type { JobContext } from './job.ts';
import { QualityMeter } from './quality.ts';
import { BlockOutputs, inSharingOrder, type ScoredBlock } from './score_outputs.ts';
import { openHeldOut, taskPieces, type Piece } from './score_pieces.ts';
import { SavedScores } from './score_saved.ts';
import { layersInWords, spanOf } from './spans.ts';
import { answersOf } from './task_accuracy.ts';

type Spec = JobOf<'score_blocks'>;
type Score = LayerScores['variants'][number];

const GIB = 2 ** 30;

export interface ScoringLimits {
  /** Weights behind the replaced layers stay on the device up to this; beyond, layers are streamed. */
  readonly residentBytes: number;
  /** Hidden states that wait in ordinary memory while layers are streamed: it decides how many variants go side by side. */
  readonly waitingBytes: number;
}

/** Less stays on the device where it shares a wasm heap of 4 GiB with everything else. */
function defaultLimits(): ScoringLimits {
  return { residentBytes: memoryUse().heapBytes === undefined ? 4 * GIB : GIB, waitingBytes: GIB };
}

/**
 * Writes the `LayerScores` to `out`, variants in the order asked for; the parent's own scores 0 without being run.
 * @throws WorkbenchError `bad_input` where activations, trained blocks or variants do not fit the parent.
 */
export async function scoreBlocks(spec: Spec, context: JobContext, limits: ScoringLimits = defaultLimits()): Promise<LayerScores> {
  const parent = await openCheckpoint(context.files, spec.parent);
  try {
    spanOf(spec.parent_layers, parent.layers);
    const data = await openData(context.files, spec.data);
    try {
      const heldOut = await openHeldOut(context.files, spec.activations, data, parent, spec.parent_layers, spec.sequences);
      try {
        if (heldOut.sequences < spec.sequences) {
          context.emit({ kind: 'log', level: 'warning', text: `Scores are over ${heldOut.sequences} sequences, all that are recorded; ${spec.sequences} were asked for.` });
        }
        if (!spec.trained) await putOrigin(spec, context);
        const tasks = spec.tasks ? await taskPieces(data, parent, spec.parent_layers, heldOut.sequences * data.heldOut.length, context) : [];
        return await new Scoring(spec, context, parent, [...heldOut.pieces, ...tasks], limits).run();
      } finally {
        await heldOut.close();
      }
    } finally {
      await data.close();
    }
  } finally {
    await parent.close();
  }
}

/** Without BLD nobody has put beside the blocks what initialisations are made from; whoever composes children needs it there. */
async function putOrigin({ blocks, activations, parent_layers: layers }: Spec, { files }: JobContext): Promise<void> {
  if ((await files.exists(originPath(blocks, layers))) || !(await files.exists(contributionsPath(activations)))) return;
  await writeOrigin(files, blocks, layers, originFrom(await readContributions(files, activations), layers, contributionsPath(activations)));
}

class Scoring {
  readonly #spec: Spec;
  readonly #context: JobContext;
  readonly #parent: Checkpoint;
  readonly #pieces: readonly Piece[];
  readonly #limits: ScoringLimits;
  readonly #source: BlockSource;
  /** Layers behind the replaced ones. */
  readonly #from: number;

  constructor(spec: Spec, context: JobContext, parent: Checkpoint, pieces: readonly Piece[], limits: ScoringLimits) {
    this.#limits = limits;
    this.#spec = spec;
    this.#context = context;
    this.#parent = parent;
    this.#pieces = pieces;
    this.#source = { files: context.files, parent, blocks: spec.blocks, trained: spec.trained };
    this.#from = (spec.parent_layers.at(-1) ?? 0) + 1;
  }

  async run(): Promise<LayerScores> {
    const { files, device } = this.#context;
    const { variants, parent_layers: layers, out } = this.#spec;
    const kept = new SavedScores(files, this.#spec);
    const saved = await kept.read();
    const scores = new Map(saved?.variants.map((score) => [score.variant, score]));
    const resident = this.#suffixFits();
    const model = new Model(this.#parent, { resident });
    const outputs = new BlockOutputs(this.#source, this.#pieces);
    try {
      const parent = saved?.parent ?? (await this.#parentQuality(model));
      const blocks = await this.#blocks();
      for (const { choice } of blocks.filter((block) => this.#isParents(block))) scores.set(choice.variant, { variant: choice.variant, quality: parent, nmse: 0 });
      const waiting = blocks.filter(({ choice }) => !scores.has(choice.variant));
      for (const group of inGroups(waiting, resident ? 1 : this.#atOnce())) {
        const done = blocks.length - waiting.length + waiting.indexOf(group[0] ?? waiting[0] ?? blocks[0]);
        for (const score of await this.#score(group, model, outputs, done, blocks.length)) {
          scores.set(score.variant, score);
          this.#context.emit({ kind: 'cell', layer: layers[0] ?? 0, target: score.variant, value: score.quality.kl_div, measure: 'kl_div' });
        }
        await kept.write(parent, [...scores.values()]);
      }
      this.#progress(blocks.length, blocks.length);
      const result: LayerScores = { parent_layers: [...layers], parent, variants: variants.flatMap((variant) => scores.get(variant) ?? []), device };
      await writeAll(files, out, JSON.stringify(result));
      await kept.remove();
      return result;
    } finally {
      outputs.dispose();
      model.dispose();
    }
  }

  async #blocks(): Promise<readonly ScoredBlock[]> {
    const { variants, parent_layers: layers } = this.#spec;
    const choices = [...new Set(variants)].map((id) => {
      const block = parseVariantId(id);
      if (block === undefined) throw badInput('score_blocks', 'variants', 'variant ids', id);
      return chosenBlock(layers, block);
    });
    return inSharingOrder(this.#source, choices);
  }

  #isParents({ choice }: ScoredBlock): boolean {
    return isParents(this.#parent, choice, 'attention') && isParents(this.#parent, choice, 'ffn');
  }

  #suffixFits(): boolean {
    const { shape, blocks } = this.#parent.architecture;
    const parameters = blocks.slice(this.#from).reduce((sum, block) => sum + blockParams(shape, block), shape.vocab_size * shape.hidden_size);
    return parameters * Float32Array.BYTES_PER_ELEMENT <= this.#limits.residentBytes;
  }

  /** How many variants' states fit into ordinary memory side by side. */
  #atOnce(): number {
    const tokens = this.#pieces.reduce((sum, { ids }) => sum + ids.length, 0);
    const bytes = tokens * this.#parent.architecture.shape.hidden_size * Float32Array.BYTES_PER_ELEMENT;
    return Math.max(1, Math.floor(this.#limits.waitingBytes / bytes));
  }

  async #score(group: readonly ScoredBlock[], model: Model, outputs: BlockOutputs, done: number, total: number): Promise<readonly Score[]> {
    const items = group.flatMap((block) => this.#pieces.map((piece, index) => ({ block, piece, index })));
    const last: HostTensor[] = [];
    const steps = items.length * (this.#parent.layers - this.#from + 2);
    let step = 0;
    const breathe = async (): Promise<void> => {
      step += 1;
      this.#progress(done + (group.length * step) / steps, total);
      await this.#context.breathe();
    };
    await model.pass(
      items.map(({ piece }) => piece),
      {
        from: this.#from,
        input: async (item) => {
          await breathe();
          const { block, index } = found(items[item]);
          return outputs.of(block, index);
        },
        onBoundary: async (boundary, item, x) => {
          if (boundary === this.#parent.layers) last[item] = await downloadTensor(x);
        },
        breathe,
      },
    );
    return model.withHead(async (head) => {
      const scores: Score[] = [];
      for (const [index, block] of group.entries()) {
        const states = last.slice(index * this.#pieces.length, (index + 1) * this.#pieces.length);
        const quality = await this.#quality(states, head, breathe);
        const nmse = outputs.nmse(block);
        if (!Number.isFinite(quality.kl_div) || !Number.isFinite(nmse)) {
          throw new WorkbenchError('bad_input', `${block.choice.variant} in place of ${layersInWords(this.#spec.parent_layers)} gives numbers that are not finite.`, {
            hint: 'Its weights are damaged or training them diverged: train its blocks again with a lower learning rate.',
          });
        }
        scores.push({ variant: block.choice.variant, quality, nmse });
      }
      return scores;
    });
  }

  /** Compared with itself, the parent differs by rounding at most; it is 0 by definition. */
  async #parentQuality(model: Model): Promise<Quality> {
    const last: HostTensor[] = [];
    for (const piece of this.#pieces) last.push(await piece.last());
    const quality = await model.withHead((head) => this.#quality(last, head, () => this.#context.breathe()));
    return { ...quality, kl_div: 0, hidden_cosine: 0 };
  }

  /** `states` by piece, behind the last layer. */
  async #quality(states: readonly HostTensor[], head: Head, breathe: () => Promise<void>): Promise<Quality> {
    const { shape } = this.#parent.architecture;
    const meter = new QualityMeter(shape, head, head);
    const answers: AnsweredBatch[] = [];
    for (const [index, piece] of this.#pieces.entries()) {
      await breathe();
      const hidden = upload(found(states[index])) as tf.Tensor3D;
      try {
        if (piece.kind === 'task') answers.push(await answersOf(shape, head, hidden, piece.batch));
        else await addTo(meter, hidden, await piece.last(), piece);
      } finally {
        hidden.dispose();
      }
    }
    return meter.quality(taskAccuracy(answers));
  }

  #progress(done: number, total: number): void {
    this.#context.emit({ kind: 'progress', done: Math.min(done, total), total, unit: 'variants' });
  }
}

async function addTo(meter: QualityMeter, hidden: tf.Tensor3D, parent: HostTensor, { ids, length }: Piece): Promise<void> {
  const parents = upload(parent) as tf.Tensor3D;
  try {
    await meter.add(hidden, parents, ids, length);
  } finally {
    parents.dispose();
  }
}

function inGroups<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new RangeError('A piece has gone missing.');
  return value;
}
