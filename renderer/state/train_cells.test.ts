import { describe, expect, test } from 'vitest';
import { presetPlan } from '../../engine/hosts/pipeline/presets.ts';
import type { LayerScores, LayerTraining, Plan, Quality } from '../../engine/protocol/train.ts';
import type { RunCell, RunJob, RunProgress } from '../../engine/protocol/train_api.ts';
import { SCORE_MEASURES, scoreMap, trainingMap, type HeatCell, type HeatData } from './train_cells.ts';
import { cellKey, type RunView } from './train_run.ts';

const smoke = presetPlan('smoke', 1);
const device = { backend: 'cpu', line: 'cpu', versions: {}, skipped: [] } as const satisfies LayerTraining['device'];
const progress = (state: RunProgress['state'], bld: 'waiting' | 'running' | 'done'): RunProgress => ({
  id: 'r', name: 'r', created_at: '', state, processes: 1,
  steps: [{ kind: 'bld', title: 'BLD', state: bld, progress: 0, elapsed_s: 0, jobs: { done: 0, total: 4 } }],
});
const view = (change: Partial<RunView> & { readonly told?: readonly RunCell[] } = {}): RunView => ({
  plan: smoke, progress: progress('running', 'running'), jobs: [], curves: new Map(), log: [],
  cells: new Map((change.told ?? []).map((cell) => [cellKey(cell), cell])), ...change,
});
const job = (layer: number, state: RunJob['state'], kind = 'distil_blocks'): RunJob => ({ id: `j${layer}`, kind, step: 'bld', parent_layers: [layer], state, progress: 0 });
const at = (data: HeatData, layer: number, row: string): HeatCell => data.cells.find((cell) => cell.layer === layer && cell.row === row)!;

describe('the map of blockwise distillation', () => {
  test('has a row per sub-block but the parent’s own, a column per layer', () => {
    const data = trainingMap(view(), []);
    expect(data.layers).toBe(4);
    expect(data.rows.map(({ id }) => id)).toEqual(['attention:kv1', 'attention:linear', 'attention:no_op', 'ffn:96', 'ffn:48', 'ffn:linear', 'ffn:no_op']);
    expect(data.cells).toHaveLength(28);
    expect(at(data, 2, 'ffn:no_op').fixed).toBe(true);
  });

  test('tells waiting, running and done apart', () => {
    const told: RunCell[] = [
      { layer: 0, target: 'ffn:96', measure: 'nmse', value: 0.02, first: 0.4 },
      { layer: 1, target: 'ffn:96', measure: 'nmse', value: 0.3, first: 0.3 },
    ];
    const data = trainingMap(view({ told, jobs: [job(0, 'done'), job(1, 'running'), job(2, 'waiting')] }), []);
    expect(at(data, 0, 'ffn:96')).toMatchObject({ state: 'done', value: 0.02, first: 0.4 });
    expect(at(data, 1, 'ffn:96')).toMatchObject({ state: 'running', value: 0.3 });
    expect(at(data, 1, 'ffn:48')).toMatchObject({ state: 'running', value: undefined });
    expect(at(data, 2, 'ffn:96').state).toBe('waiting');
  });

  test('a run that was stopped has nothing under way', () => {
    const data = trainingMap(view({ jobs: [job(1, 'running')], progress: progress('cancelled', 'waiting') }), []);
    expect(data.cells.every(({ state }) => state === 'waiting')).toBe(true);
  });

  test('files fill in what the stream no longer tells', () => {
    const training: LayerTraining = { parent_layers: [3], device, targets: [{ target: 'ffn:96', initial_nmse: 0.5, final_nmse: 0.01, steps: 40, curve: [] }] };
    const data = trainingMap(view({ progress: progress('done', 'done') }), [training]);
    expect(at(data, 3, 'ffn:96')).toMatchObject({ state: 'done', value: 0.01, first: 0.5 });
    // The step is over and there is no file: the run does without it.
    expect(at(data, 0, 'ffn:96').state).toBe('absent');
  });

  test('two stages show pairs beside halves as they come', () => {
    const plan: Plan = { ...smoke, bld: { ...smoke.bld, mode: 'two_stage' } };
    const data = trainingMap(view({ plan, told: [{ layer: 0, target: 'block:kv1/96', measure: 'nmse', value: 0.1 }] }), []);
    expect(data.rows.at(-1)).toMatchObject({ id: 'block:kv1/96', group: 'block' });
    expect(trainingMap(view({ plan: { ...smoke, bld: { ...smoke.bld, mode: 'coupled' } } }), []).rows).toHaveLength(19);
  });

  test('an opened parent has as many layers as were heard of', () => {
    const plan: Plan = { ...smoke, parent: { kind: 'open', folder: '/m' } };
    expect(trainingMap(view({ plan }), []).layers).toBe(0);
    expect(trainingMap(view({ plan, jobs: [job(0, 'running'), job(11, 'waiting')] }), []).layers).toBe(12);
    // Its own variants are listed first.
    expect(trainingMap(view({ plan }), []).rows.map(({ id }) => id)).not.toContain('attention:kv2');
  });
});

describe('the map of scores', () => {
  const quality = (kl: number, loss: number, copy: number): Quality => ({ lm_loss: loss, kl_div: kl, top_1: 0.5, top_5: 0.8, top_10: 0.9, hidden_cosine: 0, tasks: { copy }, tokens: 10 });
  const scores: LayerScores[] = [{ parent_layers: [0], device, parent: quality(0, 2, 0.8), variants: [{ variant: 'kv1/96', quality: quality(0.03, 2.1, 0.6), nmse: 0.2 }] }];

  test('takes KL from the stream and every other measure from the files, as differences from the parent', () => {
    const told: RunCell[] = [{ layer: 1, target: 'kv1/48', measure: 'kl_div', value: 0.07 }];
    const of = (id: string): HeatData => scoreMap(view({ told }), scores, SCORE_MEASURES.find((measure) => measure.id === id)!);
    expect(at(of('kl_div'), 0, 'kv1/96').value).toBe(0.03);
    expect(at(of('kl_div'), 1, 'kv1/48')).toMatchObject({ value: 0.07, state: 'done' });
    expect(at(of('lm_loss'), 0, 'kv1/96').value).toBeCloseTo(0.1, 12);
    expect(at(of('lm_loss'), 1, 'kv1/48').value).toBeUndefined();
    expect(at(of('tasks'), 0, 'kv1/96').value).toBeCloseTo(0.2, 12);
    expect(at(of('nmse'), 0, 'kv1/96').value).toBe(0.2);
  });

  test('the parent’s own block is nobody’s score', () => {
    expect(at(scoreMap(view(), [], SCORE_MEASURES[0]!), 2, 'kv2/192').state).toBe('own');
  });
});
