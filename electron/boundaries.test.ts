/** Which files here touch Electron at all. The others are what these unit tests can run. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const FOLDER = import.meta.dirname;
const sources = new Map(
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => [file, readFileSync(path.join(FOLDER, file), 'utf8')]),
);

const usesElectron = (file: string): boolean => /from 'electron'/.test(sources.get(file) ?? '');

function reached(entry: string): ReadonlySet<string> {
  const seen = new Set([entry]);
  for (const file of seen) {
    for (const match of (sources.get(file) ?? '').matchAll(/from '\.\/([^']+)'/g)) seen.add(match[1]!);
  }
  return seen;
}

describe('files that import electron', () => {
  it('are these few', () => {
    expect([...sources.keys()].filter(usesElectron).sort()).toEqual([
      'engine_process.ts',
      'main.ts',
      'preload.ts',
      'shell_window.ts',
    ]);
  });

  // In plain Node, requiring it starts a download.
  it.each(['launch.ts', 'package.ts', 'find_electron.ts'])('are not reached from %s, which runs in plain Node', (entry) => {
    expect([...reached(entry)].filter(usesElectron)).toEqual([]);
  });

  it('listen to the page only through the checked helper', () => {
    const users = [...sources].filter(([, code]) => /\bipcMain\.|\bipcMain\b(?=,|\))/.test(code.replace(/import \{[^}]*\}/g, '')));
    expect(users.map(([file]) => file)).toEqual(['main.ts']);
    expect(sources.get('main.ts')).toContain('new Ipc(ipcMain');
    expect(sources.get('main.ts')).not.toMatch(/ipcMain\./);
  });

  it('leave the sandbox on', () => {
    for (const [file, code] of sources) {
      const statements = code.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      expect([file, /['"`]--no-sandbox|'no-sandbox'/.test(statements)]).toEqual([file, false]);
    }
  });
});
