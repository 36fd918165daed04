/**
 * Reads safetensors files tensor by tensor: the header first, then only what is asked for, converted to float32 in pieces,
 * so that beside the result no more than one piece is in memory.
 */
import { badInput, WorkbenchError } from '../protocol/errors.ts';
import { bytesPerElement, isWeightDtype, WEIGHT_DTYPES, widen, type WeightDtype } from './dtypes.ts';
import type { ByteSource, Files } from './files.ts';
import { elementCount, type HostTensor } from './host_tensor.ts';
import { readHeader, shown, type SafetensorsHeader, type TensorEntry } from './safetensors_header.ts';

/** Bytes read and converted at a time: large enough for disks, small beside a weight. */
const PIECE_BYTES = 16 << 20;
/** Unwanted bytes that are read rather than skipped between two wanted rows. */
const GAP_BYTES = 64 << 10;

/** An open file; `close` it. */
export class SafetensorsFile {
  readonly path: string;
  readonly metadata: SafetensorsHeader['metadata'];
  readonly tensors: SafetensorsHeader['tensors'];
  readonly #source: ByteSource;

  private constructor(source: ByteSource, header: SafetensorsHeader) {
    this.path = source.path;
    this.#source = source;
    this.metadata = header.metadata;
    this.tensors = header.tensors;
  }

  /** @throws WorkbenchError `not_found`, or `bad_input` where the file is not what it should be. */
  static async open(files: Files, path: string): Promise<SafetensorsFile> {
    const source = await files.open(path);
    try {
      return new SafetensorsFile(source, await readHeader(source));
    } catch (thrown) {
      await source.close();
      throw thrown;
    }
  }

  /** The whole tensor. @throws WorkbenchError `bad_input` where there is none or its format is not one of weights. */
  async read(name: string): Promise<HostTensor> {
    const { entry, dtype } = this.#entry(name);
    const data = allocated(elementCount(entry.shape), this.path, name);
    await this.#readElements(entry, dtype, 0, data);
    return { shape: entry.shape, data };
  }

  /** Rows `from` to `to` (not included) of the first axis. @throws WorkbenchError `bad_input` where it has no such rows. */
  async readRowRange(name: string, from: number, to: number): Promise<HostTensor> {
    const { entry, dtype } = this.#entry(name);
    const { rows, width } = this.#rows(entry);
    if (!(from >= 0 && from <= to && to <= rows)) throw badInput(this.path, `tensor ${name}`, `rows within 0 to ${rows}`, `${from} to ${to}`);
    const data = allocated((to - from) * width, this.path, name);
    await this.#readElements(entry, dtype, from * width, data);
    return { shape: [to - from, ...entry.shape.slice(1)], data };
  }

  /** The rows of these indices of the first axis, in this order; reads no others. @throws WorkbenchError `bad_input` */
  async readRows(name: string, indices: ArrayLike<number>): Promise<HostTensor> {
    const { entry, dtype } = this.#entry(name);
    const { rows, width } = this.#rows(entry);
    const wanted = Array.from(indices);
    for (const index of wanted) {
      if (!Number.isInteger(index) || index < 0 || index >= rows) throw badInput(this.path, `tensor ${name}`, `rows 0 to ${rows - 1}`, `${index}`);
    }
    const data = allocated(wanted.length * width, this.path, name);
    const rowBytes = Math.max(width * bytesPerElement(dtype), 1);
    const sorted = [...new Set(wanted)].sort((a, b) => a - b);
    const found = new Map<number, Float32Array>();
    for (const { first, last } of nearbyRuns(sorted, Math.ceil(GAP_BYTES / rowBytes), Math.ceil(PIECE_BYTES / rowBytes))) {
      const run = new Float32Array((last - first + 1) * width);
      await this.#readElements(entry, dtype, first * width, run);
      for (const index of sorted) {
        if (index >= first && index <= last) found.set(index, run.subarray((index - first) * width, (index - first + 1) * width));
      }
    }
    for (const [position, index] of wanted.entries()) data.set(found.get(index) ?? [], position * width);
    return { shape: [wanted.length, ...entry.shape.slice(1)], data };
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  #entry(name: string): { readonly entry: TensorEntry; readonly dtype: WeightDtype } {
    const entry = this.tensors.get(name);
    if (entry === undefined) throw badInput(this.path, `tensor ${name}`, 'a tensor of this name', 'none');
    if (!isWeightDtype(entry.dtype)) {
      throw badInput(this.path, `tensor ${name}`, `weights in ${WEIGHT_DTYPES.join(', ')}`, entry.dtype, 'Convert the checkpoint to BF16 or F32 first; quantised weights are not read.');
    }
    return { entry, dtype: entry.dtype };
  }

  #rows(entry: TensorEntry): { readonly rows: number; readonly width: number } {
    const [rows, ...rest] = entry.shape;
    if (rows === undefined) throw badInput(this.path, `tensor ${entry.name}`, 'a tensor with rows', shown(entry.shape));
    return { rows, width: elementCount(rest) };
  }

  /** Fills `target` with the tensor's elements from number `first` on. */
  async #readElements(entry: TensorEntry, dtype: WeightDtype, first: number, target: Float32Array): Promise<void> {
    const size = bytesPerElement(dtype);
    const perPiece = PIECE_BYTES / size;
    for (let done = 0; done < target.length; done += perPiece) {
      const count = Math.min(perPiece, target.length - done);
      widen(dtype, await this.#source.read(entry.offset + (first + done) * size, count * size), target, done);
    }
  }
}

function allocated(elements: number, file: string, name: string): Float32Array<ArrayBuffer> {
  try {
    return new Float32Array(elements);
  } catch {
    throw new WorkbenchError('too_large', `${file}: tensor ${name} needs ${elements * 4} bytes in float32, more than there are.`, {
      details: { file, path: name },
    });
  }
}

/** Consecutive groups of ascending numbers with gaps of at most `maxGap`, spanning at most `maxLength`. */
function nearbyRuns(sorted: readonly number[], maxGap: number, maxLength: number): readonly { readonly first: number; readonly last: number }[] {
  const runs: { first: number; last: number }[] = [];
  for (const value of sorted) {
    const run = runs.at(-1);
    if (run !== undefined && value - run.last <= maxGap && value - run.first < maxLength) run.last = value;
    else runs.push({ first: value, last: value });
  }
  return runs;
}
