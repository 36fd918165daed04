/** Where the wasm modules of the tensor backends are: beside the bundled code, else in their packages and the last build. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { WASM_FILE } from '../../tensor/backend/wasm_backend.ts';
import { KERNELS_FILE } from '../../tensor/kernels/install.ts';

export async function wasmBackendBytes(): Promise<Uint8Array<ArrayBuffer>> {
  const beside = path.join(import.meta.dirname, WASM_FILE);
  if (existsSync(beside)) return bytesOf(beside);
  const manifest = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json');
  return bytesOf(path.join(path.dirname(manifest), 'wasm-out', WASM_FILE));
}

export interface KernelBytes {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Built together with the running code, not left from some build of its sources. */
  readonly shipped: boolean;
}

/** Our own wasm kernels; undefined where running from sources that were never built. */
export async function kernelBytes(): Promise<KernelBytes | undefined> {
  const beside = path.join(import.meta.dirname, KERNELS_FILE);
  if (existsSync(path.join(import.meta.dirname, WASM_FILE))) return { bytes: await bytesOf(beside), shipped: true };
  const built = path.resolve(import.meta.dirname, '..', '..', '..', 'dist', 'engine', KERNELS_FILE);
  return existsSync(built) ? { bytes: await bytesOf(built), shipped: false } : undefined;
}

async function bytesOf(file: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(file));
}
