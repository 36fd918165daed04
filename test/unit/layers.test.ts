/**
 * Who may import whom, as a table that runs. The first row whose folder holds a file decides for it. Tests beside
 * sources are free, as nothing imports them. Adding to a row is a decision about the design; add to DEBT instead what
 * should go away again.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { parseAst } from 'vite';
import { describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..', '..');

interface Layer {
  readonly folder: string;
  /** Folders of the project it may import from, besides its own. */
  readonly imports: readonly string[];
  readonly packages?: readonly string[];
  /** Whether it may use Node's built-in modules. */
  readonly node?: boolean;
}

/** Allowed to every engine folder but protocol. */
const SHARED = ['engine/protocol', 'assets'];

const LAYERS: readonly Layer[] = [
  { folder: 'engine/protocol', imports: [], packages: ['zod'] },
  { folder: 'engine/architecture', imports: SHARED, packages: ['zod'], node: true },
  { folder: 'engine/hardware', imports: [...SHARED, 'engine/jobs'], packages: ['zod', 'hyparquet', 'hyparquet-compressors'], node: true },
  { folder: 'engine/workspace', imports: SHARED, packages: ['zod'], node: true },
  { folder: 'engine/library', imports: [...SHARED, 'engine/architecture', 'engine/hardware', 'engine/cost', 'engine/jobs'], packages: ['zod'], node: true },
  {
    folder: 'engine/cost',
    imports: [...SHARED, 'engine/architecture', 'engine/hardware'],
    packages: ['zod'],
    node: true,
  },
  {
    folder: 'engine/search',
    imports: [...SHARED, 'engine/architecture', 'engine/library', 'engine/cost'],
    packages: ['zod', 'glpk.js/node'],
    node: true,
  },
  // Tensor code also runs where there is no Node; its bytes come from outside.
  {
    folder: 'engine/tensor',
    imports: SHARED,
    packages: ['zod', '@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu', '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-webgpu'],
  },
  {
    folder: 'engine/transformer',
    imports: [...SHARED, 'engine/architecture', 'engine/tensor'],
    packages: ['zod', '@tensorflow/tfjs-core', '@huggingface/tokenizers'],
  },
  {
    folder: 'engine/train',
    imports: [...SHARED, 'engine/architecture', 'engine/library', 'engine/tensor', 'engine/transformer'],
    packages: ['zod', '@tensorflow/tfjs-core'],
  },
  {
    folder: 'engine/prune',
    imports: [...SHARED, 'engine/architecture', 'engine/tensor', 'engine/transformer', 'engine/train'],
    packages: ['zod', '@tensorflow/tfjs-core'],
  },
  {
    folder: 'engine/draft',
    imports: [...SHARED, 'engine/architecture', 'engine/tensor', 'engine/transformer', 'engine/train'],
    packages: ['zod', '@tensorflow/tfjs-core'],
  },
  { folder: 'engine/jobs', imports: [...SHARED, 'engine/workspace'], packages: ['zod'], node: true },
  // Hosts put everything together; nothing else in the engine may know them.
  { folder: 'engine/hosts', imports: ['engine', 'assets'], packages: ['zod', 'ws', 'fflate', 'onnxruntime-node', 'webgpu', '@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-webgpu', '@tensorflow/tfjs-node-gpu'], node: true },
  { folder: 'renderer', imports: ['engine/protocol'], packages: ['react', 'react-dom', 'zustand', 'plotly.js'] },
  { folder: 'electron', imports: ['engine/protocol'], packages: ['zod', 'electron', 'electron-builder'], node: true },
];

/** Imports that break the table for now, as `file -> specifier`. Each must still exist. */
const DEBT: ReadonlySet<string> = new Set([]);

/** Every module that the source of `file` names: static and dynamic imports, re-exports and types. */
function specifiersIn(file: string, source: string): readonly string[] {
  const found = new Set<string>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== 'object' || node === null || !('type' in node)) return;
    if (
      ['ImportDeclaration', 'ExportNamedDeclaration', 'ExportAllDeclaration', 'ImportExpression', 'TSImportType'].includes(String(node.type)) &&
      'source' in node &&
      typeof node.source === 'object' &&
      node.source !== null &&
      'value' in node.source
    ) {
      found.add(String(node.source.value));
    }
    Object.values(node).forEach(visit);
  };
  visit(parseAst(source, { lang: file.endsWith('x') ? 'tsx' : 'ts' }).body);
  return [...found];
}

/** What is wrong with one import, or undefined. `file` is relative to the project, with `/`. */
function problem(file: string, specifier: string): string | undefined {
  const layer = LAYERS.find(({ folder }) => isInside(file, folder));
  if (layer === undefined) return `${file} belongs to no layer; add its folder to the table`;
  if (specifier.startsWith('.')) {
    const target = path.posix.join(path.posix.dirname(file), specifier.replace(/\?.*$/, ''));
    if ([layer.folder, ...layer.imports].some((folder) => isInside(target, folder))) return undefined;
    return `${file}: ${layer.folder} may not import ${target}`;
  }
  if (isBuiltin(specifier)) {
    if (!specifier.startsWith('node:')) return `${file}: write node:${specifier}`;
    return layer.node === true ? undefined : `${file}: ${layer.folder} may not use ${specifier}`;
  }
  const allowed = (layer.packages ?? []).some((name) => specifier === name || specifier.startsWith(`${name}/`));
  return allowed ? undefined : `${file}: ${layer.folder} may not import the package ${specifier}`;
}

function isInside(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}

function sources(): readonly string[] {
  return ['engine', 'renderer', 'electron'].flatMap((top) =>
    readdirSync(path.join(ROOT, top), { recursive: true, encoding: 'utf8' })
      .map((file) => `${top}/${file.split(path.sep).join('/')}`)
      .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file)),
  );
}

describe('layers', () => {
  const broken: string[] = [];
  const paid = new Set(DEBT);
  for (const file of sources()) {
    for (const specifier of specifiersIn(file, readFileSync(path.join(ROOT, file), 'utf8'))) {
      const wrong = problem(file, specifier);
      if (wrong === undefined) continue;
      const debt = `${file} -> ${specifier}`;
      if (DEBT.has(debt)) paid.delete(debt);
      else broken.push(wrong);
    }
  }

  it('import only what the table allows', () => {
    expect(broken).toEqual([]);
  });

  it('have no debt listed that is paid', () => {
    expect([...paid]).toEqual([]);
  });

  it('name each folder once, inner folders of the engine only', () => {
    const folders = LAYERS.map(({ folder }) => folder);
    expect(new Set(folders).size).toBe(folders.length);
    expect(folders.filter((folder) => folder === 'engine')).toEqual([]);
  });

  it('form no circle: what a layer imports never imports it back', () => {
    const reaches = (from: string, seen = new Set<string>()): Set<string> => {
      for (const { folder, imports } of LAYERS.filter((layer) => layer.folder === from)) {
        for (const next of imports.filter((name) => name !== folder && !seen.has(name))) {
          seen.add(next);
          reaches(next, seen);
        }
      }
      return seen;
    };
    expect(LAYERS.map(({ folder }) => folder).filter((folder) => reaches(folder).has(folder))).toEqual([]);
  });
});

describe('the check itself', () => {
  it('sees every kind of import', () => {
    const source = `
      import './a.ts';
      import type { B } from './b.ts';
      import c, { type D } from './c.ts';
      export * from './d.ts';
      export type { E } from './e.ts';
      const f = await import('./f.ts');
      type G = import('./g.ts').G;
      const url = new URL('./not-an-import.ts', import.meta.url);
      // import './comment.ts';
    `;
    expect(specifiersIn('x.ts', source)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `./${name}.ts`));
    expect(specifiersIn('x.tsx', `import A from './a.tsx'; export const b = <A<string> c="from './no.ts'" />;`)).toEqual(['./a.tsx']);
  });

  it.each([
    ['renderer/panels/frontier.tsx', '../../engine/search/solver.ts'],
    ['renderer/panels/frontier.tsx', '../../electron/preload.ts'],
    ['renderer/panels/frontier.tsx', 'node:fs'],
    ['renderer/panels/frontier.tsx', 'electron'],
    ['engine/hosts/serve.ts', 'electron'],
    ['engine/hosts/serve.ts', 'react'],
    ['engine/hosts/serve.ts', '../../renderer/state/document.ts'],
    ['engine/search/solver.ts', '../hosts/service.ts'],
    ['engine/search/solver.ts', '../workspace/project.ts'],
    ['engine/search/solver.ts', 'glpk.js'],
    ['engine/library/import.ts', '../search/solver.ts'],
    ['engine/architecture/count.ts', '../library/view.ts'],
    ['engine/protocol/api.ts', '../library/view.ts'],
    ['engine/protocol/api.ts', 'node:path'],
    ['engine/tensor/backend.ts', 'node:fs'],
    ['engine/train/gkd.ts', 'node:worker_threads'],
    ['engine/workspace/lock.ts', 'fs'],
    ['engine/new_folder/x.ts', './y.ts'],
    ['electron/main.ts', '../engine/workspace/lock.ts'],
    ['electron/main.ts', '../renderer/app/main.tsx'],
    ['electron/main.ts', 'electronic'],
  ])('refuses %s -> %s', (file, specifier) => {
    expect(problem(file, specifier)).toBeTypeOf('string');
  });

  it.each([
    ['renderer/panels/frontier.tsx', '../../engine/protocol/api.ts'],
    ['renderer/panels/frontier.tsx', 'react-dom/client'],
    ['renderer/panels/frontier.tsx', './frontier.css'],
    ['engine/search/search_worker.ts', 'glpk.js/node'],
    ['engine/search/search_worker.ts', 'node:worker_threads'],
    ['engine/architecture/presets.ts', '../../assets/parents/llama-3.1-8b.json'],
    ['engine/hosts/cli/commands.ts', '../../search/solver.ts'],
    ['electron/main.ts', '../engine/protocol/commands.ts'],
    ['electron/main.ts', 'electron'],
  ])('allows %s -> %s', (file, specifier) => {
    expect(problem(file, specifier)).toBeUndefined();
  });
});
