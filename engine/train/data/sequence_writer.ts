/**
 * Packs documents into sequences of equal length: one document behind the other with the end token after each, cut wherever
 * a sequence is full. Nothing is padded and nothing lost but what does not fill the last sequence.
 */
import type { ByteSink, Files } from '../../transformer/files.ts';
import { Crc32 } from './crc32.ts';
import type { TokenFile } from './data_format.ts';

export interface PackingOptions {
  /** Tokens per sequence. */
  readonly length: number;
  /** Sequences after which the file is full. */
  readonly sequences: number;
  readonly eosId: number;
  readonly bytesPerToken: 2 | 4;
}

/** Tokens held back before they are written. */
const BUFFERED_TOKENS = 1 << 16;

export class SequenceWriter {
  readonly #sink: ByteSink;
  readonly #name: string;
  readonly #options: PackingOptions;
  readonly #crc = new Crc32();
  readonly #buffer: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  #buffered = 0;
  #flushed = 0;
  #documents = 0;

  private constructor(sink: ByteSink, name: string, options: PackingOptions) {
    this.#sink = sink;
    this.#name = name;
    this.#options = options;
    // Whole sequences, so that a flush never writes part of one.
    const size = Math.ceil(BUFFERED_TOKENS / options.length) * options.length;
    this.#buffer = options.bytesPerToken === 2 ? new Uint16Array(size) : new Uint32Array(size);
  }

  /** Writes `name` in `folder` once finished. */
  static async create(files: Files, folder: string, name: string, options: PackingOptions): Promise<SequenceWriter> {
    return new SequenceWriter(await files.create(`${folder}/${name}`), name, options);
  }

  get tokens(): number {
    return this.#flushed + this.#buffered;
  }

  get full(): boolean {
    return this.tokens >= this.#options.sequences * this.#options.length;
  }

  /** Adds a document and the end token, or as much as there is room for. */
  async add(document: ArrayLike<number>): Promise<void> {
    if (this.full) return;
    this.#documents++;
    const { sequences, length, eosId } = this.#options;
    const count = Math.min(document.length + 1, sequences * length - this.tokens);
    for (let i = 0; i < count; i++) {
      this.#buffer[this.#buffered++] = i < document.length ? (document[i] ?? 0) : eosId;
      if (this.#buffered === this.#buffer.length) await this.#flush();
    }
  }

  /** Drops what fills no sequence and puts the file in place. */
  async finish(): Promise<TokenFile> {
    this.#buffered -= this.#buffered % this.#options.length;
    await this.#flush();
    await this.#sink.commit();
    const tokens = this.#flushed;
    return { file: this.#name, sequences: tokens / this.#options.length, tokens, documents: this.#documents, crc32: this.#crc.digits };
  }

  /** Leaves nothing behind; harmless after `finish`. */
  abort(): Promise<void> {
    return this.#sink.abort();
  }

  async #flush(): Promise<void> {
    const bytes = new Uint8Array(this.#buffer.buffer, 0, this.#buffered * this.#options.bytesPerToken);
    this.#crc.add(bytes);
    // The buffer is used again, so the sink gets bytes of its own.
    if (bytes.length > 0) await this.#sink.write(bytes.slice());
    this.#flushed += this.#buffered;
    this.#buffered = 0;
  }
}
