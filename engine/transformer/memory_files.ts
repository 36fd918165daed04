/**
 * Files that live in memory: for tests, and for pages, where there is no file system. The promises of `Files` hold: a
 * file appears when it is committed, whole, and never otherwise.
 */
import { badInput, WorkbenchError } from '../protocol/errors.ts';
import type { ByteSink, ByteSource, Files } from './files.ts';

export class MemoryFiles implements Files {
  readonly #content = new Map<string, Uint8Array<ArrayBuffer>>();
  /** Bytes asked of `read` so far, by path: how tests see what was not read. */
  readonly bytesRead = new Map<string, number>();

  /** `initial` is content by path. */
  constructor(initial: Readonly<Record<string, Uint8Array | string>> = {}) {
    for (const [path, content] of Object.entries(initial)) this.put(path, content);
  }

  /** Every file's path, sorted. */
  get paths(): readonly string[] {
    return [...this.#content.keys()].sort();
  }

  /** What is under `path` now. @throws WorkbenchError `not_found` */
  content(path: string): Uint8Array<ArrayBuffer> {
    const content = this.#content.get(normal(path));
    if (content === undefined) throw new WorkbenchError('not_found', `There is no file ${path}.`, { details: { file: path } });
    return content;
  }

  put(path: string, content: Uint8Array | string): void {
    this.#content.set(normal(path), typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content));
  }

  open(path: string): Promise<ByteSource> {
    return Promise.resolve().then(() => {
      const content = this.content(path);
      return {
        path,
        size: content.length,
        read: (offset, length) =>
          Promise.resolve().then(() => {
            if (offset < 0 || length < 0 || offset + length > content.length) {
              throw badInput(path, '', `${length} bytes at ${offset}`, `a file of ${content.length} bytes`);
            }
            this.bytesRead.set(normal(path), (this.bytesRead.get(normal(path)) ?? 0) + length);
            return content.slice(offset, offset + length);
          }),
        close: () => Promise.resolve(),
      } satisfies ByteSource;
    });
  }

  create(path: string): Promise<ByteSink> {
    let parts: Uint8Array[] | undefined = [];
    return Promise.resolve({
      write: (bytes) =>
        Promise.resolve().then(() => {
          if (parts === undefined) throw new WorkbenchError('internal', `${path} is already complete.`);
          parts.push(new Uint8Array(bytes));
        }),
      commit: () =>
        Promise.resolve().then(() => {
          if (parts === undefined) throw new WorkbenchError('internal', `${path} is already complete.`);
          this.#content.set(normal(path), joined(parts));
          parts = undefined;
        }),
      abort: () => {
        parts = undefined;
        return Promise.resolve();
      },
    });
  }

  exists(path: string): Promise<boolean> {
    const wanted = normal(path);
    return Promise.resolve(this.#content.has(wanted) || this.paths.some((name) => name.startsWith(`${wanted}/`)));
  }

  list(folder: string): Promise<readonly string[]> {
    const wanted = normal(folder);
    const prefix = wanted === '' ? '' : `${wanted}/`;
    const names = this.paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length).split('/')[0] ?? '');
    return Promise.resolve([...new Set(names)].sort());
  }

  remove(path: string): Promise<void> {
    const wanted = normal(path);
    for (const name of this.paths) if (name === wanted || name.startsWith(`${wanted}/`)) this.#content.delete(name);
    return Promise.resolve();
  }
}

/** One spelling per path: without `.` and doubled or trailing slashes. */
function normal(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return `${path.startsWith('/') ? '/' : ''}${parts.join('/')}`;
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
