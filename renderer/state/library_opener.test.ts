import { beforeEach, describe, expect, test, vi } from 'vitest';
import type * as errorsModule from '../../engine/protocol/errors.ts';
import type * as documentModule from './document_store.ts';
import type * as engineModule from './engine_store.ts';
import type * as openerModule from './library_opener.ts';
import { PlayedClient } from './test_client.ts';
import { testLibrary } from './test_library.ts';

let client: PlayedClient;
let modules: {
  opener: typeof openerModule;
  store: typeof documentModule;
  engine: typeof engineModule;
  errors: typeof errorsModule;
};
const known: Readonly<Record<string, engineModule.OpenLibrary>> = {
  a: testLibrary('a'),
  'a-again': testLibrary('a-again'),
  big: testLibrary('big', 'Huge'),
  'generated:tiny?device=h100-sxm&isl=60&osl=40': testLibrary('generated:tiny?device=h100-sxm&isl=60&osl=40'),
  'generated:tiny?device=b200&isl=60&osl=40': testLibrary('generated:tiny?device=b200&isl=60&osl=40'),
};
const [onH100, onB200] = Object.keys(known).filter((id) => id.startsWith('generated:'));

const openId = (): string | undefined => modules.engine.openLibrary(modules.engine.engineStore.getState())?.view.id;
const document = () => modules.store.documentStore.getState().document;

beforeEach(async () => {
  vi.resetModules();
  modules = {
    opener: await import('./library_opener.ts'),
    store: await import('./document_store.ts'),
    engine: await import('./engine_store.ts'),
    errors: await import('../../engine/protocol/errors.ts'),
  };
  client = new PlayedClient();
  client.answer = (name, params) => {
    const { id, library_id } = params as { id?: string; library_id?: string };
    const library = known[id ?? library_id ?? ''];
    if (name === 'project.save') return { revision: 1 };
    if (library === undefined) throw new modules.errors.WorkbenchError('not_found', 'No such library.');
    if (name === 'library.view') return library.view;
    return name === 'library.ranges' ? { ranges: library.ranges } : library.parent;
  };
  modules.engine.engineStore.setState({ connection: { kind: 'ready', client: client.asRpc() } });
  modules.store.documentStore.setState({ loaded: true });
  modules.opener.followDocumentLibrary();
});

describe('switching libraries', () => {
  test('opens it with limits that give a first picture, as one undoable step', async () => {
    await modules.opener.switchLibrary('a');
    expect(openId()).toBe('a');
    expect(document().limits.filter((limit) => limit.enabled)).toHaveLength(1);
    modules.store.undo();
    expect(document()).toMatchObject({ limits: [] });
    expect(document().library_id).toBeUndefined();
    await vi.waitFor(() => expect(openId()).toBeUndefined());
  });

  test('keeps the limits for the same parent and replaces them for another', async () => {
    await modules.opener.switchLibrary('a');
    modules.store.setLimit('memory_mib', 'max', 123);
    await modules.opener.switchLibrary('a-again');
    expect(document().limits).toContainEqual({ column: 'memory_mib', side: 'max', value: 123, enabled: true });
    await modules.opener.switchLibrary('big');
    expect(document().limits).not.toContainEqual({ column: 'memory_mib', side: 'max', value: 123, enabled: true });
  });

  test('that fails leaves the open library and the document as they were', async () => {
    await modules.opener.switchLibrary('a');
    const before = document();
    await expect(modules.opener.switchLibrary('missing')).rejects.toThrow('No such library.');
    expect(openId()).toBe('a');
    expect(document()).toBe(before);
  });
});

describe('a restored project', () => {
  test('opens its library without touching its limits', async () => {
    modules.store.changeDocument('restored', (old) => ({ ...old, library_id: 'a', limits: [] }));
    await vi.waitFor(() => expect(openId()).toBe('a'));
    expect(document().limits).toEqual([]);
  });

  test('says so where its library cannot be read', async () => {
    modules.store.changeDocument('restored', (old) => ({ ...old, library_id: 'missing' }));
    await vi.waitFor(() =>
      expect(modules.engine.engineStore.getState().library).toMatchObject({ kind: 'failed', id: 'missing', error: { code: 'not_found' } }),
    );
  });
});

describe('the same blocks at other costs', () => {
  const answer = (objective: number): void =>
    client
      .of('solve')
      .at(-1)!
      .listener.onEvent({ status: 'optimal', objective, bound: objective, gap: 0, limits: [], solve_ms: 1, solutions: [{ objective, costs: {}, choices: [0, 3] }], final: true, exhausted: false }, 1);

  beforeEach(async () => {
    await modules.opener.switchLibrary(onH100!);
    modules.store.setLimit('memory_mib', 'max', 123);
    modules.store.lockLayer(1, 'kv8/32');
  });

  test('keep every decision, as one undoable step that comes with the answer', async () => {
    const { limits, locks } = document();
    await modules.opener.recostLibrary(onB200!, 'Device B200');
    expect([openId(), document().library_id]).toEqual([onH100, onH100]);
    answer(1);
    expect([openId(), document().library_id]).toEqual([onB200, onB200]);
    expect(document()).toMatchObject({ limits, locks });
    modules.store.undo();
    expect(openId()).toBe(onB200);
    await vi.waitFor(() => expect(client.of('solve').at(-1)!.params.library_id).toBe(onH100));
    answer(2);
    await vi.waitFor(() => expect([openId(), document().library_id]).toEqual([onH100, onH100]));
  });

  test('that cannot be computed leave everything as it was', async () => {
    const before = document();
    await expect(modules.opener.recostLibrary('generated:tiny?device=none&isl=60&osl=40', 'Device none')).rejects.toThrow('No such library.');
    expect(openId()).toBe(onH100);
    expect(document()).toBe(before);
    expect(client.of('solve').at(-1)!.params.library_id).toBe(onH100);
  });

  test('are asked for again where the hardware tables changed', async () => {
    const views = (): number => client.calls.filter(({ name, params }) => name === 'library.view' && (params as { id: string }).id === onH100).length;
    expect(views()).toBe(1);
    await modules.opener.recomputeLibraries();
    expect(views()).toBe(2);
  });
});
