/**
 * What replaced blocks are scored on, in pieces that go through the device one after the other: held-out sequences, whose
 * states at any boundary are on disk, and the data's task prompts, whose states the parent has to compute once.
 */
import { badInput } from '../protocol/errors.ts';
import type { Checkpoint } from '../transformer/checkpoint.ts';
import { downloadTensor } from '../transformer/device_weights.ts';
import type { Files } from '../transformer/files.ts';
import type { HostTensor } from '../transformer/host_tensor.ts';
import { Model } from '../transformer/model.ts';
import type { TokenBatch } from '../transformer/token_batch.ts';
import { Boundary, rangesOf, readIndex } from './activations_files.ts';
import { taskBatches, type Data, type TaskBatch, type TaskExample } from './data/index.ts';
import type { JobContext } from './job.ts';

/** Tokens per piece: enough to keep the cores busy, few enough for wide FFNs. */
const PIECE_TOKENS = 2048;
/** Of each task at least, as far as there are so many. */
const LEAST_EXAMPLES = 16;

/** Some held-out sequences. Each of the three is read when it is asked for, [rows, length, hidden]. */
export interface HeldOutPiece extends TokenBatch {
  readonly kind: 'held_out';
  /** Entering the replaced layers. */
  input(): Promise<HostTensor>;
  /** Leaving them in the intact parent. */
  output(): Promise<HostTensor>;
  /** Leaving the parent's last layer. */
  last(): Promise<HostTensor>;
}

export interface TaskPiece extends TokenBatch {
  readonly kind: 'task';
  readonly batch: TaskBatch;
  input(): Promise<HostTensor>;
  last(): Promise<HostTensor>;
}

export type Piece = HeldOutPiece | TaskPiece;

/** Close it. */
export interface HeldOut {
  readonly pieces: readonly HeldOutPiece[];
  readonly sequences: number;
  close(): Promise<void>;
}

/** @throws WorkbenchError `bad_input` where nothing is recorded, or of another model or data. */
export async function openHeldOut(files: Files, folder: string, data: Data, parent: Checkpoint, parentLayers: readonly number[], wanted: number): Promise<HeldOut> {
  const index = await readIndex(files, folder, 'held_out');
  const { length, hidden, layers } = index;
  if (layers !== parent.layers || hidden !== parent.architecture.shape.hidden_size || length !== data.heldOut.length || index.sequences > data.heldOut.count) {
    throw badInput(folder, '', 'activations of this parent on this data', 'others', "Record the parent's activations again.");
  }
  const sequences = Math.min(wanted, index.sequences);
  if (sequences === 0) throw badInput(folder, 'held_out', 'recorded sequences', 'none', 'Record held-out sequences too.');
  const [first = 0] = parentLayers;
  const open: Boundary[] = [];
  try {
    for (const boundary of [first, (parentLayers.at(-1) ?? first) + 1, layers]) open.push(await Boundary.open(files, folder, 'held_out', boundary, index));
    const pieces: HeldOutPiece[] = [];
    for (const indices of rangesOf(sequences, Math.max(1, Math.floor(PIECE_TOKENS / length)))) {
      const shape = [indices.length, length, hidden];
      const states = (boundary: Boundary | undefined) => async (): Promise<HostTensor> => ({ shape, data: (await boundary?.read(indices)) ?? new Float32Array() });
      const [input, output, last] = open.map(states);
      if (input === undefined || output === undefined || last === undefined) throw new RangeError('A boundary is missing.');
      pieces.push({ kind: 'held_out', ids: await data.heldOut.batch(indices), length, input, output, last });
    }
    return { pieces, sequences, close: () => closeAll(open) };
  } catch (thrown) {
    await closeAll(open);
    throw thrown;
  }
}

/**
 * Runs the parent on task prompts, each layer once; states wait in ordinary memory. As every variant goes through all of
 * them, examples are fewer where they would take more than `mostTokens`.
 */
export async function taskPieces(data: Data, parent: Checkpoint, parentLayers: readonly number[], mostTokens: number, context: JobContext): Promise<readonly TaskPiece[]> {
  const examples = evenShare(data.taskExamples, mostTokens);
  const longest = Math.max(1, ...examples.map(({ tokens }) => tokens.length));
  const batches = taskBatches(examples, { rows: Math.max(1, Math.floor(PIECE_TOKENS / longest)), padId: data.eosId });
  if (batches.length === 0) return [];
  const [first = 0] = parentLayers;
  const inputs: HostTensor[] = [];
  const lasts: HostTensor[] = [];
  const model = new Model(parent, { resident: false });
  try {
    await model.pass(batches, {
      onBoundary: async (boundary, index, x) => {
        if (boundary === first) inputs[index] = await downloadTensor(x);
        if (boundary === parent.layers) lasts[index] = await downloadTensor(x);
      },
      breathe: () => context.breathe(),
    });
  } finally {
    model.dispose();
  }
  return batches.map((batch, index) => {
    const input = inputs[index];
    const last = lasts[index];
    if (input === undefined || last === undefined) throw new RangeError('The parent left out a batch.');
    return { kind: 'task', batch, ids: batch.ids, length: batch.length, input: () => Promise.resolve(input), last: () => Promise.resolve(last) };
  });
}

/** Examples of every task, the same number of each and spread over all its levels, of about `mostTokens` tokens in all. */
export function evenShare(examples: readonly TaskExample[], mostTokens: number): readonly TaskExample[] {
  const tokens = examples.reduce((sum, example) => sum + example.tokens.length, 0);
  if (tokens <= mostTokens) return examples;
  return [...new Set(examples.map(({ task }) => task))].flatMap((task) => {
    const own = examples.filter((example) => example.task === task);
    const count = Math.min(own.length, Math.max(LEAST_EXAMPLES, Math.floor((own.length * mostTokens) / tokens)));
    return Array.from({ length: count }, (_, i) => own[Math.floor((i * own.length) / count)] ?? []).flat();
  });
}

async function closeAll(boundaries: readonly Boundary[]): Promise<void> {
  for (const boundary of boundaries) await boundary.close();
}
