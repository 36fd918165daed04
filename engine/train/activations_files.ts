/**
 * Recorded hidden states of the parent: per split one file for each boundary between layers, raw little-endian float32
 * [sequences, length, hidden], and an index that is written last. Boundary i enters layer i; the last one leaves the last layer.
 */
import { z } from 'zod';
import { badInput } from '../protocol/errors.ts';
import type { Checkpoint } from '../transformer/checkpoint.ts';
import { writeAll, type ByteSource, type Files } from '../transformer/files.ts';
import { readJsonObject } from '../transformer/json_file.ts';

export type Split = 'train' | 'held_out';

const indexSchema = z.object({
  sequences: z.number().int().nonnegative(),
  length: z.number().int().positive(),
  hidden: z.number().int().positive(),
  layers: z.number().int().positive(),
});
/** Sequences are the first ones of the split. */
export type ActivationsIndex = z.infer<typeof indexSchema>;

export function boundaryPath(folder: string, split: Split, boundary: number): string {
  return `${folder}/${split}/boundary_${boundary}.f32`;
}

export function indexPath(folder: string, split: Split): string {
  return `${folder}/${split}/index.json`;
}

export function boundaryBytes({ sequences, length, hidden }: Omit<ActivationsIndex, 'layers'>): number {
  return sequences * length * hidden * Float32Array.BYTES_PER_ELEMENT;
}

export function writeIndex(files: Files, folder: string, split: Split, index: ActivationsIndex): Promise<void> {
  return writeAll(files, indexPath(folder, split), JSON.stringify(index));
}

/** @throws WorkbenchError `bad_input` where nothing is recorded there, or not completely. */
export async function readIndex(files: Files, folder: string, split: Split): Promise<ActivationsIndex> {
  const path = indexPath(folder, split);
  const missing = (found: string) => badInput(path, '', 'an index of recorded activations', found, "Record the parent's activations first.");
  if (!(await files.exists(path))) throw missing('no such file');
  const parsed = indexSchema.safeParse(await readJsonObject(files, path));
  if (!parsed.success) throw missing(parsed.error.issues[0]?.message ?? 'something else');
  return parsed.data;
}

/** @throws WorkbenchError `bad_input` where activations are of a model of another width or depth than the parent's. */
export async function refuseForeignActivations(files: Files, folder: string, parent: Pick<Checkpoint, 'layers' | 'architecture'>): Promise<void> {
  const { hidden_size: width } = parent.architecture.shape;
  for (const split of ['train', 'held_out'] as const) {
    const { layers, hidden } = await readIndex(files, folder, split);
    if (layers === parent.layers && hidden === width) continue;
    throw badInput(indexPath(folder, split), '', `activations of this parent, ${parent.layers} layers of width ${width}`, `${layers} layers of width ${hidden}`, "Record the parent's activations again.");
  }
}

/** One boundary of one split, open for random access; close it. */
export class Boundary {
  readonly index: Omit<ActivationsIndex, 'layers'>;
  readonly #source: ByteSource;

  constructor(source: ByteSource, index: Omit<ActivationsIndex, 'layers'>) {
    this.#source = source;
    this.index = index;
  }

  /** @throws WorkbenchError `bad_input` where the file is not of the size that the index says. */
  static async open(files: Files, folder: string, split: Split, boundary: number, index: Omit<ActivationsIndex, 'layers'>): Promise<Boundary> {
    const source = await files.open(boundaryPath(folder, split, boundary));
    const expected = boundaryBytes(index);
    if (source.size === expected) return new Boundary(source, index);
    await source.close();
    throw badInput(source.path, '', `${expected} bytes`, `${source.size}`, "Record the parent's activations again.");
  }

  /** Hidden states of these sequences, in this order: [indices, length, hidden] row-major. */
  async read(indices: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
    const { length, hidden } = this.index;
    const perSequence = length * hidden;
    const result = new Float32Array(indices.length * perSequence);
    const bytes = new Uint8Array(result.buffer);
    const size = perSequence * Float32Array.BYTES_PER_ELEMENT;
    for (let i = 0; i < indices.length; ) {
      // Runs of neighbours are one read.
      let run = 1;
      while (i + run < indices.length && indices[i + run] === (indices[i] ?? 0) + run) run++;
      bytes.set(await this.#source.read((indices[i] ?? 0) * size, run * size), i * size);
      i += run;
    }
    return result;
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}

/** Hidden states of some sequences at one boundary, [indices, length, hidden] row-major. */
export async function readBoundary(files: Files, folder: string, split: Split, boundary: number, indices: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
  const open = await Boundary.open(files, folder, split, boundary, await readIndex(files, folder, split));
  try {
    return await open.read(indices);
  } finally {
    await open.close();
  }
}

/** Numbers 0 .. count - 1 in pieces of at most `size`. */
export function rangesOf(count: number, size: number): readonly (readonly number[])[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, piece) => Array.from({ length: Math.min(size, count - piece * size) }, (_, i) => piece * size + i));
}
