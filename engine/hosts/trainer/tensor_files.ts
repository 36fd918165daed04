/** Where the wasm modules of the tensor backends are: beside the bundled code, else in their packages and the last build. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { WASM_FILE } from '../../tensor/backend/wasm_backend.ts';
import { KERNELS_FILE } from '../../tensor/kernels/install.ts';

export async function wasmBackendBytes(): Promise<Uint8Array<ArrayBuffer>> {
  if (isBundled()) return bytesOf(path.join(import.meta.dirname, WASM_FILE));
  const manifest = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json');
  return bytesOf(path.join(path.dirname(manifest), 'wasm-out', WASM_FILE));
}

/** Our own wasm kernels: those built with the running code, else of the last build; undefined where there was none. */
export async function kernelBytes(): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (isBundled()) return bytesOf(path.join(import.meta.dirname, KERNELS_FILE));
  const built = path.resolve(import.meta.dirname, '..', '..', '..', 'dist', 'engine', KERNELS_FILE);
  return existsSync(built) ? bytesOf(built) : undefined;
}

/** Whether this is the built product rather than its sources. */
export function isBundled(): boolean {
  return existsSync(path.join(import.meta.dirname, WASM_FILE));
}

async function bytesOf(file: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(file));
}
