import { describe, expect, it } from 'vitest';
import type { StepState } from '../../protocol/train.ts';
import { StepTracker } from './step_tracker.ts';

const STEPS = [
  { kind: 'data', title: 'Data' },
  { kind: 'bld', title: 'BLD' },
] as const;

function setUp(earlier: readonly StepState[] = []) {
  let now = 0;
  const tracker = new StepTracker(STEPS, earlier, () => now);
  return { tracker, pass: (seconds: number) => (now += seconds * 1000), step: (kind: string) => tracker.states().find((step) => step.kind === kind)! };
}

describe('steps', () => {
  it('wait, run and are done, in their order', () => {
    const { tracker, pass } = setUp();
    expect(tracker.states().map(({ state }) => state)).toEqual(['waiting', 'waiting']);
    tracker.start('data');
    pass(3);
    expect(tracker.states()).toMatchObject([{ kind: 'data', state: 'running', elapsed_s: 3 }, { kind: 'bld', state: 'waiting' }]);
    tracker.finish('data', '212 words');
    pass(5);
    expect(tracker.states()[0]).toMatchObject({ state: 'done', progress: 1, outcome: '212 words', elapsed_s: 3 });
  });

  it('are as far as their jobs on average', () => {
    const { tracker, step } = setUp();
    tracker.addJobs('bld', 4);
    tracker.finishJob('bld', 'a');
    tracker.jobProgress('bld', 'b', 0.5);
    expect(step('bld')).toMatchObject({ state: 'running', progress: 0.375, jobs: { done: 1, total: 4 } });
  });

  it('never fall back, though a job begins again or more jobs come', () => {
    const { tracker, step } = setUp();
    tracker.addJobs('bld', 2);
    tracker.jobProgress('bld', 'a', 0.8);
    tracker.jobProgress('bld', 'a', 0.1);
    expect(step('bld').progress).toBe(0.4);
    tracker.addJobs('bld', 6);
    expect(step('bld')).toMatchObject({ progress: 0.4, jobs: { total: 8 } });
  });

  it('know the whole where it is announced', () => {
    const { tracker, step } = setUp();
    tracker.start('bld', 10);
    tracker.addJobs('bld', 5);
    for (const id of ['a', 'b', 'c', 'd', 'e']) tracker.finishJob('bld', id);
    expect(step('bld')).toMatchObject({ progress: 0.5, jobs: { done: 5, total: 10 } });
  });

  it('forecast from the rate of this attempt, skipped jobs left out', () => {
    const { tracker, pass, step } = setUp();
    tracker.addJobs('bld', 10);
    for (const id of ['a', 'b', 'c', 'd', 'e']) tracker.skipJob('bld', id);
    pass(20);
    expect(step('bld').eta_s, 'nothing was done yet').toBeUndefined();
    tracker.finishJob('bld', 'f');
    // One of the five left took 20 s.
    expect(step('bld').eta_s).toBeCloseTo(80, 6);
    tracker.finish('bld', undefined);
    expect(step('bld').eta_s).toBeUndefined();
  });

  it('add up the time of all attempts, and keep what was done', () => {
    const first = setUp();
    first.tracker.start('data');
    first.pass(2);
    first.tracker.finish('data', 'ok');
    first.tracker.start('bld');
    first.pass(7);
    first.tracker.breakOff({ kind: 'cancelled' });
    expect(first.step('bld')).toMatchObject({ state: 'cancelled', elapsed_s: 7 });
    const second = setUp(first.tracker.states());
    expect(second.tracker.states()).toMatchObject([{ state: 'done', outcome: 'ok' }, { state: 'waiting', elapsed_s: 7 }]);
    second.tracker.start('bld');
    second.pass(3);
    expect(second.step('bld').elapsed_s).toBe(10);
  });

  it('fail with a reason, and the next one does where none has begun', () => {
    const error = { code: 'internal', message: 'no', retryable: false } as const;
    const { tracker, step } = setUp();
    tracker.start('data');
    tracker.finish('data', undefined);
    tracker.breakOff({ kind: 'failed', error });
    expect(step('bld')).toMatchObject({ state: 'failed', error });
    expect(step('data').state).toBe('done');
  });

  it('are not stopped before they have begun', () => {
    const { tracker, step } = setUp();
    tracker.start('data');
    tracker.finish('data', undefined);
    tracker.breakOff({ kind: 'cancelled' });
    expect([step('data').state, step('bld').state]).toEqual(['done', 'waiting']);
  });

  it('may be ones that nobody announced', () => {
    const { tracker, step } = setUp();
    tracker.start('export');
    expect(step('export')).toMatchObject({ state: 'running', title: 'export' });
  });
});
