import { describe, expect, test } from 'vitest';
import { presetPlan } from '../../engine/hosts/pipeline/presets.ts';
import type { StepState } from '../../engine/protocol/train.ts';
import { LOG_TAIL, type RunCurve, type RunEvent, type RunProgress } from '../../engine/protocol/train_api.ts';
import { adoptEvent, cellKey, curveKey, isUnderWay, partOfInterest, type RunView } from './train_run.ts';

const plan = presetPlan('smoke', 1);
const step = (kind: StepState['kind'], state: StepState['state'], progress = state === 'done' ? 1 : 0): StepState => ({ kind, title: kind, state, progress, elapsed_s: 1, jobs: { done: 0, total: 0 } });
const progress = (state: RunProgress['state'], steps: StepState[]): RunProgress => ({ id: 'r', name: 'Run', created_at: '2026-01-01T00:00:00Z', state, steps, processes: 2 });
const curve = (whole: boolean, at: number[], values: number[]): RunCurve => ({ job: 'parent', step: 'parent', series: 'loss', whole, at: Float64Array.from(at), values: Float64Array.from(values) });
const snapshot = (steps: StepState[]): Extract<RunEvent, { kind: 'snapshot' }> => ({
  kind: 'snapshot',
  plan,
  progress: progress('running', steps),
  jobs: [],
  cells: [{ layer: 0, target: 'ffn:96', measure: 'nmse', value: 0.5, first: 0.5 }],
  curves: [curve(true, [1, 2], [5, 4])],
  log: [{ at: '2026-01-01T00:00:00Z', level: 'info', text: 'begun' }],
});
const follow = (...events: RunEvent[]): RunView | undefined => events.reduce<RunView | undefined>(adoptEvent, undefined);

describe('a run on screen', () => {
  test('is nothing before its snapshot', () => {
    expect(follow({ kind: 'update', log: [] })).toBeUndefined();
  });

  test('updates replace cells, extend curves and lines, and leave the rest', () => {
    const before = follow(snapshot([step('data', 'done'), step('parent', 'running', 0.2)]))!;
    const after = adoptEvent(before, {
      kind: 'update',
      cells: [{ layer: 0, target: 'ffn:96', measure: 'nmse', value: 0.1, first: 0.5 }],
      curves: [curve(false, [3], [3])],
      log: [{ at: '2026-01-01T00:00:01Z', level: 'warning', text: 'slow' }],
    })!;
    expect(after.cells.get(cellKey({ measure: 'nmse', layer: 0, target: 'ffn:96' }))).toMatchObject({ value: 0.1, first: 0.5 });
    expect([...after.curves.get(curveKey({ job: 'parent', series: 'loss' }))!.values]).toEqual([5, 4, 3]);
    expect(after.log.map(({ text }) => text)).toEqual(['begun', 'slow']);
    expect(after.progress).toBe(before.progress);
    // The view before is what somebody may still be drawing.
    expect([...before.curves.values()][0]!.values).toHaveLength(2);
  });

  test('a whole curve takes the place of the one before', () => {
    const after = follow(snapshot([step('parent', 'running')]), { kind: 'update', curves: [curve(true, [2, 4], [4, 2])] })!;
    expect([...after.curves.values()].map(({ at }) => [...at])).toEqual([[2, 4]]);
  });

  test('steps that did not change stay the same objects', () => {
    const before = follow(snapshot([step('data', 'done'), step('parent', 'running', 0.2)]))!;
    const after = adoptEvent(before, { kind: 'update', progress: progress('running', [step('data', 'done'), step('parent', 'running', 0.3)]) })!;
    expect(after.progress.steps[0]).toBe(before.progress.steps[0]);
    expect(after.progress.steps[1]).not.toBe(before.progress.steps[1]);
    const again = adoptEvent(after, { kind: 'update', progress: progress('running', [step('data', 'done'), step('parent', 'running', 0.3)]) })!;
    expect(again.progress).toBe(after.progress);
  });

  test('a snapshot after a lost connection gives what an unbroken stream gave', () => {
    const live = follow(snapshot([step('parent', 'running')]), { kind: 'update', curves: [curve(false, [3], [3])] })!;
    const again = adoptEvent(live, { ...snapshot([step('parent', 'running')]), curves: [curve(true, [1, 2, 3], [5, 4, 3])] })!;
    expect(again).toEqual(live);
  });

  test('keeps as many lines as the engine does', () => {
    const line = (i: number): { at: string; level: 'info'; text: string } => ({ at: '2026-01-01T00:00:00Z', level: 'info', text: String(i) });
    const view = follow(snapshot([]), { kind: 'update', log: Array.from({ length: LOG_TAIL + 5 }, (_, i) => line(i)) })!;
    expect(view.log).toHaveLength(LOG_TAIL);
    expect(view.log.at(-1)!.text).toBe(String(LOG_TAIL + 4));
  });
});

describe('the part that says most', () => {
  const steps = (...states: StepState['state'][]): StepState[] => states.map((state, i) => step((['data', 'parent', 'bld', 'score'] as const)[i]!, state));
  test.each([
    ['running', steps('done', 'running', 'waiting'), 'parent'],
    ['failed', steps('done', 'failed', 'waiting'), 'parent'],
    ['cancelled', steps('done', 'done', 'cancelled', 'waiting'), 'bld'],
    ['interrupted', steps('done', 'waiting'), 'parent'],
    ['waiting', steps('waiting', 'waiting'), 'data'],
    ['done', steps('done', 'done'), 'result'],
  ] as const)('%s', (state, list, part) => {
    expect(partOfInterest(progress(state, list))).toBe(part);
  });

  test('a queued run is under way, one that only waits is not', () => {
    expect(isUnderWay({ state: 'waiting', queued_behind: { id: 'a', name: 'A' } })).toBe(true);
    expect(isUnderWay({ state: 'waiting' })).toBe(false);
  });
});
