/** Files that the user drops or picks, read into memory within the importer's size limit, and files given back. */
import type { Upload } from '../../engine/protocol/api.ts';
import { WorkbenchError } from '../../engine/protocol/errors.ts';

/** The engine refuses more than this in one import; checked here before anything is read. */
export const MAX_IMPORT_BYTES = 128 * 1024 * 1024;
/** Of a folder only such files are read: a checkpoint's weights lie beside its configuration. */
const READABLE = /\.(json|jsonl|csv|ya?ml|txt)$/i;

export interface NamedFile {
  /** Relative to what was dropped or picked. */
  readonly path: string;
  readonly file: File;
}

/** What a drop brought along, folders read through. Must be called while the drop event is being handled. */
export function droppedFiles(transfer: DataTransfer): Promise<readonly NamedFile[]> {
  const items = [...transfer.items].filter((item) => item.kind === 'file');
  const entries = items.map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  return Promise.all(
    entries.map(async ({ entry, file }) => {
      if (entry?.isDirectory === true) return filesIn(entry as FileSystemDirectoryEntry);
      return file === null ? [] : [{ path: file.name, file }];
    }),
  ).then((lists) => lists.flat());
}

async function filesIn(folder: FileSystemDirectoryEntry): Promise<readonly NamedFile[]> {
  const reader = folder.createReader();
  const entries: FileSystemEntry[] = [];
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- a reader hands out its entries in batches
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) break;
    entries.push(...batch);
  }
  const lists = await Promise.all(
    entries.map(async (entry): Promise<readonly NamedFile[]> => {
      if (entry.isDirectory) return filesIn(entry as FileSystemDirectoryEntry);
      if (!READABLE.test(entry.name)) return [];
      const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
      return [{ path: entry.fullPath.replace(/^\//, ''), file }];
    }),
  );
  return lists.flat();
}

/** The browser's own file dialog; undefined where the user closed it. Of a folder only `readable` files are given. */
export function pickFiles(kind: 'file' | 'folder', readable: RegExp = READABLE): Promise<readonly NamedFile[] | undefined> {
  return new Promise((resolve) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.hidden = true;
    input.multiple = kind === 'file';
    input.webkitdirectory = kind === 'folder';
    input.dataset['testid'] = `file-input-${kind}`;
    const finish = (files: readonly NamedFile[] | undefined): void => {
      input.remove();
      resolve(files);
    };
    input.addEventListener('change', () => {
      const files = [...(input.files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
      finish(kind === 'folder' ? files.filter(({ path }) => readable.test(path)) : files);
    });
    input.addEventListener('cancel', () => finish(undefined));
    document.body.append(input);
    input.click();
  });
}

/** @throws WorkbenchError `too_large` before reading, `bad_input` where there is nothing to read. */
export async function readFiles(files: readonly NamedFile[]): Promise<Upload[]> {
  if (files.length === 0) {
    throw new WorkbenchError('bad_input', 'There is nothing to read in what was given.', {
      hint: 'Give the files of a block library, such as block_library.json, or a folder that holds them.',
    });
  }
  const size = files.reduce((sum, { file }) => sum + file.size, 0);
  if (size > MAX_IMPORT_BYTES) {
    const largest = files.reduce((a, b) => (b.file.size > a.file.size ? b : a));
    throw new WorkbenchError('too_large', `${mebibytes(size)} MiB are more than the ${mebibytes(MAX_IMPORT_BYTES)} MiB that an import may have.`, {
      hint: 'Block libraries are small; give only their files, without weights or logs.',
      details: { file: largest.path, expected: `at most ${mebibytes(MAX_IMPORT_BYTES)} MiB`, found: `${mebibytes(size)} MiB` },
    });
  }
  return Promise.all(files.map(async ({ path, file }) => ({ path, bytes: new Uint8Array(await file.arrayBuffer()) })));
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}

/**
 * Hands a file to the user: the desktop's save dialog, or a download.
 * @returns the name it was saved under, or undefined where the user closed the dialog.
 */
export async function saveFile(name: string, mediaType: string, bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  const host = window.workbenchHost;
  if (host !== undefined) return host.saveFile(name, bytes);
  const url = URL.createObjectURL(new Blob([bytes], { type: mediaType }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The download holds its own reference by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  return name;
}
