/**
 * One run as the page knows it: a snapshot of the stream `run`, and what its updates changed since. Parts that an update does
 * not change stay the same objects, so that ten updates a second draw only what moved.
 */
import type { Plan, StepKind, StepState } from '../../engine/protocol/train.ts';
import { LOG_TAIL, type RunCell, type RunCurve, type RunEvent, type RunJob, type RunLogLine, type RunProgress } from '../../engine/protocol/train_api.ts';
import { share } from './train_share.ts';

/** A curve of a job: values at steps, both ascending in steps. */
export interface Curve {
  readonly job: string;
  readonly step: StepKind;
  readonly series: string;
  readonly parentLayers: readonly number[];
  readonly at: Float64Array;
  readonly values: Float64Array;
}

export interface RunView {
  readonly plan: Plan;
  readonly progress: RunProgress;
  /** Of the step under way. */
  readonly jobs: readonly RunJob[];
  readonly cells: ReadonlyMap<string, RunCell>;
  readonly curves: ReadonlyMap<string, Curve>;
  /** Oldest first. */
  readonly log: readonly RunLogLine[];
}

export function cellKey({ measure, layer, target }: Pick<RunCell, 'measure' | 'layer' | 'target'>): string {
  return `${measure} ${layer} ${target}`;
}

export function curveKey({ job, series }: Pick<RunCurve, 'job' | 'series'>): string {
  return `${job} ${series}`;
}

/** @param view Undefined before the first event; an update without a snapshot is nothing to build on. */
export function adoptEvent(view: RunView | undefined, event: RunEvent): RunView | undefined {
  switch (event.kind) {
    case 'snapshot': {
      const { plan, progress, jobs, cells, curves, log } = event;
      return {
        plan: share(view?.plan, plan),
        progress: share(view?.progress, progress),
        jobs: share(view?.jobs, jobs),
        cells: new Map(cells.map((cell) => [cellKey(cell), cell])),
        curves: new Map(curves.map((curve) => [curveKey(curve), curveOf(curve)])),
        log: share(view?.log, log),
      };
    }
    case 'update': {
      if (view === undefined) return undefined;
      const { progress, jobs, cells, curves, log } = event;
      return {
        plan: view.plan,
        progress: progress === undefined ? view.progress : share(view.progress, progress),
        jobs: jobs === undefined ? view.jobs : share(view.jobs, jobs),
        cells: cells === undefined ? view.cells : withCells(view.cells, cells),
        curves: curves === undefined ? view.curves : withCurves(view.curves, curves),
        log: log === undefined ? view.log : [...view.log, ...log].slice(-LOG_TAIL),
      };
    }
    default:
      return event satisfies never;
  }
}

function withCells(before: RunView['cells'], cells: readonly RunCell[]): RunView['cells'] {
  const after = new Map(before);
  for (const cell of cells) after.set(cellKey(cell), cell);
  return after;
}

function withCurves(before: RunView['curves'], curves: readonly RunCurve[]): RunView['curves'] {
  const after = new Map(before);
  for (const curve of curves) {
    const key = curveKey(curve);
    const known = curve.whole ? undefined : after.get(key);
    after.set(key, known === undefined ? curveOf(curve) : { ...known, at: joined(known.at, curve.at), values: joined(known.values, curve.values) });
  }
  return after;
}

function curveOf({ job, step, series, parent_layers: parentLayers = [], at, values }: RunCurve): Curve {
  return { job, step, series, parentLayers, at, values };
}

function joined(a: Float64Array, b: Float64Array): Float64Array {
  const whole = new Float64Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}

/** Curves of a step, in the order in which they began. */
export function curvesOf(curves: RunView['curves'], step: StepKind): readonly Curve[] {
  return [...curves.values()].filter((curve) => curve.step === step);
}

/** What the detail pane shows: a step, or what came of the whole run. */
export type RunPart = StepKind | 'result';

export const RESULT = 'result';

/** The part that says most now: what runs, what broke off, what came of it, or what comes first. */
export function partOfInterest({ state, steps }: Pick<RunProgress, 'state' | 'steps'>): RunPart {
  if (state === 'done') return RESULT;
  const running = steps.findLast((step) => step.state === 'running');
  const broken = steps.findLast((step) => step.state === 'failed' || step.state === 'cancelled');
  const next = steps.find((step) => step.state === 'waiting');
  return (running ?? broken ?? next ?? steps[0])?.kind ?? RESULT;
}

export function stepOf(progress: Pick<RunProgress, 'steps'>, part: RunPart): StepState | undefined {
  return progress.steps.find(({ kind }) => kind === part);
}

/** Whether anything is under way or about to be. */
export function isUnderWay({ state, queued_behind: queued }: Pick<RunProgress, 'state' | 'queued_behind'>): boolean {
  return state === 'running' || queued !== undefined;
}
