import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFileAtomic } from './atomic_write.ts';
import { takeLock } from './lock.ts';
import { Project } from './project.ts';
import { UserData } from './user_data.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'puzzle-workspace-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('atomic write', () => {
  it('replaces the content and leaves no temporary file', async () => {
    const file = path.join(folder, 'deep', 'a.json');
    await writeFileAtomic(file, 'one');
    await writeFileAtomic(file, 'two');
    expect(await readFile(file, 'utf8')).toBe('two');
    expect(await readdir(path.dirname(file))).toEqual(['a.json']);
  });

  it('keeps the old content and cleans up where the rename is impossible', async () => {
    const target = path.join(folder, 'taken');
    await writeFileAtomic(path.join(target, 'inside'), 'x');
    await expect(writeFileAtomic(target, 'y')).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['taken']);
    expect(await readFile(path.join(target, 'inside'), 'utf8')).toBe('x');
  });
});

describe('lock', () => {
  it('goes to the first and names it to the second', async () => {
    const first = await takeLock(folder);
    const second = await takeLock(folder);
    expect(first.kind).toBe('held');
    expect(second).toMatchObject({ kind: 'taken', by: expect.stringContaining(String(process.pid)) });
    if (first.kind === 'held') first.release();
    expect((await takeLock(folder)).kind).toBe('held');
  });

  it('is taken over from a process that is gone', async () => {
    const gone = { pid: 2 ** 22 + 1, host: os.hostname(), since: new Date().toISOString() };
    await writeFile(path.join(folder, '.lock'), JSON.stringify(gone));
    expect((await takeLock(folder)).kind).toBe('held');
  });

  it('is respected on another machine, whose processes cannot be seen', async () => {
    await writeFile(path.join(folder, '.lock'), JSON.stringify({ pid: 1, host: 'elsewhere', since: new Date().toISOString() }));
    expect(await takeLock(folder)).toMatchObject({ kind: 'taken', by: expect.stringContaining('elsewhere') });
  });

  it('is not stolen while its holder is still writing it', async () => {
    await writeFile(path.join(folder, '.lock'), '');
    expect((await takeLock(folder)).kind).toBe('taken');
  });
});

describe('project', () => {
  it('keeps what was saved, across processes', async () => {
    const project = await Project.open(folder);
    const { document, revision } = project.state();
    await project.save({ ...document, name: 'Mine' }, revision);
    project.close();
    const again = await Project.open(folder);
    expect(again.state().document.name).toBe('Mine');
    again.close();
  });

  it('refuses a save that is based on an older revision', async () => {
    const project = await Project.open(folder);
    const { document, revision } = project.state();
    await project.save({ ...document, name: 'A' }, revision);
    await expect(project.save({ ...document, name: 'B' }, revision)).rejects.toMatchObject({ payload: { code: 'conflict' } });
    expect(project.state().document.name).toBe('A');
    project.close();
  });

  it('opens for reading only while another holds it, and says who', async () => {
    const writer = await Project.open(folder);
    const reader = await Project.open(folder);
    expect(reader.state().read_only).toContain(String(process.pid));
    await expect(reader.save(reader.state().document, 1)).rejects.toMatchObject({ payload: { code: 'conflict' } });
    writer.close();
  });

  it('sets a damaged project.json aside instead of overwriting it', async () => {
    await writeFile(path.join(folder, 'project.json'), '{"format": "puzzle-workbench/proj');
    const project = await Project.open(folder);
    expect(project.state().recovered).toContain('set aside');
    const { document, revision } = project.state();
    await project.save(document, revision);
    const aside = (await readdir(folder)).find((name) => name.startsWith('project.json.damaged-'));
    expect(await readFile(path.join(folder, aside!), 'utf8')).toBe('{"format": "puzzle-workbench/proj');
    project.close();
  });

  it('leaves a newer version alone', async () => {
    const newer = JSON.stringify({ format: 'puzzle-workbench/project', version: 2 });
    await writeFile(path.join(folder, 'project.json'), newer);
    await expect(Project.open(folder)).rejects.toMatchObject({ payload: { code: 'bad_input', message: expect.stringContaining('newer') } });
    expect(await readFile(path.join(folder, 'project.json'), 'utf8')).toBe(newer);
    await expect(stat(path.join(folder, '.lock'))).rejects.toThrow();
  });

  it('lets the same save be tried again after the disk refused', async () => {
    const project = await Project.open(folder);
    const { document, revision } = project.state();
    await rm(folder, { recursive: true });
    await writeFile(folder, 'in the way');
    await expect(project.save(document, revision)).rejects.toMatchObject({ payload: { code: 'io', retryable: true } });
    await rm(folder);
    expect(await project.save(document, revision)).toBe(revision + 1);
    project.close();
  });

  it('does not let a library id leave its folder', async () => {
    const project = await Project.open(folder);
    await expect(project.writeLibrary('../escape', new Uint8Array())).rejects.toMatchObject({ payload: { code: 'bad_input' } });
    project.close();
  });
});

describe('user data', () => {
  it('remembers recent files once, newest first, and notices missing ones', async () => {
    const user = await UserData.open(folder);
    await writeFile(path.join(folder, 'here'), '');
    await user.addRecent('/missing', 'gone');
    await user.addRecent(path.join(folder, 'here'), 'here');
    await user.addRecent(path.join(folder, 'here'), 'here');
    const recents = (await UserData.open(folder)).recents();
    expect(recents.map(({ label, exists }) => [label, exists])).toEqual([
      ['here', true],
      ['gone', false],
    ]);
    expect(user.recentPath(recents[0]!.id)).toBe(path.join(folder, 'here'));
  });

  it('starts afresh where its file is damaged', async () => {
    await writeFile(path.join(folder, 'preferences.json'), 'not json');
    expect((await UserData.open(folder)).preferences.theme).toBe('system');
  });
});
