import { beforeEach, describe, expect, test } from 'vitest';
import { presetPlan } from '../../engine/hosts/pipeline/presets.ts';
import type { PipelineReport } from '../../engine/protocol/train.ts';
import type { ProjectDocument } from '../../engine/protocol/workspace.ts';
import { blocksOf } from './children.ts';
import { documentStore, EMPTY_DOCUMENT, undo } from './document_store.ts';
import { engineStore } from './engine_store.ts';
import { PlayedClient } from './test_client.ts';
import { testLibrary } from './test_library.ts';
import { openRunLibrary } from './train_actions.ts';
import { withRunProblem, type FinishedRun } from './train_problem.ts';
import { runStore } from './train_run_store.ts';

const library = testLibrary();
const child = [1, 5];
const set = (max: number, choices: readonly number[]): PipelineReport['limits'][number] => ({
  params: 0.5, kv: 0.5, status: 'optimal', baselines: {},
  limits: [{ column: 'memory_mib', max }, { column: 'unknown_here', max: 1 }],
  child: { kl: 1, estimated_kl: 1, num_params: 1, kv_bytes_per_sequence: 1, runtime_ms: 1, choices: blocksOf(library.view, choices) },
});
const report = { limits: [set(150, [0, 4]), set(80, child)] };
const run: FinishedRun = { name: 'Small', plan: { chosen_limit: 1, objective: 'kl_div' }, report };
const before: ProjectDocument = {
  ...EMPTY_DOCUMENT, library_id: 'test', objective: 'runtime_ms',
  limits: [{ column: 'total_tok_s', side: 'min', value: 16_500, enabled: true }, { column: 'memory_mib', side: 'max', value: 3, enabled: false }],
  locks: [{ layer: 0, variant: 'kv8/64' }],
};

describe('the problem of a run', () => {
  test('has its objective and the limits of its chosen set, others switched off', () => {
    const document = withRunProblem(before, library, run);
    expect(document).toMatchObject({ objective: 'kl_div', locks: [] });
    expect(document.limits).toEqual([{ column: 'memory_mib', side: 'max', value: 80, enabled: true }, { column: 'total_tok_s', side: 'min', value: 16_500, enabled: false }]);
  });

  test('has the child of that set pinned once, under the name of the run', () => {
    const once = withRunProblem(before, library, run);
    expect(once.pins).toMatchObject([{ name: 'Child of Small', library_id: 'test', blocks: blocksOf(library.view, child) }]);
    expect(once.compare).toEqual(['parent', once.pins[0]!.id]);
    const again = withRunProblem({ ...once, compare: undefined }, library, run);
    expect(again.pins).toBe(once.pins);
    expect(again.compare).toEqual(once.compare);
    const other = withRunProblem(once, library, { ...run, plan: { ...run.plan, chosen_limit: 0 } });
    expect(other.pins.map(({ name }) => name)).toEqual(['Child of Small', 'Child of Small #2']);
  });

  test('goes without the pin where the library lacks some of its blocks', () => {
    const [block] = blocksOf(library.view, child);
    const strange = { ...report.limits[1]!, child: { ...report.limits[1]!.child, choices: [{ ...block!, variant: 'kv1/8' }] } };
    expect(withRunProblem(before, library, { ...run, report: { limits: [report.limits[0]!, strange] } }).pins).toEqual([]);
  });
});

describe('opening the library of a run', () => {
  const client = new PlayedClient();
  const view = (state: 'done' | 'failed') => ({
    plan: { ...presetPlan('smoke', 1), chosen_limit: 1, objective: 'kl_div' },
    progress: { id: 'r', name: 'Small', created_at: '', state, processes: 1, steps: [] },
    jobs: [], curves: new Map(), log: [], cells: new Map(),
  });
  client.answer = (name) => {
    if (name === 'run.open_library') return { library: { id: 'test', name: 'Library test' } };
    if (name === 'run.report') return { report };
    if (name === 'library.list') return { libraries: [] };
    if (name === 'library.view') return library.view;
    if (name === 'library.ranges') return { ranges: library.ranges };
    return name === 'child.evaluate' ? library.parent : { revision: 1 };
  };

  beforeEach(() => {
    engineStore.setState({ connection: { kind: 'ready', client: client.asRpc() } });
    documentStore.setState({ loaded: true, document: EMPTY_DOCUMENT, past: [], future: [] });
  });

  test('that is done brings its problem, as one step that undo takes back', async () => {
    runStore.setState({ id: 'r', view: view('done'), results: undefined });
    await openRunLibrary('r');
    const { document, past } = documentStore.getState();
    expect(document).toMatchObject({ library_id: 'test', objective: 'kl_div', pins: [{ name: 'Child of Small' }] });
    expect(document.limits.filter(({ enabled }) => enabled)).toEqual([{ column: 'memory_mib', side: 'max', value: 80, enabled: true }]);
    expect(past).toHaveLength(1);
    undo();
    expect(documentStore.getState().document).toEqual(EMPTY_DOCUMENT);
  });

  test('that is not brings the library with its usual limits', async () => {
    runStore.setState({ id: 'r', view: view('failed'), results: undefined });
    await openRunLibrary('r');
    const { document } = documentStore.getState();
    expect(document).toMatchObject({ library_id: 'test', pins: [] });
    expect(document.limits.filter(({ enabled }) => enabled)).toMatchObject([{ column: 'total_tok_s' }]);
  });
});
