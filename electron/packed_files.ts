/** What an installer would contain, checked: nothing that does not belong, nothing missing, no import left hanging. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export interface PackedFile {
  /** Relative to the project, with `/`. */
  readonly path: string;
  readonly bytes: number;
}

/** Without any of these an installed app does not work. */
export const REQUIRED_FILES = [
  'package.json',
  'LICENSE',
  'dist/electron/main.js',
  'dist/electron/preload.cjs',
  'dist/engine/cli.js',
  'dist/engine/engine-process.js',
  'dist/engine/search-worker.js',
  'dist/engine/import-worker.js',
  'dist/engine/fit-worker.js',
  'dist/engine/trainer-process.js',
  'dist/engine/kernels.wasm',
  'dist/engine/tfjs-backend-wasm-simd.wasm',
  'dist/engine/glpk.wasm',
  'dist/renderer/index.html',
  'dist/renderer/icon.png',
] as const;

const EXPECTED = /^(?:package\.json|LICENSE|dist\/(?:electron|engine|renderer)\/.+\.(?:js|cjs|wasm|html|css|json|svg|png|ico|woff2))$/;
const UNWANTED = /(?:^|\/)(?:node_modules|tests?|e2e)\/|\.(?:test|spec)\.|\.map$|\.ts$/;

/** Sentences about what is wrong; none when the list is as it should be. */
export function packingProblems(files: readonly PackedFile[], importsOf: (file: string) => readonly string[]): readonly string[] {
  const packed = new Set(files.map((file) => file.path));
  const missing = REQUIRED_FILES.filter((file) => !packed.has(file)).map((file) => `missing: ${file}`);
  const unexpected = [...packed]
    .filter((file) => UNWANTED.test(file) || !EXPECTED.test(file))
    .map((file) => `does not belong: ${file}`);
  const hanging = [...packed]
    .filter((file) => /\.c?js$/.test(file) && !file.startsWith('dist/renderer/'))
    .flatMap((file) => importsOf(file).filter((target) => !packed.has(target)).map((target) => `${file} imports ${target}, which is not packed`));
  return [...missing, ...unexpected, ...hanging];
}

/** Files that a built script imports by a relative path, relative to the project. */
export function builtImports(root: string, file: string): readonly string[] {
  // Lines of comments name the types of libraries, which are not imported.
  const code = readFileSync(path.join(root, file), 'utf8').replaceAll(/^\s*(?:\*|\/\*|\/\/).*$/gm, '');
  const specifiers = [...code.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)["'](\.{1,2}\/[^"'\n]+\.c?js)["']/g)].map((match) => match[1] ?? '');
  return [...new Set(specifiers)].map((specifier) => path.posix.join(path.posix.dirname(file), specifier));
}

/** A built script and everything it reaches by import. */
export function reachable(entry: string, importsOf: (file: string) => readonly string[]): readonly string[] {
  const seen = new Set([entry]);
  for (const file of seen) for (const target of importsOf(file)) seen.add(target);
  return [...seen];
}

/** A table of sizes, largest first, with the total. */
export function describePacked(files: readonly PackedFile[]): string {
  const rows = [...files].sort((a, b) => b.bytes - a.bytes).map((file) => `${kib(file.bytes)}  ${file.path}`);
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  return [...rows, `${kib(total)}  ${files.length} files, Electron itself not counted`].join('\n');
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(1).padStart(9)} KiB`;
}
