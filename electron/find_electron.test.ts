import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findElectron } from './find_electron.ts';

let root = '';
beforeEach(() => (root = mkdtempSync(path.join(os.tmpdir(), 'find-electron-'))));
afterEach(() => rmSync(root, { recursive: true }));

function put(file: string, content: string): string {
  const full = path.join(root, file);
  mkdirSync(path.dirname(full), { recursive: true });
  writeFileSync(full, content);
  return full;
}

describe('finding Electron', () => {
  it('finds what the installer left', () => {
    put('node_modules/electron/package.json', '{"version":"45.4.1"}');
    put('node_modules/electron/path.txt', 'electron');
    put('node_modules/electron/dist/version', 'v45.4.1');
    const executable = put('node_modules/electron/dist/electron', '');
    expect(findElectron(root, 'linux', undefined)).toEqual({ kind: 'found', executable });
  });

  it.each([
    ['nothing was fetched', {}],
    ['the download broke off', { 'path.txt': 'electron' }],
    ['another version is there', { 'path.txt': 'electron', 'dist/version': '44.0.0', 'dist/electron': '' }],
    ['the binary was deleted', { 'path.txt': 'electron', 'dist/version': '45.4.1' }],
  ])('wants a fetch where %s', (_name, files) => {
    put('node_modules/electron/package.json', '{"version":"45.4.1"}');
    for (const [file, content] of Object.entries(files)) put(`node_modules/electron/${file}`, content);
    expect(findElectron(root, 'linux', '')).toEqual({
      kind: 'fetchable',
      packageFolder: path.join(root, 'node_modules', 'electron'),
    });
  });

  it('says when the package itself is not there', () => {
    expect(findElectron(root, 'linux', undefined)).toMatchObject({ kind: 'missing', why: expect.stringContaining('not installed') });
    put('node_modules/electron/package.json', 'torn');
    expect(findElectron(root, 'linux', undefined).kind).toBe('missing');
  });

  it('takes the folder that the environment names, and only that', () => {
    const executable = put('own/electron.exe', '');
    expect(findElectron(root, 'win32', path.join(root, 'own'))).toEqual({ kind: 'found', executable });
    expect(findElectron(root, 'linux', path.join(root, 'own'))).toMatchObject({
      kind: 'missing',
      why: expect.stringContaining('ELECTRON_OVERRIDE_DIST_PATH'),
    });
  });
});
