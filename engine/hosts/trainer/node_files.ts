/**
 * `Files` over Node's file system, with one folder as its root: relative paths stay inside it and may be written, absolute
 * ones are the user's and only read. What is written appears whole or not at all.
 */
import { access, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { badInput, toErrorPayload, WorkbenchError } from '../../protocol/errors.ts';
import type { ByteSink, ByteSource, Files } from '../../transformer/files.ts';
import { AtomicFile, isTemporaryName } from '../../workspace/atomic_write.ts';

/** One call to the operating system moves at most 2 GiB; smaller ones let other work in between. */
const READ_CHUNK_BYTES = 64 * 1024 * 1024;

export function nodeFiles(root: string): Files {
  const readable = (file: string): string => (path.isAbsolute(file) ? file : inside(root, file));
  const writable = (file: string): string => {
    if (!path.isAbsolute(file)) return inside(root, file);
    throw new WorkbenchError('bad_input', `${file} is outside the run's folder, where nothing is written.`);
  };
  return {
    async open(file) {
      const full = readable(file);
      try {
        const handle = await open(full, 'r');
        try {
          const status = await handle.stat();
          if (!status.isFile()) throw badInput(file, '', 'a file', 'a folder or device');
          return new NodeSource(file, handle, status.size);
        } catch (error) {
          await handle.close();
          throw error;
        }
      } catch (error) {
        throw translated(error, file);
      }
    },
    async create(file) {
      const full = writable(file);
      try {
        return new NodeSink(file, await AtomicFile.create(full));
      } catch (error) {
        throw translated(error, file);
      }
    },
    async exists(file) {
      try {
        await access(readable(file));
        return true;
      } catch (error) {
        if (error instanceof WorkbenchError) throw error;
        return false;
      }
    },
    async list(folder) {
      try {
        return (await readdir(readable(folder))).filter((name) => !isTemporaryName(name)).sort();
      } catch (error) {
        if (isCode(error, 'ENOENT')) return [];
        throw translated(error, folder);
      }
    },
    async remove(file) {
      const full = writable(file);
      if (full === path.resolve(root)) throw new WorkbenchError('bad_input', "The run's folder itself is not removed from inside.");
      try {
        await rm(full, { recursive: true, force: true, maxRetries: 3 });
      } catch (error) {
        throw translated(error, file);
      }
    },
  };
}

class NodeSource implements ByteSource {
  readonly path: string;
  readonly size: number;
  readonly #handle: FileHandle;
  #closed = false;

  constructor(file: string, handle: FileHandle, size: number) {
    this.path = file;
    this.size = size;
    this.#handle = handle;
  }

  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    if (offset < 0 || length < 0 || offset + length > this.size) {
      throw badInput(this.path, `bytes ${offset} to ${offset + length}`, 'bytes inside the file', `a file of ${this.size} bytes`);
    }
    const bytes = new Uint8Array(length);
    let done = 0;
    try {
      while (done < length) {
        const { bytesRead } = await this.#handle.read(bytes, done, Math.min(READ_CHUNK_BYTES, length - done), offset + done);
        if (bytesRead === 0) throw badInput(this.path, `byte ${offset + done}`, `${this.size} bytes, as when it was opened`, 'a file that ends here');
        done += bytesRead;
      }
    } catch (error) {
      throw translated(error, this.path);
    }
    return bytes;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#handle.close();
  }
}

class NodeSink implements ByteSink {
  readonly #path: string;
  readonly #file: AtomicFile;

  constructor(file: string, target: AtomicFile) {
    this.#path = file;
    this.#file = target;
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#file.write(bytes);
    } catch (error) {
      throw translated(error, this.#path);
    }
  }

  async commit(): Promise<void> {
    try {
      await this.#file.commit();
    } catch (error) {
      throw translated(error, this.#path);
    }
  }

  abort(): Promise<void> {
    return this.#file.abort();
  }
}

/** @throws WorkbenchError `bad_input` for what would lead out of the folder, on any system. */
function inside(root: string, file: string): string {
  const escapes = file.split(/[/\\]/).includes('..') || /^[a-zA-Z]:/.test(file) || file.startsWith('\\') || file.includes('\0');
  if (escapes) throw badInput(file, '', "a path inside the run's folder", 'one that leads out of it');
  return path.resolve(root, file);
}

function translated(error: unknown, file: string): WorkbenchError {
  if (error instanceof WorkbenchError) return error;
  const { code, message } = toErrorPayload(error);
  if (isCode(error, 'ENOENT')) return new WorkbenchError('not_found', `There is no file ${file}.`, { details: { file } });
  if (isCode(error, 'EISDIR')) return badInput(file, '', 'a file', 'a folder');
  if (isCode(error, 'ENOSPC')) return new WorkbenchError('io', `The disk is full: ${file} could not be written.`, { hint: 'Free space and resume; what was finished is kept.', retryable: true });
  return new WorkbenchError(code, `${file}: ${message}`, { details: { file }, retryable: code === 'io' });
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
