/** The teacher's recorded states around one layer or span, for training and for held-out losses. */
import { badInput } from '../protocol/errors.ts';
import type { Files } from '../transformer/files.ts';
import { Boundary, readIndex, type Split } from './activations_files.ts';

/** Entering and leaving the teacher, [rows, length, hidden] each. */
export interface TeacherStates {
  readonly input: Float32Array<ArrayBuffer>;
  readonly output: Float32Array<ArrayBuffer>;
  readonly rows: number;
}

/** One split; close it. */
export class RecordedTeacher {
  readonly sequences: number;
  readonly length: number;
  readonly hidden: number;
  readonly #input: Boundary;
  readonly #output: Boundary;

  private constructor(input: Boundary, output: Boundary) {
    ({ sequences: this.sequences, length: this.length, hidden: this.hidden } = input.index);
    this.#input = input;
    this.#output = output;
  }

  /** @throws WorkbenchError `bad_input` where nothing is recorded. */
  static async open(files: Files, folder: string, split: Split, { first, last }: { readonly first: number; readonly last: number }): Promise<RecordedTeacher> {
    const index = await readIndex(files, folder, split);
    if (index.sequences === 0) throw badInput(`${folder}/${split}`, '', 'recorded sequences', 'none', "Record the parent's activations on both splits.");
    const input = await Boundary.open(files, folder, split, first, index);
    try {
      return new RecordedTeacher(input, await Boundary.open(files, folder, split, last + 1, index));
    } catch (thrown) {
      await input.close();
      throw thrown;
    }
  }

  async read(sequences: readonly number[]): Promise<TeacherStates> {
    return { input: await this.#input.read(sequences), output: await this.#output.read(sequences), rows: sequences.length };
  }

  async close(): Promise<void> {
    await this.#input.close();
    await this.#output.close();
  }
}
