import { appendFile, mkdir, mkdtemp, readFile, readdir, rename, rm, rmdir, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeJob } from '../../test/support/fake_job.ts';
import { presetPlan } from '../hosts/pipeline/presets.ts';
import { newRun } from '../hosts/training/run_states.ts';
import { RunFolder, specHash } from './run_folder.ts';
import { readRunLog, RunLogWriter, type RunLogEntry } from './run_log.ts';
import { clearSource, setSource, sourceOf } from './run_source.ts';
import { RunStore } from './run_store.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'run-'));
});
afterEach(() => rm(folder, { recursive: true }));

const STATE = newRun({ id: 'r', name: 'Run', plan: presetPlan('smoke', 1), steps: [{ kind: 'data', title: 'Data' }] });

describe('the state of a run', () => {
  it('is read as it was written', async () => {
    const run = new RunFolder(folder);
    expect(await run.read()).toBeUndefined();
    await run.write(STATE);
    expect(await new RunFolder(folder).read()).toEqual(STATE);
  });

  it('is the newest of many writes, none of which is seen half', async () => {
    const run = new RunFolder(folder);
    const writes = ['running', 'failed', 'cancelled', 'done'] as const;
    await Promise.all(writes.map((state) => run.write({ ...STATE, state })));
    expect((await run.read())?.state).toBe('done');
    expect(await readdir(folder)).toEqual(['run.json']);
  });

  it('that cannot be understood says where', async () => {
    const file = path.join(folder, 'run.json');
    await writeFile(file, '{ torn');
    await expect(new RunFolder(folder).read()).rejects.toMatchObject({ payload: { code: 'bad_input', details: { file } } });
    await writeFile(file, JSON.stringify({ ...STATE, state: 'dreaming' }));
    await expect(new RunFolder(folder).read()).rejects.toMatchObject({ payload: { details: { path: 'state' } } });
  });
});

describe('jobs that are done', () => {
  const spec = fakeJob('job', { steps: 3 });

  it('are known by their whole specification', async () => {
    const run = new RunFolder(folder);
    expect(await run.done(spec)).toBeUndefined();
    await run.markDone(spec, { result: { value: 3 }, seconds: 1.5, memory: { rss_bytes: 1 } });
    expect(await run.done({ ...spec })).toEqual({ result: { value: 3 }, seconds: 1.5, memory: { rss_bytes: 1 } });
    expect(await run.done({ ...spec, seed: 2 })).toBeUndefined();
    expect(await run.done({ ...spec, id: 'other' })).toBeUndefined();
  });

  it('are not, where the marker is damaged', async () => {
    const run = new RunFolder(folder);
    await run.markDone(spec, { result: undefined, seconds: 1, memory: undefined });
    expect(await run.done(spec)).toEqual({ result: undefined, seconds: 1, memory: undefined });
    await truncate(path.join(folder, 'done', 'job.json'), 20);
    expect(await run.done(spec)).toBeUndefined();
  });

  it('have equal hashes in whatever order their fields are', () => {
    expect(specHash({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(specHash({ b: [{ d: 3, c: 2 }], a: 1 }));
    expect(specHash({ a: [1, 2] })).not.toBe(specHash({ a: [2, 1] }));
  });

  it('are so in another run, once that has them', async () => {
    const [one, other] = [new RunFolder(path.join(folder, 'one')), new RunFolder(path.join(folder, 'other'))];
    await one.markDone(spec, { result: { value: 3 }, seconds: 60, memory: undefined });
    expect([await other.isMarked('job'), await other.begunAtMs(spec)]).toEqual([false, undefined]);
    await other.markDoneLike(one, 'job');
    expect(await other.done(spec)).toEqual(await one.done(spec));
    expect(await other.isMarked('job')).toBe(true);
    // A minute before it was marked.
    const begun = (await one.begunAtMs(spec))!;
    expect(Math.abs(Date.now() - 60_000 - begun)).toBeLessThan(30_000);
    expect(await one.begunAtMs({ ...spec, seed: 2 })).toBeUndefined();
    await expect(other.markDoneLike(one, 'never')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readdir(path.join(folder, 'other', 'done'))).toEqual(['job.json']);
  });

  it('are not, where somebody wants them done again', async () => {
    const run = new RunFolder(folder);
    const job = fakeJob('a', { steps: 1 }, 1);
    await run.unmark('a');
    await run.markDone(job, { result: 1, seconds: 1, memory: undefined });
    await run.unmark('a');
    expect(await run.done(job)).toBeUndefined();
  });
});

describe('taking a run', () => {
  it('keeps others out until it is given back, and says who has it', async () => {
    const run = new RunFolder(folder);
    expect(await run.holder()).toBeUndefined();
    const release = await run.take();
    expect(await run.holder()).toContain(String(process.pid));
    await expect(new RunFolder(folder).take()).rejects.toMatchObject({ payload: { code: 'conflict' } });
    release();
    (await new RunFolder(folder).take())();
  });

  it('clears what a killed process left half-written, however deep', async () => {
    await mkdir(path.join(folder, 'blocks', 'layer_0'), { recursive: true });
    await writeFile(path.join(folder, 'blocks', 'layer_0', '.kv2.safetensors.123.4.tmp'), 'half');
    await writeFile(path.join(folder, 'blocks', 'layer_0', 'kv2.safetensors'), 'whole');
    (await new RunFolder(folder).take())();
    expect(await readdir(path.join(folder, 'blocks', 'layer_0'))).toEqual(['kv2.safetensors']);
  });

  it('does not keep it where clearing up fails', async () => {
    const run = new RunFolder(folder);
    // Named like a temporary file, and a folder.
    await mkdir(path.join(folder, 'data', '.x.1.1.tmp', 'y'), { recursive: true });
    await expect(run.take()).rejects.toThrow();
    expect(await run.holder()).toBeUndefined();
  });
});

describe('the run that another one takes over from', () => {
  it('is known until that is done, also where both have been moved', async () => {
    const store = new RunStore(folder);
    const [{ folder: old, id: oldId }, { folder: fresh, id }] = [await store.create('old'), await store.create('new')];
    expect(await sourceOf(fresh)).toBeUndefined();
    await setSource(fresh, old);
    expect((await sourceOf(fresh))?.path).toBe(old.path);
    await rename(path.join(folder, 'runs'), path.join(folder, 'moved'));
    const moved = new RunFolder(path.join(folder, 'moved', id));
    expect((await sourceOf(moved))?.path).toBe(path.join(folder, 'moved', oldId));
    await clearSource(moved);
    expect(await sourceOf(moved)).toBeUndefined();
    await clearSource(moved);
  });
});

describe('the log', () => {
  const line = (text: string): RunLogEntry => ({ kind: 'line', at: '2026-01-01T00:00:00.000Z', level: 'info', text });
  const read = async (): Promise<RunLogEntry[]> => {
    const entries: RunLogEntry[] = [];
    await readRunLog(folder, (entry) => entries.push(entry));
    return entries;
  };

  it('gives back what was appended, in order', async () => {
    expect(await read()).toEqual([]);
    const entries: RunLogEntry[] = [
      line('begins'),
      { kind: 'points', job: 'bld.layer_0', step: 'bld', parent_layers: [0], series: 'ffn:64', points: [[1, 0.5]] },
      { kind: 'cell', layer: 0, target: 'ffn:64', measure: 'nmse', value: 0.25 },
    ];
    const log = new RunLogWriter(folder);
    await log.append(entries);
    await log.append([line('ends')]);
    expect(await read()).toEqual([...entries, line('ends')]);
  });

  it('passes over a torn line, and goes on after it on a new one', async () => {
    await new RunLogWriter(folder).append([line('one')]);
    await appendFile(path.join(folder, 'log.jsonl'), JSON.stringify(line('two')).slice(0, 30));
    expect(await read()).toEqual([line('one')]);
    await new RunLogWriter(folder).append([line('three')]);
    expect(await read()).toEqual([line('one'), line('three')]);
    expect((await readFile(path.join(folder, 'log.jsonl'), 'utf8')).split('\n')).toHaveLength(4);
  });

  it('goes on on a new line after a write that failed half-way', async () => {
    const log = new RunLogWriter(folder);
    const file = path.join(folder, 'log.jsonl');
    await log.append([line('one')]);
    // A folder in its place fails every write.
    await rename(file, `${file}.aside`);
    await mkdir(file);
    await expect(log.append([line('lost')])).rejects.toThrow();
    await rmdir(file);
    await rename(`${file}.aside`, file);
    await appendFile(file, '{"kind":"li');
    await log.append([line('two')]);
    const texts: string[] = [];
    await readRunLog(folder, (entry) => entry.kind === 'line' && texts.push(entry.text));
    expect(texts).toEqual(['one', 'two']);
  });
});

describe('the runs of a project', () => {
  it('have ids of their own that are folders', async () => {
    const store = new RunStore(folder);
    expect(await store.ids()).toEqual([]);
    const first = await store.create('tiny');
    const second = await store.create('tiny');
    expect(first.id).not.toBe(second.id);
    expect((await store.ids()).sort()).toEqual([first.id, second.id].sort());
    expect(first.folder.path).toBe(path.join(folder, 'runs', first.id));
  });

  it('are removed whole, also where that was cut short', async () => {
    const store = new RunStore(folder);
    const { id, folder: run } = await store.create('tiny');
    await run.write(STATE);
    await store.remove(id);
    expect(await readdir(path.join(folder, 'runs'))).toEqual([]);
    await mkdir(path.join(folder, 'runs', '.removed-old-1', 'x'), { recursive: true });
    expect(await store.ids()).toEqual([]);
    await store.tidy();
    expect(await readdir(path.join(folder, 'runs'))).toEqual([]);
  });

  it.each(['..', '../other', 'A', '', '.hidden', 'a/b'])('cannot be called %j', (id) => {
    expect(() => new RunStore(folder).folder(id)).toThrow('not the id of a run');
  });
});
