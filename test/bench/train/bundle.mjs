/** The benchmark's own bundles of the engine, made as the build makes the product's. */
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'vite';

const root = path.resolve(import.meta.dirname, '..', '..', '..');
export const ENGINE = path.join(root, 'dist', 'engine');

/** A folder with `engine.mjs` and `large_process.mjs`; inside `dist`, so that native packages are found from there. */
export async function bundle() {
  const folder = await mkdtemp(path.join(root, 'dist', 'bench-train-'));
  const input = Object.fromEntries(['engine', 'large_process'].map((name) => [name, path.join(import.meta.dirname, `${name}.ts`)]));
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    define: { __APP_VERSION__: '"bench"' },
    ssr: { noExternal: true, external: ['onnxruntime-node', 'webgpu', '@tensorflow/tfjs-node-gpu'] },
    build: {
      ssr: true,
      target: 'node20',
      outDir: folder,
      emptyOutDir: true,
      minify: false,
      rollupOptions: { input, output: { format: 'es', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' } },
    },
  });
  // Beside the code, as in the product.
  for (const file of ['tfjs-backend-wasm-simd.wasm', 'kernels.wasm']) await copyFile(path.join(ENGINE, file), path.join(folder, file));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
