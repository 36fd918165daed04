import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeFrame, encodeFrame } from '../../protocol/frames.ts';
import { runEventSchema, type RunEvent } from '../../protocol/train_api.ts';
import type { JobOf } from '../../protocol/train.ts';
import { RunFolder } from '../../workspace/run_folder.ts';
import { RunLogWriter } from '../../workspace/run_log.ts';
import { presetPlan } from '../pipeline/presets.ts';
import { RunSession } from './run_session.ts';
import { newRun } from './run_states.ts';

const PLAN = presetPlan('smoke', 1);
const STATE = newRun({ id: 'r', name: 'Run', plan: PLAN, steps: [{ kind: 'bld', title: 'BLD' }] });
const JOB: JobOf<'distil_blocks'> = {
  id: 'bld.layer_1',
  kind: 'distil_blocks',
  parent: 'parent',
  data: 'data',
  activations: 'activations',
  parent_layers: [1],
  targets: [{ part: 'ffn', ffn: { kind: 'no_op' } }],
  training: PLAN.bld.training,
  out: 'blocks',
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const point = (session: RunSession, step: number, value = step): void => session.event('bld', JOB, { kind: 'point', series: 'ffn:64', step, value });
const cell = (session: RunSession, value: number, layer = 1): void => session.event('bld', JOB, { kind: 'cell', layer, target: 'ffn:64', value, measure: 'nmse' });

/** Events as a page gets them. */
function watch(session: RunSession): RunEvent[] {
  const events: RunEvent[] = [];
  session.subscribe((event) => events.push(runEventSchema.parse(decodeFrame(encodeFrame(event)))));
  return events;
}

describe('who watches a run', () => {
  it('gets everything so far, then what changed, at most ten times a second', () => {
    const session = new RunSession(STATE);
    session.addJobs('bld', [JOB]);
    point(session, 1);
    cell(session, 0.5);
    session.line({ level: 'info', text: 'begins' });
    const events = watch(session);
    expect(events).toMatchObject([
      {
        kind: 'snapshot',
        plan: { preset: 'smoke' },
        progress: { id: 'r', state: 'waiting' },
        jobs: [{ id: 'bld.layer_1', parent_layers: [1], state: 'waiting' }],
        cells: [{ layer: 1, target: 'ffn:64', value: 0.5 }],
        curves: [{ job: 'bld.layer_1', series: 'ffn:64', parent_layers: [1], whole: true, at: Float64Array.of(1) }],
        log: [{ text: 'begins' }],
      },
    ]);
    for (let step = 2; step <= 200; step++) {
      point(session, step);
      vi.advanceTimersByTime(5);
    }
    expect(events.length).toBeLessThanOrEqual(11);
    const points = events.slice(1).flatMap((event) => (event.kind === 'update' ? (event.curves ?? []) : []));
    expect(points.flatMap(({ at }) => [...at])).toEqual(Array.from({ length: 199 }, (_, i) => i + 2).slice(0, points.reduce((sum, { at }) => sum + at.length, 0)));
    expect(points.slice(1).every(({ whole }) => !whole)).toBe(true);
  });

  it('sees the cells of the run’s own blocks while an experiment scores others of the same names', () => {
    const session = new RunSession(STATE);
    cell(session, 0.5);
    session.event('experiment_bld', JOB, { kind: 'cell', layer: 1, target: 'ffn:64', value: 9, measure: 'nmse' });
    expect(watch(session)).toMatchObject([{ cells: [{ layer: 1, target: 'ffn:64', value: 0.5 }] }]);
  });

  it('is told only what changed, cells in their last state', () => {
    const session = new RunSession(STATE);
    const events = watch(session);
    for (const value of [0.9, 0.8, 0.7]) cell(session, value);
    vi.advanceTimersByTime(100);
    expect(events[1]).toEqual({ kind: 'update', cells: [{ layer: 1, target: 'ffn:64', measure: 'nmse', value: 0.7, first: 0.9 }] });
    session.setJob('unknown', { progress: 1 });
    vi.advanceTimersByTime(1000);
    expect(events).toHaveLength(2);
  });

  it('comes to the same whenever it began to watch', () => {
    const session = new RunSession(STATE);
    const early = watch(session);
    for (let step = 1; step <= 900; step++) {
      point(session, step);
      if (step % 40 === 0) vi.advanceTimersByTime(100);
      if (step === 430) watch(session);
    }
    const late = watch(session);
    vi.advanceTimersByTime(100);
    expect(curveOf(early)).toEqual(curveOf(late));
  });

  it('hears nothing more after leaving, and is told when the run is removed', () => {
    const session = new RunSession(STATE);
    const heard = vi.fn();
    const dispose = session.subscribe(heard);
    const closed = vi.fn();
    session.subscribe(() => undefined, closed);
    dispose();
    point(session, 1);
    vi.advanceTimersByTime(1000);
    expect(heard).toHaveBeenCalledTimes(1);
    session.close();
    expect(closed).toHaveBeenCalledTimes(1);
    expect(session.watched).toBe(false);
  });

  it('sees why a run failed and what it waits for', () => {
    const session = new RunSession(STATE);
    const error = { code: 'internal', message: 'no', retryable: false } as const;
    session.setState({ state: 'failed', steps: [{ ...STATE.steps[0]!, state: 'failed', error }] });
    session.setSituation({ queuedBehind: { id: 'other', name: 'Other' } });
    expect(watch(session)[0]).toMatchObject({ progress: { state: 'failed', error, queued_behind: { name: 'Other' } } });
  });

  it('gets the last 200 lines of the log', () => {
    const session = new RunSession(STATE);
    for (let i = 0; i < 500; i++) session.line({ level: 'info', text: String(i) });
    const [snapshot] = watch(session);
    expect(snapshot?.kind === 'snapshot' && [snapshot.log.length, snapshot.log[0]?.text]).toEqual([200, '300']);
  });
});

describe('after a restart', () => {
  it('everything is there again from the log', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'session-'));
    try {
      const session = new RunSession(STATE);
      const log = new RunLogWriter(folder);
      for (let step = 1; step <= 1500; step++) {
        point(session, step, 1 / step);
        cell(session, 1 / step);
        if (step % 100 === 0) await log.append(session.takeUnlogged());
      }
      // A job that began again from its checkpoint.
      for (let step = 1201; step <= 1600; step++) point(session, step, 2 / step);
      session.line({ level: 'warning', text: 'died' });
      await log.append(session.takeUnlogged());
      expect(session.takeUnlogged()).toEqual([]);
      const again = await RunSession.restore(new RunFolder(folder), STATE);
      expect(watch(again)).toEqual(watch(session));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** The one curve that a page has after these events. */
function curveOf(events: readonly RunEvent[]): (readonly [number, number])[] {
  let points: (readonly [number, number])[] = [];
  for (const event of events) {
    for (const { whole, at, values } of event.curves ?? []) {
      const more = [...at].map((step, i) => [step, values[i]!] as const);
      points = whole ? more : [...points, ...more];
    }
  }
  return points;
}
