import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Dialogs, pickLibrarySchema, safeFileName, saveFileSchema, type SystemDialogs } from './dialogs.ts';

let folder = '';
beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'shell-dialogs-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function setUp(chosen: string | undefined) {
  const asked: (string | undefined)[] = [];
  const grants = new Map<string, string>();
  const system: SystemDialogs = {
    open: ({ defaultPath }) => (asked.push(defaultPath), Promise.resolve(chosen)),
    save: ({ defaultPath }) => (asked.push(defaultPath), Promise.resolve(chosen)),
  };
  const dialogs = new Dialogs(system, path.join(folder, 'dialogs.json'), (handle, file) => grants.set(handle, file));
  return { dialogs, asked, grants };
}

describe('opening', () => {
  it('gives the page a handle and a label, and only the engine the path', async () => {
    const chosen = path.join(folder, 'block_library.json');
    const { dialogs, grants } = setUp(chosen);
    const picked = await dialogs.pickLibrary('file');
    expect(picked?.label).toBe('block_library.json');
    expect(JSON.stringify(picked)).not.toContain(folder);
    expect(grants.get(picked!.handle)).toBe(chosen);
    const again = await dialogs.pickLibrary('file');
    expect(again?.handle).not.toBe(picked?.handle);
  });

  it('grants nothing when the user closes the dialog', async () => {
    const { dialogs, grants } = setUp(undefined);
    expect(await dialogs.pickLibrary('folder')).toBeUndefined();
    expect(grants.size).toBe(0);
  });

  it('starts where the user last was, also after a restart', async () => {
    mkdirSync(path.join(folder, 'libraries'));
    const first = setUp(path.join(folder, 'libraries', 'a.json'));
    await first.dialogs.pickLibrary('file');
    expect(first.asked).toEqual([undefined]);
    const second = setUp(undefined);
    await second.dialogs.pickLibrary('file');
    await second.dialogs.saveFile('table.csv', new Uint8Array());
    expect(second.asked).toEqual([path.join(folder, 'libraries'), path.join(folder, 'libraries', 'table.csv')]);
  });
});

describe('saving', () => {
  it('writes the bytes to the chosen file and tells its name', async () => {
    const { dialogs, asked } = setUp(path.join(folder, 'mine.json'));
    expect(await dialogs.saveFile('../../suggested.json', new TextEncoder().encode('{}'))).toBe('mine.json');
    expect(asked).toEqual(['suggested.json']);
    expect(readFileSync(path.join(folder, 'mine.json'), 'utf8')).toBe('{}');
  });

  it('fails when the disk refuses', async () => {
    const { dialogs } = setUp(path.join(folder, 'absent', 'mine.json'));
    await expect(dialogs.saveFile('x', new Uint8Array(1))).rejects.toThrow(/ENOENT/);
  });

  it.each([
    ['frontier.csv', 'frontier.csv'],
    ['../../.bashrc', 'bashrc'],
    ['C:\\Windows\\system.ini', 'system.ini'],
    ['a<b>:c|d?.json', 'a_b__c_d_.json'],
    ['...', 'export'],
    ['', 'export'],
  ])('suggests %j as %j', (suggested, name) => {
    expect(safeFileName(suggested)).toBe(name);
  });
});

it('payloads other than the two shapes are refused', () => {
  expect(pickLibrarySchema.safeParse('/etc/passwd').success).toBe(false);
  expect(saveFileSchema.safeParse({ suggestedName: 'a', bytes: [1] }).success).toBe(false);
  expect(saveFileSchema.safeParse({ suggestedName: 'a', bytes: new Uint8Array(3) }).success).toBe(true);
});
