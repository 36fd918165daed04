/**
 * Training runs in the built engine with real trainer processes and real, very small models: all of the pipeline, what a page
 * sees of it, and that killing engines and trainers at any moment changes nothing but the time it takes.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunEvent, RunProgress } from '../../engine/protocol/train_api.ts';
import { isCancelled, toErrorPayload } from '../../engine/protocol/errors.ts';
import { filesBelow } from '../../engine/hosts/training/run_results.ts';
import { removeFolder, temporaryFolder } from '../fixtures/server.mjs';
import { tinyPlan } from '../support/tiny_plan.ts';
import { forkEngine, type ForkedEngine } from './engine_client.ts';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => removeFolder(folder));

const open = (project: string): Promise<ForkedEngine> => forkEngine(path.join(folder, project), path.join(folder, 'home'));
const PLAN = tinyPlan(11);
const OVER = new Set(['done', 'failed', 'cancelled', 'interrupted']);

/** Resolves with a run's last state when it is over; `onEvent` hears everything until then. */
function ended({ client }: ForkedEngine, id: string, onEvent: (event: RunEvent) => void = () => undefined): Promise<RunProgress> {
  return new Promise((resolve, reject) => {
    client.subscribe('run', { id }, {
      onEvent: (event) => {
        onEvent(event);
        if (event.progress !== undefined && OVER.has(event.progress.state)) resolve(event.progress);
      },
      onError: reject,
    });
  });
}

/** Hashes of everything that must not depend on when a run was interrupted: weights, scores, losses, and what they say made them. */
async function fingerprints(project: string, id: string): Promise<Readonly<Record<string, string>>> {
  const root = path.join(folder, project, 'runs', id);
  const found: Record<string, string> = {};
  for (const part of ['data', 'parent', 'activations', 'blocks', 'scores', 'children', 'export']) {
    for (const { path: name } of await filesBelow(path.join(root, part))) {
      const content = await readFile(path.join(root, part, name));
      found[`${part}/${name}`] = createHash('sha256').update(name.endsWith('.json') ? withoutSpeeds(content.toString()) : content).digest('hex').slice(0, 16);
    }
  }
  return found;
}

/** Two runs that each try how fast a backend is find different numbers. */
function withoutSpeeds(json: string): string {
  return JSON.stringify(JSON.parse(json), (key, value: unknown) => (key === 'reason' ? String(value).replace(/\d+/g, 'n') : value));
}

/** Cells in an order of their own. */
function cellsOf(event: RunEvent | undefined): readonly unknown[] {
  return (event?.cells ?? []).map((cell) => JSON.stringify(Object.entries(cell).sort())).sort();
}

/** Trainer processes of an engine, by the operating system's word. */
function trainersOf(engine: ForkedEngine): number[] {
  const pid = engine.process.pid ?? 0;
  return readdirSync(`/proc/${pid}/task`).flatMap((task) => {
    try {
      return readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    } catch {
      return [];
    }
  });
}

function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

let reference: Readonly<Record<string, string>>;

describe('a training run', () => {
  let engine: ForkedEngine;
  let id: string;
  beforeAll(async () => {
    engine = await open('whole');
  });
  afterAll(() => engine.kill());

  it('knows what it would compute with', async () => {
    const { device, processes } = await engine.client.call('train.devices', {});
    expect(device?.line).toMatch(/wasm/);
    expect(processes).toBeGreaterThan(0);
    const { presets } = await engine.client.call('train.presets', {});
    expect(presets.map((preset) => preset.id)).toEqual(['smoke', 'tiny', 'small']);
  });

  it('goes from text to an exported child, the loop answering all the while', async () => {
    ({ id } = await engine.client.call('run.create', { plan: PLAN, name: 'whole' }));
    await engine.client.call('run.start', { id });
    const events: RunEvent[] = [];
    let slowest = 0;
    let running = true;
    const pinging = (async () => {
      while (running) {
        const askedAt = performance.now();
        await engine.client.call('preferences.get', {});
        slowest = Math.max(slowest, performance.now() - askedAt);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    const end = await ended(engine, id, (event) => events.push(event));
    running = false;
    await pinging;
    expect(end.steps.map(({ state, error }) => error ?? state)).toEqual(end.steps.map(() => 'done'));
    // 50 ms where a machine has nothing else to do.
    expect(slowest).toBeLessThan(1_000);
    const cells = events.flatMap((event) => event.cells ?? []);
    expect(new Set(cells.filter(({ measure }) => measure === 'nmse').map(({ layer }) => layer))).toEqual(new Set([0, 1, 2]));
    expect(cells.some(({ measure }) => measure === 'kl_div')).toBe(true);
    const series = new Set(events.flatMap((event) => event.curves ?? []).map(({ step }) => step));
    expect([...series]).toEqual(expect.arrayContaining(['parent', 'bld', 'gkd']));
    reference = await fingerprints('whole', id);
    expect(Object.keys(reference)).toEqual(expect.arrayContaining(['parent/model.safetensors', 'scores/layer_2.json', 'children/distilled/model.safetensors', 'export/config.json']));
  }, 120_000);

  it('leaves results, a library for the Explorer, and files to download', async () => {
    const { report, trainings, scores, times, evaluations } = await engine.client.call('run.report', { id });
    expect(report).toMatchObject({ seed: 11, device: { line: expect.any(String) } });
    expect([trainings.length, scores.length]).toEqual([3, 3]);
    expect(times?.attention['no_op']).toBeDefined();
    expect(evaluations.find((each) => each.id === 'final')?.models.map(({ name }) => name).sort()).toEqual(['after', 'before']);
    const { library } = await engine.client.call('run.open_library', { id });
    expect(library).toMatchObject({ layers: 3, origin: 'project' });
    const view = await engine.client.call('library.view', { id: library.id });
    expect(view.header.columns.map((column) => column.id)).toEqual(expect.arrayContaining(['kl_div', 'runtime_ms', 'num_params']));
    const exported = await engine.client.call('run.export', { id, archive: true });
    expect(exported.files.map((file) => file.path)).toEqual(expect.arrayContaining(['config.json', 'model.safetensors']));
    expect(exported.archive?.bytes.length).toBeGreaterThan(exported.files.reduce((sum, { bytes }) => sum + bytes, 0));
    const half = await engine.client.call('run.export', { id, dtype: 'BF16' });
    expect(half.folder).not.toBe(exported.folder);
    const parent = await engine.client.call('train.read_parent', { folder: path.join(folder, 'whole', 'runs', id, 'parent') });
    expect(parent).toMatchObject({ architecture: { shape: { hidden_size: 32 } }, tokenizer: expect.stringContaining('tokenizer.json') });
    await expect(engine.client.call('train.read_parent', { folder: path.join(folder, 'home') })).rejects.toMatchObject({ payload: { message: expect.stringContaining('config.json') } });
    await expect(engine.client.call('train.read_parent', { folder: 'relative' })).rejects.toMatchObject({ payload: { code: 'bad_input' } });
  });

  it('is there again after a restart, curves and all', async () => {
    const before: RunEvent[] = [];
    await ended(engine, id, (event) => before.push(event));
    await engine.kill();
    engine = await open('whole');
    const after: RunEvent[] = [];
    await ended(engine, id, (event) => after.push(event));
    expect(after[0]?.curves).toEqual(before[0]?.curves);
    expect(cellsOf(after[0])).toEqual(cellsOf(before[0]));
    expect(after[0]?.log?.at(-1)).toEqual(before[0]?.log?.at(-1));
    expect((await engine.client.call('run.list', {})).runs).toMatchObject([{ id, state: 'done', name: 'whole' }]);
  });
});

// Children of a process are looked up in /proc.
describe.runIf(process.platform === 'linux')('killing', () => {
  it('the engine, again and again, leaves a run that goes on to the same weights and scores', async () => {
    let engine = await open('killed');
    const { id } = await engine.client.call('run.create', { plan: PLAN, name: 'killed' });
    let interrupted = 0;
    for (let round = 0; ; round++) {
      await engine.client.call('run.start', { id });
      let orphans: number[] = [];
      const kill = setTimeout(() => {
        orphans = trainersOf(engine);
        void engine.kill();
      }, 700 + 300 * round);
      const end = await ended(engine, id).catch((error: unknown) => toErrorPayload(error));
      clearTimeout(kill);
      if (!('code' in end)) {
        expect(end.state).toBe('done');
        break;
      }
      expect(end.code).toBe('engine_gone');
      await engine.kill();
      // A trainer whose engine is gone ends at the next breath of its job.
      await vi.waitFor(() => expect(orphans.filter(isAlive)).toEqual([]), { timeout: 20_000, interval: 50 });
      engine = await open('killed');
      const { runs, damaged } = await engine.client.call('run.list', {});
      expect(damaged).toEqual([]);
      expect(['interrupted', 'waiting', 'done']).toContain(runs[0]?.state);
      interrupted++;
      if (runs[0]?.state === 'done') break;
    }
    expect(interrupted).toBeGreaterThan(0);
    expect(await fingerprints('killed', id)).toEqual(reference);
    await engine.kill();
  }, 180_000);

  it('trainers at random moments lets the run end with the same weights and scores', async () => {
    const engine = await open('trainers');
    const { id } = await engine.client.call('run.create', { plan: PLAN, name: 'trainers' });
    const retried: string[] = [];
    let attempts = 0;
    for (;;) {
      await engine.client.call('run.start', { id });
      let next = 700 + 300 * attempts;
      const strike = (): void => {
        const victim = trainersOf(engine).at(-1);
        if (victim !== undefined) process.kill(victim, 'SIGKILL');
        next += 700;
        timer = setTimeout(strike, next);
      };
      let timer = setTimeout(strike, next);
      const end = await ended(engine, id, (event) => retried.push(...(event.log ?? []).filter(({ text }) => text.includes('begins again')).map(({ text }) => text)));
      clearTimeout(timer);
      attempts++;
      if (end.state === 'done') break;
      // One job struck twice.
      expect(end.error).toMatchObject({ retryable: true });
    }
    expect(retried.length).toBeGreaterThan(0);
    expect(await fingerprints('trainers', id)).toEqual(reference);
    await engine.kill();
  }, 180_000);

  it('a run by the user fifty times leaves the engine alive and the project as it was', async () => {
    const engine = await open('cancelled');
    const { id } = await engine.client.call('run.create', { plan: PLAN, name: 'cancelled' });
    let done = false;
    for (let round = 0; round < 50 && !done; round++) {
      await engine.client.call('run.start', { id });
      await new Promise((resolve) => setTimeout(resolve, (round * 97) % 1_000));
      try {
        await engine.client.call('run.cancel', { id });
      } catch (error) {
        expect(isCancelled(error) || toErrorPayload(error).code === 'conflict').toBe(true);
      }
      const { runs, damaged } = await engine.client.call('run.list', {});
      expect(damaged).toEqual([]);
      expect(['cancelled', 'done']).toContain(runs[0]?.state);
      done = runs[0]?.state === 'done';
    }
    if (!done) {
      await engine.client.call('run.start', { id });
      expect((await ended(engine, id)).state).toBe('done');
    }
    expect(await fingerprints('cancelled', id)).toEqual(reference);
    expect(engine.process.exitCode).toBeNull();
    expect((await readdir(path.join(folder, 'cancelled'))).sort()).toEqual(['.lock', 'libraries', 'runs']);
    await engine.kill();
  }, 300_000);
});
