/** The built engine process: its workers do their work, and nothing that goes wrong in one of them ends it. */
import { mkdir, readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../engine/protocol/api.ts';
import type { RpcClient } from '../../engine/protocol/client.ts';
import { toErrorPayload } from '../../engine/protocol/errors.ts';
import { projectFileSchema, type ProjectDocument, type ProjectState } from '../../engine/protocol/workspace.ts';
import { removeFolder, startServer, temporaryFolder } from '../fixtures/server.mjs';
import { connectClient, forkEngine, snapshot, type ForkedEngine } from './engine_client.ts';

const SAMPLE = 'sample:llama-3.1-70b';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => removeFolder(folder));

describe('workers', () => {
  let engine: ForkedEngine;
  beforeAll(async () => {
    engine = await forkEngine(path.join(folder, 'workers'), path.join(folder, 'home'));
  });
  afterAll(() => engine.kill());

  it('search in the background', async () => {
    const answer = await solve(engine.client, 70_000);
    expect(answer).toMatchObject({ status: 'optimal', gap: 0, final: true });
  });

  it('import in the background, and the loop goes on answering', async () => {
    const { libraries } = await engine.client.call('library.list', {});
    expect(libraries[0]).toMatchObject({ id: SAMPLE, layers: 80 });
    const exported = await engine.client.call('child.export', {
      name: 'sample',
      child: { kind: 'in_library', library_id: SAMPLE, choices: [] },
      format: 'library',
    });
    const importing = engine.client.call('library.import', { source: { kind: 'upload', files: [{ path: 'sample.library.json', bytes: exported.bytes }] } });
    const { library } = await importing;
    expect(library).toMatchObject({ layers: 80, origin: 'project' });
    expect(await readdir(path.join(folder, 'workers', 'libraries'))).toEqual([`${library.id}.json`]);
    expect(await solve(engine.client, 70_000, library.id)).toMatchObject({ status: 'optimal', objective: (await solve(engine.client, 70_000) as { objective: number }).objective });
  });

  it('may die of an import that needs more memory than it has, and the engine lives', async () => {
    // 90 MB of text that become 30 million objects.
    const bytes = new TextEncoder().encode(`[${'{},'.repeat(30_000_000)}{}]`);
    const failure = await engine.client.call('library.import', { source: { kind: 'upload', files: [{ path: 'huge.json', bytes }] } }).then(
      () => undefined,
      (error: unknown) => toErrorPayload(error),
    );
    expect(failure?.code).toMatch(/^(too_large|bad_input)$/);
    expect(failure?.message).toContain('huge.json');
    expect(engine.process.exitCode).toBeNull();
    expect(await solve(engine.client, 60_000)).toMatchObject({ status: 'optimal' });
  }, 60_000);

  it('stop for a request that was withdrawn', async () => {
    const abort = new AbortController();
    const bytes = new TextEncoder().encode(`[${'{},'.repeat(3_000_000)}{}]`);
    const importing = engine.client.call('library.import', { source: { kind: 'upload', files: [{ path: 'withdrawn.json', bytes }] } }, { signal: abort.signal });
    abort.abort();
    await expect(importing).rejects.toMatchObject({ payload: { code: 'cancelled' } });
    expect(await solve(engine.client, 65_000)).toMatchObject({ status: 'optimal' });
  });

  it('refuse a frame they cannot read without ending', async () => {
    await expect(engine.client.call('library.view', { id: '../../etc/passwd' })).rejects.toMatchObject({ payload: { code: 'not_found' } });
    expect(engine.process.exitCode).toBeNull();
  });
});

describe('a killed engine', () => {
  it('leaves the old or the new project, whenever it dies', async () => {
    const project = path.join(folder, 'killed');
    const home = path.join(folder, 'home');
    await mkdir(project, { recursive: true });
    let written = new Set<string>(['killed']);
    let torn = 0;
    for (let round = 0; round < 20; round++) {
      const engine = await forkEngine(project, home);
      const state = (await snapshot(engine.client, 'project', {} as never)) as ProjectState;
      expect(state.read_only, 'a dead process holds no lock').toBeUndefined();
      expect(state.recovered).toBeUndefined();
      // What was found is complete: the state before or one of those being saved when it died.
      expect([...written]).toContain(state.document.name);
      expect(state.document.pins).toHaveLength(state.document.name === 'killed' ? 0 : PINS);
      written = new Set([state.document.name]);
      const killed = new Promise<void>((resolve) => setTimeout(() => void engine.kill().then(resolve), 3 + round * 4));
      let { revision } = state;
      for (let save = 0; save < 200 && engine.process.signalCode === null; save++) {
        const name = `round ${round} save ${save}`;
        written.add(name);
        try {
          ({ revision } = await engine.client.call('project.save', { document: documentOf(name), base_revision: revision }));
          // What was acknowledged must not be lost: everything older is out of the question now.
          written = new Set([name]);
        } catch (error) {
          expect(toErrorPayload(error).code).toBe('engine_gone');
          torn++;
          break;
        }
      }
      await killed;
      const text = await readFile(path.join(project, 'project.json'), 'utf8').catch(() => undefined);
      if (text !== undefined) expect([...written]).toContain(projectFileSchema.parse(JSON.parse(text)).document.name);
    }
    expect(torn, 'kills that met a save under way').toBeGreaterThan(5);
  }, 60_000);

  it('is started again by its server, with the same token', async () => {
    const server = await startServer({ project: path.join(folder, 'served'), home: path.join(folder, 'home') });
    try {
      const before = await connectClient(server);
      const gone = new Promise((resolve) => before.onFailure(resolve));
      const pid = server.enginePid();
      expect(pid).toBeDefined();
      process.kill(pid!, 'SIGKILL');
      expect(await gone).toMatchObject({ code: 'engine_gone' });
      const after = await connectClient(server);
      expect((await after.call('library.list', {})).libraries).toHaveLength(2);
      expect(server.enginePid()).not.toBe(pid);
      after.close();
    } finally {
      await server.stop();
    }
  });
});

const PINS = 40;

/** Large enough that writing it takes several steps of the disk. */
function documentOf(name: string): ProjectDocument {
  const block = { parent_layers: [0], variant: 'kv8/28672', attention: { kind: 'gqa', kv_heads: 8 }, ffn: { kind: 'swiglu', intermediate_size: 28_672 } } as const;
  return {
    name,
    limits: [{ column: 'memory_mib', side: 'max', value: 80_000, enabled: true }],
    workloads: [],
    locks: [],
    bans: [],
    solutions: 1,
    min_different_layers: 8,
    pins: Array.from({ length: PINS }, (_, index) => ({
      kind: 'in_library',
      id: `${name} ${index}`,
      name: `${name} ${index}`,
      created_at: '2026-01-01T00:00:00.000Z',
      origin: 'solution',
      library_id: SAMPLE,
      objective: 'kl_div',
      blocks: Array.from({ length: 80 }, (_, layer) => ({ ...block, parent_layers: [layer] })),
    })),
  };
}

function solve(client: RpcClient, memoryMib: number, libraryId = SAMPLE): Promise<StreamEvent<'solve'>> {
  return new Promise((resolve, reject) => {
    client.subscribe('solve', { library_id: libraryId, objective: 'kl_div', limits: [{ column: 'memory_mib', max: memoryMib }] }, {
      onEvent: (update) => {
        if (update.status === 'infeasible' || update.status === 'cancelled' || ('final' in update && update.final)) resolve(update);
      },
      onError: reject,
    });
  });
}

describe('stopping the server', () => {
  it('lets a save that has arrived reach the disk, and leaves nothing half-written', async () => {
    for (let round = 0; round < 5; round++) {
      const project = path.join(folder, `stopped-${round}`);
      const server = await startServer({ project, home: path.join(folder, 'home') });
      const client = await connectClient(server);
      const state = (await snapshot(client, 'project', {} as never)) as ProjectState;
      const saving = client.call('project.save', { document: { ...state.document, name: `saved ${round}` }, base_revision: state.revision });
      saving.catch(() => undefined);
      // Messages are handled in order: once this is answered, the save has begun.
      await client.call('preferences.get', {});
      process.kill(server.pid, 'SIGTERM');
      await server.exited;
      const file = projectFileSchema.parse(JSON.parse(await readFile(path.join(project, 'project.json'), 'utf8')));
      expect(file.document.name).toBe(`saved ${round}`);
      expect((await readdir(project)).sort()).toEqual(['libraries', 'project.json']);
    }
  }, 60_000);
});
