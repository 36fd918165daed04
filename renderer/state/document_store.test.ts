import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WorkbenchError } from '../../engine/protocol/errors.ts';
import type { ProjectDocument, ProjectState } from '../../engine/protocol/workspace.ts';
import type * as documentModule from './document_store.ts';
import { PlayedClient } from './test_client.ts';

let store: typeof documentModule;
let client: PlayedClient;
let revision: number;

const project = (document: Partial<ProjectDocument> = {}, at = revision): ProjectState => ({
  folder: '/projects/demo',
  revision: at,
  document: { name: 'Demo', limits: [], workloads: [], locks: [], bans: [], solutions: 1, min_different_layers: 8, pins: [], ...document },
});
const current = (): ProjectDocument => store.documentStore.getState().document;
const saves = (): ProjectDocument[] =>
  client.calls.filter(({ name }) => name === 'project.save').map(({ params }) => (params as { document: ProjectDocument }).document);

beforeEach(async () => {
  vi.useFakeTimers();
  vi.resetModules();
  store = await import('./document_store.ts');
  revision = 3;
  client = new PlayedClient();
  client.answer = () => ({ revision: ++revision });
  store.adoptProject(client, project());
});

afterEach(() => vi.useRealTimers());

describe('undo', () => {
  test('a drag is one step, whatever happened in between', () => {
    store.setLimit('memory_mib', 'max', 100);
    for (const value of [90, 80, 70]) store.setLimit('memory_mib', 'max', value, 'drag-1');
    for (const value of [60, 50]) store.setLimit('memory_mib', 'max', value, 'drag-2');
    const values = [];
    for (let i = 0; i < 3; i++) {
      store.undo();
      values.push(current().limits[0]?.value);
    }
    expect(values).toEqual([70, 100, undefined]);
  });

  test('redo comes back, and a new change forgets it', () => {
    store.setLimit('memory_mib', 'max', 100);
    store.setLimit('memory_mib', 'max', 50);
    store.undo();
    store.redo();
    expect(current().limits[0].value).toBe(50);
    store.undo();
    store.setObjective('kl_div');
    store.redo();
    expect(current()).toMatchObject({ objective: 'kl_div', limits: [{ value: 100 }] });
  });

  test('removing a pin takes it out of the comparison too', () => {
    store.addPin({ kind: 'external', id: 'p', name: 'P', created_at: '', reasons: [], architecture: {} as never });
    store.setCompare(['p', 'current']);
    store.removePin('p');
    expect(current().compare).toBeUndefined();
    store.undo();
    expect(current().compare).toEqual(['p', 'current']);
  });
});

describe('saving', () => {
  test('many changes are one save, of the last state, on the revision it is based on', async () => {
    for (const value of [3, 2, 1]) store.setLimit('memory_mib', 'max', value);
    expect(store.documentStore.getState().saving).toBe('pending');
    await vi.advanceTimersByTimeAsync(500);
    expect(client.calls).toMatchObject([{ name: 'project.save', params: { base_revision: 3, document: { limits: [{ value: 1 }] } } }]);
    expect(store.documentStore.getState().saving).toBe('saved');
  });

  test('the engine announcing our own save before answering it does not save again', async () => {
    client.answer = (_, params) => {
      const { document } = params as { document: ProjectDocument };
      revision++;
      store.adoptProject(client, project(document));
      return { revision };
    };
    store.setLimit('memory_mib', 'max', 5);
    await vi.advanceTimersByTimeAsync(5000);
    expect(saves()).toHaveLength(1);
    expect(store.documentStore.getState()).toMatchObject({ saving: 'saved', past: [{ label: 'Limit memory_mib' }] });
  });

  test('a failure is told, stays visible, and the next change tries again', async () => {
    const problems: unknown[] = [];
    store.onSaveProblem((error) => problems.push(error));
    client.answer = () => {
      throw new WorkbenchError('io', 'The disk is full.');
    };
    store.setObjective('kl_div');
    await vi.advanceTimersByTimeAsync(500);
    expect(problems).toHaveLength(1);
    expect(store.documentStore.getState().saving).toBe('failed');
    client.answer = () => ({ revision: ++revision });
    store.setObjective('lm_loss');
    await vi.advanceTimersByTimeAsync(500);
    expect(store.documentStore.getState().saving).toBe('saved');
  });

  test('nothing is saved where another process holds the project', async () => {
    store.adoptProject(client, { ...project({ name: 'Other' }, 9), read_only: 'Held by process 42.' });
    store.setObjective('kl_div');
    await vi.advanceTimersByTimeAsync(5000);
    expect(saves()).toHaveLength(0);
  });
});

describe('a new engine', () => {
  test('gets what the old one did not live to save', async () => {
    client.answer = () => {
      throw new WorkbenchError('engine_gone', 'Killed.', { retryable: true });
    };
    store.setLimit('memory_mib', 'max', 5);
    await vi.advanceTimersByTimeAsync(500);
    client = new PlayedClient();
    client.answer = () => ({ revision: 1 });
    store.adoptProject(client, project({}, 0));
    await vi.advanceTimersByTimeAsync(500);
    expect(saves()).toMatchObject([{ limits: [{ value: 5 }] }]);
    expect(store.documentStore.getState().saving).toBe('saved');
  });

  test('that has the same document keeps the history', async () => {
    store.setLimit('memory_mib', 'max', 5);
    await vi.advanceTimersByTimeAsync(500);
    store.adoptProject(new PlayedClient(), project(current(), 0));
    store.undo();
    expect(current().limits).toEqual([]);
  });
});

describe('another window', () => {
  test('that saved first is shown, and undo leads back to ours', async () => {
    const theirs = project({ name: 'Theirs' }, 7);
    client.answer = () => {
      throw new WorkbenchError('conflict', 'The project was changed in another window.');
    };
    store.setLimit('memory_mib', 'max', 5);
    expect(store.adoptProject(client, theirs)).toBe('replaced');
    expect(current().name).toBe('Theirs');
    store.undo();
    expect(current()).toMatchObject({ name: 'Demo', limits: [{ value: 5 }] });
  });

  test('that changes a project at rest is simply followed', () => {
    expect(store.adoptProject(client, project({ name: 'Theirs' }, 7))).toBe('adopted');
    expect(current().name).toBe('Theirs');
  });
});
