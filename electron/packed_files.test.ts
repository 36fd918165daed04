import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtImports, describePacked, packingProblems, reachable, REQUIRED_FILES } from './packed_files.ts';

const GOOD = REQUIRED_FILES.map((file) => ({ path: file, bytes: 1024 }));
const NO_IMPORTS = (): readonly string[] => [];

describe('what would be packed', () => {
  it('is fine when everything needed is there and nothing else', () => {
    const more = [...GOOD, { path: 'dist/engine/api-x1.js', bytes: 1 }, { path: 'dist/renderer/assets/index-a.css', bytes: 1 }];
    expect(packingProblems(more, NO_IMPORTS)).toEqual([]);
  });

  it.each(REQUIRED_FILES)('fails without %s', (file) => {
    expect(packingProblems(GOOD.filter((good) => good.path !== file), NO_IMPORTS)).toEqual([`missing: ${file}`]);
  });

  it.each([
    'node_modules/react/index.js',
    'dist/engine/node_modules/x.js',
    'dist/engine/cli.js.map',
    'dist/engine/search.test.js',
    'dist/renderer/tests/a.js',
    'dist/engine/.built',
    'engine/search/solve.ts',
    'README.md',
    'dist/engine/library.parquet',
  ])('fails with %s', (file) => {
    expect(packingProblems([...GOOD, { path: file, bytes: 1 }], NO_IMPORTS)).toEqual([`does not belong: ${file}`]);
  });

  it('fails when a packed script imports one that is not', () => {
    const imports = (file: string): readonly string[] => (file === 'dist/engine/cli.js' ? ['dist/engine/chunk-1.js'] : []);
    expect(packingProblems(GOOD, imports)).toEqual(['dist/engine/cli.js imports dist/engine/chunk-1.js, which is not packed']);
  });

  it('is listed largest first with its total', () => {
    const text = describePacked([
      { path: 'small', bytes: 512 },
      { path: 'large', bytes: 2048 },
    ]);
    expect(text.split('\n').map((line) => line.trim())).toEqual([
      '2.0 KiB  large',
      '0.5 KiB  small',
      '2.5 KiB  2 files, Electron itself not counted',
    ]);
  });
});

describe('imports of built scripts', () => {
  it('are found in every form, and followed to the end', () => {
    const root = mkdtempSync(path.join(os.tmpdir(), 'packed-'));
    const put = (name: string, code: string): void => writeFileSync(path.join(root, 'dist', name), code);
    mkdirSync(path.join(root, 'dist'));
    put('main.js', `import { a } from "./a-1.js";\nimport fs from 'node:fs';\nimport"./b.js";\nawait import('./c.js');\nexport * from './a-1.js';`);
    put('a-1.js', `import './main.js'; import './d.js'`);
    for (const name of ['b.js', 'c.js', 'd.js', 'unused.js']) put(name, '');
    const imports = (file: string): readonly string[] => builtImports(root, file);
    expect(imports('dist/main.js')).toEqual(['dist/a-1.js', 'dist/b.js', 'dist/c.js']);
    expect([...reachable('dist/main.js', imports)].sort()).toEqual(['a-1.js', 'b.js', 'c.js', 'd.js', 'main.js'].map((f) => `dist/${f}`));
    rmSync(root, { recursive: true });
  });
});
