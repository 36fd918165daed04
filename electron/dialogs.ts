/**
 * Open and save dialogs. The page never names a path: what the user picks becomes a random handle, and the engine alone
 * learns which path stands behind it. The last folder is remembered here because Electron's dialogs would start in
 * Downloads every time.
 */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import type { PickedFile } from '../engine/protocol/host_bridge.ts';
import { readStateFile, writeFileAtomically, writeStateFile } from './state_file.ts';

/** The system's dialogs; undefined where the user closed one. */
export interface SystemDialogs {
  open(options: { readonly kind: 'file' | 'folder'; readonly defaultPath: string | undefined }): Promise<string | undefined>;
  save(options: { readonly defaultPath: string }): Promise<string | undefined>;
}

export const pickLibrarySchema = z.enum(['file', 'folder']);
/** Far above any export of ours; keeps a broken page from filling memory. */
const MAX_SAVED_BYTES = 512 * 1024 * 1024;
export const saveFileSchema = z.object({
  suggestedName: z.string().max(500),
  bytes: z.instanceof(Uint8Array).refine((bytes) => bytes.byteLength <= MAX_SAVED_BYTES, 'too large'),
});

const stateSchema = z.object({ last_folder: z.string() });

export class Dialogs {
  readonly #system: SystemDialogs;
  readonly #stateFile: string;
  readonly #grant: (handle: string, path: string) => void;

  constructor(system: SystemDialogs, stateFile: string, grant: (handle: string, path: string) => void) {
    this.#system = system;
    this.#stateFile = stateFile;
    this.#grant = grant;
  }

  async pickLibrary(kind: 'file' | 'folder'): Promise<PickedFile | undefined> {
    const chosen = await this.#system.open({ kind, defaultPath: this.#lastFolder() });
    if (chosen === undefined) return undefined;
    this.#remember(chosen);
    const handle = randomUUID();
    this.#grant(handle, chosen);
    return { handle, label: path.basename(chosen) };
  }

  /** Gives the chosen file's name once its bytes are on the disk. */
  async saveFile(suggestedName: string, bytes: Uint8Array): Promise<string | undefined> {
    const name = safeFileName(suggestedName);
    const folder = this.#lastFolder();
    const chosen = await this.#system.save({ defaultPath: folder === undefined ? name : path.join(folder, name) });
    if (chosen === undefined) return undefined;
    writeFileAtomically(chosen, bytes);
    this.#remember(chosen);
    return path.basename(chosen);
  }

  #lastFolder(): string | undefined {
    return readStateFile(this.#stateFile, stateSchema)?.last_folder;
  }

  #remember(chosen: string): void {
    writeStateFile(this.#stateFile, { last_folder: path.dirname(chosen) });
  }
}

/** A page's suggestion as a plain file name: no folders, nothing that Windows or a shell would read differently. */
export function safeFileName(suggested: string): string {
  const last = suggested.split(/[\\/]/).at(-1) ?? '';
  // oxlint-disable-next-line no-control-regex
  const clean = last.replace(/[<>:"|?*\u0000-\u001f]/g, '_').replace(/^[.\s]+|[.\s]+$/g, '');
  return clean === '' ? 'export' : clean.slice(0, 200);
}
