/**
 * States of a run's steps: when each began and ended, how far it is, and how long it will take at the rate so far. A step's
 * progress is the mean of its jobs', and never falls while the step lasts.
 */
import type { ErrorPayload } from '../../protocol/errors.ts';
import type { StepKind, StepState } from '../../protocol/train.ts';
import type { PlannedStep } from './pipeline_env.ts';

/** Before this much is done, and this many seconds are spent, a rate means nothing. */
const RATE_AFTER = 0.02;
const RATE_AFTER_S = 1;

interface Running {
  readonly startedAtMs: number;
  /** Spent in earlier attempts. */
  readonly before_s: number;
  /** Of each job that has begun, 0 to 1. */
  readonly jobs: Map<string, number>;
  readonly finished: Set<string>;
  /** Jobs known so far, or announced. */
  total: number;
  /** Jobs handed over by all calls so far. */
  listed: number;
  /** Where this attempt's own work began: skipped jobs are no sign of speed. */
  skipped: number;
  /** Set by the orchestrator for work without jobs. */
  own: number | undefined;
  reached: number;
}

export class StepTracker {
  #steps: StepState[];
  readonly #running = new Map<StepKind, Running>();
  readonly #nowMs: () => number;

  /** `earlier`: states of an attempt before this one, whose finished steps count as such until they begin again. */
  constructor(planned: readonly PlannedStep[], earlier: readonly StepState[], nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#steps = planned.map(({ kind, title }) => {
      const before = earlier.find((step) => step.kind === kind);
      const fresh: StepState = { kind, title, state: 'waiting', progress: 0, elapsed_s: before?.elapsed_s ?? 0, jobs: { done: 0, total: 0 } };
      return before?.state === 'done' ? { ...before, title } : fresh;
    });
  }

  /** With elapsed time and forecast as of now. */
  states(): StepState[] {
    return this.#steps.map((step) => this.#now(step));
  }

  get current(): StepKind | undefined {
    return [...this.#running.keys()].at(-1);
  }

  start(kind: StepKind, announced = 0): void {
    const running = this.#running.get(kind);
    if (running !== undefined) {
      running.total = Math.max(running.total, announced);
      return;
    }
    const before = this.#steps.find((step) => step.kind === kind);
    this.#running.set(kind, {
      startedAtMs: this.#nowMs(),
      before_s: before?.elapsed_s ?? 0,
      jobs: new Map(),
      finished: new Set(),
      total: announced,
      listed: 0,
      skipped: 0,
      own: undefined,
      reached: 0,
    });
    this.#change(kind, (step) => ({ kind, title: step?.title ?? kind, state: 'running', progress: 0, elapsed_s: step?.elapsed_s ?? 0, jobs: { done: 0, total: announced } }));
  }

  /** Jobs that the step is going to run. */
  addJobs(kind: StepKind, count: number): void {
    this.start(kind);
    const running = this.#running.get(kind);
    if (running === undefined) return;
    running.listed += count;
    running.total = Math.max(running.total, running.listed);
  }

  skipJob(kind: StepKind, id: string): void {
    const running = this.#running.get(kind);
    if (running === undefined) return;
    running.skipped += 1;
    this.finishJob(kind, id);
  }

  finishJob(kind: StepKind, id: string): void {
    const running = this.#running.get(kind);
    running?.jobs.set(id, 1);
    running?.finished.add(id);
  }

  jobProgress(kind: StepKind, id: string, fraction: number): void {
    const running = this.#running.get(kind);
    running?.jobs.set(id, Math.min(1, Math.max(fraction, running.jobs.get(id) ?? 0)));
  }

  /** Progress of what the orchestrator does itself. */
  ownProgress(kind: StepKind, fraction: number): void {
    const running = this.#running.get(kind);
    if (running !== undefined) running.own = Math.min(1, fraction);
  }

  finish(kind: StepKind, outcome: string | undefined): void {
    this.#end(kind, (step) => ({ ...step, state: 'done', progress: 1, ...(outcome !== undefined && { outcome }) }));
  }

  /** Every step under way ends so; where none is, the first one that is not done has failed, but none was stopped. */
  breakOff(how: { readonly kind: 'cancelled' } | { readonly kind: 'failed'; readonly error: ErrorPayload }): void {
    const next = how.kind === 'failed' ? this.#steps.find(({ state }) => state === 'waiting')?.kind : undefined;
    const kinds = this.#running.size > 0 ? [...this.#running.keys()] : next === undefined ? [] : [next];
    for (const kind of kinds) {
      this.#end(kind, (step) => (how.kind === 'cancelled' ? { ...step, state: 'cancelled' } : { ...step, state: 'failed', error: how.error }));
    }
  }

  #end(kind: StepKind, change: (step: StepState) => StepState): void {
    this.#change(kind, (step) => {
      const { eta_s: _, ...rest } = this.#now(step ?? { kind, title: kind, state: 'running', progress: 0, elapsed_s: 0, jobs: { done: 0, total: 0 } });
      return change(rest);
    });
    this.#running.delete(kind);
  }

  #change(kind: StepKind, change: (step: StepState | undefined) => StepState): void {
    if (this.#steps.some((step) => step.kind === kind)) this.#steps = this.#steps.map((step) => (step.kind === kind ? change(step) : step));
    // A step that the pipeline did not announce.
    else this.#steps = [...this.#steps, change(undefined)];
  }

  #now(step: StepState): StepState {
    const running = this.#running.get(step.kind);
    if (running === undefined) return step;
    const elapsed = (this.#nowMs() - running.startedAtMs) / 1000;
    const sum = [...running.jobs.values()].reduce((total, part) => total + part, 0);
    running.reached = Math.max(running.reached, running.own ?? (running.total === 0 ? 0 : Math.min(1, sum / running.total)));
    const before = running.total === 0 ? 0 : running.skipped / running.total;
    const done = running.reached - before;
    const { eta_s: _, ...rest } = step;
    return {
      ...rest,
      progress: running.reached,
      elapsed_s: running.before_s + elapsed,
      ...(done >= RATE_AFTER && elapsed >= RATE_AFTER_S && { eta_s: (elapsed / done) * (1 - running.reached) }),
      jobs: { done: running.finished.size, total: running.total },
    };
  }
}
