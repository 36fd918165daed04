/**
 * Where tensor code gets its bytes from: a host hands these in, so that the same code runs on Node's file system and in a
 * page. A relative path is inside the job's own folder; an absolute one is a file of the user's, which is only read.
 */

/** Random access to one file. */
export interface ByteSource {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `offset`; @throws WorkbenchError `bad_input` where the file has fewer. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** A file being written: it appears under its name, whole and durable, when committed, and never otherwise. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>;
  commit(): Promise<void>;
  /** Leaves nothing behind; harmless after commit. */
  abort(): Promise<void>;
}

export interface Files {
  /** @throws WorkbenchError `not_found` naming the path. */
  open(path: string): Promise<ByteSource>;
  create(path: string): Promise<ByteSink>;
  exists(path: string): Promise<boolean>;
  /** Names of the entries of a folder, sorted; empty where there is none. */
  list(folder: string): Promise<readonly string[]>;
  /** Removes a file or a folder with all in it; nothing happens where there is none. */
  remove(path: string): Promise<void>;
}

export async function readAll(files: Files, path: string): Promise<Uint8Array<ArrayBuffer>> {
  const source = await files.open(path);
  try {
    return await source.read(0, source.size);
  } finally {
    await source.close();
  }
}

export async function readText(files: Files, path: string): Promise<string> {
  return new TextDecoder().decode(await readAll(files, path));
}

export async function writeAll(files: Files, path: string, content: Uint8Array | string): Promise<void> {
  const sink = await files.create(path);
  try {
    await sink.write(typeof content === 'string' ? new TextEncoder().encode(content) : content);
    await sink.commit();
  } finally {
    await sink.abort();
  }
}
