/** Where the wasm modules of the tensor backends are: beside the bundled code, else in their packages and the last build. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { WASM_FILE } from '../../tensor/backend/wasm_backend.ts';

export async function wasmBackendBytes(): Promise<Uint8Array<ArrayBuffer>> {
  const beside = path.join(import.meta.dirname, WASM_FILE);
  if (existsSync(beside)) return bytesOf(beside);
  const manifest = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json');
  return bytesOf(path.join(path.dirname(manifest), 'wasm-out', WASM_FILE));
}

/** Our own wasm kernels; undefined where running from sources that were never built. */
export async function kernelBytes(): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const places = [import.meta.dirname, path.resolve(import.meta.dirname, '..', '..', '..', 'dist', 'engine')];
  const file = places.map((folder) => path.join(folder, 'kernels.wasm')).find((place) => existsSync(place));
  return file === undefined ? undefined : bytesOf(file);
}

async function bytesOf(file: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(file));
}
