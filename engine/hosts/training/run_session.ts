/**
 * What is known of one run while somebody looks at it or it is under way: progress, jobs, the map of cells, curves and the
 * end of its log. It lives in the engine, so that a reloaded page finds everything, and is built again from the run's folder
 * after a restart. Listeners get a snapshot and then what changed, at most ten times a second.
 */
import type { JobEvent, JobSpec, RunState, StepKind } from '../../protocol/train.ts';
import { LOG_TAIL, type RunCell, type RunCurve, type RunEvent, type RunJob, type RunLogLine, type RunProgress } from '../../protocol/train_api.ts';
import { readRunLog, type RunLogEntry } from '../../workspace/run_log.ts';
import type { RunFolder } from '../../workspace/run_folder.ts';
import { Curve } from './curve.ts';

const UPDATE_EVERY_MS = 100;

type CurveOrigin = Pick<RunCurve, 'job' | 'step' | 'series' | 'parent_layers'>;

export interface RunSituation {
  readonly queuedBehind?: { readonly id: string; readonly name: string } | undefined;
  readonly readOnly?: string | undefined;
}

export class RunSession {
  #state: RunState;
  #situation: RunSituation = {};
  readonly #jobs = new Map<string, RunJob>();
  readonly #cells = new Map<string, RunCell>();
  readonly #curves = new Map<string, { readonly origin: CurveOrigin; readonly curve: Curve }>();
  #log: RunLogLine[] = [];
  readonly #listeners = new Map<(event: RunEvent) => void, (() => void) | undefined>();

  /** Since the last update. */
  #progressChanged = false;
  #jobsChanged = false;
  readonly #changedCells = new Set<string>();
  readonly #changedCurves = new Set<string>();
  #newLines: RunLogLine[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Kept for whoever writes the log. */
  #unlogged: RunLogEntry[] = [];

  constructor(state: RunState) {
    this.#state = state;
  }

  /** A session of a run that is on disk, with everything its log tells. */
  static async restore(folder: RunFolder, state: RunState): Promise<RunSession> {
    const session = new RunSession(state);
    await readRunLog(folder.path, (entry) => session.#restoreEntry(entry));
    return session;
  }

  get state(): RunState {
    return this.#state;
  }

  get progress(): RunProgress {
    const { plan: _plan, format: _format, version: _version, ...rest } = this.#state;
    const error = this.#state.steps.find((step) => step.state === 'failed')?.error;
    return {
      ...rest,
      ...(this.#situation.queuedBehind !== undefined && { queued_behind: this.#situation.queuedBehind }),
      ...(this.#situation.readOnly !== undefined && { read_only: this.#situation.readOnly }),
      ...(error !== undefined && { error }),
    };
  }

  get watched(): boolean {
    return this.#listeners.size > 0;
  }

  /** Tells a snapshot at once and every update from then on; `onClose` when the run is removed. */
  subscribe(listener: (event: RunEvent) => void, onClose?: () => void): () => void {
    // What others have not heard yet is in the snapshot and must not come again.
    this.#tell();
    listener(this.#snapshot());
    this.#listeners.set(listener, onClose);
    return () => this.#listeners.delete(listener);
  }

  /** There is no such run any more. */
  close(): void {
    const told = [...this.#listeners.values()];
    this.#listeners.clear();
    clearTimeout(this.#timer);
    for (const onClose of told) onClose?.();
  }

  setState(change: Partial<RunState>): void {
    this.#state = { ...this.#state, ...change };
    this.#progressChanged = true;
    this.#schedule();
  }

  setSituation(situation: RunSituation): void {
    this.#situation = situation;
    this.#progressChanged = true;
    this.#schedule();
  }

  /** Another step begins: jobs of the one before are of no interest any more. */
  clearJobs(): void {
    this.#jobs.clear();
    this.#jobsChanged = true;
    this.#schedule();
  }

  addJobs(step: StepKind, jobs: readonly JobSpec[]): void {
    for (const job of jobs) this.#jobs.set(job.id, { id: job.id, kind: job.kind, step, ...layersOf(job), state: 'waiting', progress: 0 });
    this.#jobsChanged = true;
    this.#schedule();
  }

  setJob(id: string, change: Partial<Pick<RunJob, 'state' | 'progress'>>): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    this.#jobs.set(id, { ...job, ...change });
    this.#jobsChanged = true;
    this.#schedule();
  }

  /** Points, cells and lines of a job, or of the orchestrator where there is none; progress is the caller's to sum up. */
  event(step: StepKind, job: JobSpec | undefined, event: Exclude<JobEvent, { kind: 'progress' }>): void {
    switch (event.kind) {
      case 'point': {
        const origin: CurveOrigin = { job: job?.id ?? step, step, series: event.series, ...layersOf(job) };
        const { key, curve } = this.#curveOf(origin);
        if (!curve.add(event.step, event.value)) return;
        this.#changedCurves.add(key);
        this.#logPoint(origin, [event.step, event.value]);
        break;
      }
      case 'cell': {
        // The maps are of the run's own blocks; experiments train and score others of the same names.
        if (step.startsWith('experiment_')) return;
        const { kind: _, ...cell } = event;
        const first = this.#cells.get(cellKey(cell))?.first ?? cell.value;
        this.#changedCells.add(this.#setCell({ ...cell, first }));
        this.#unlogged.push({ kind: 'cell', ...cell, first });
        break;
      }
      case 'log':
        this.line({ level: event.level, text: event.text, step, ...(job !== undefined && { job: job.id }) });
        break;
      default:
        event satisfies never;
    }
    this.#schedule();
  }

  line(line: Omit<RunLogLine, 'at'>): void {
    const whole: RunLogLine = { at: new Date().toISOString(), ...line };
    this.#addLine(whole);
    if (this.watched) this.#newLines.push(whole);
    this.#unlogged.push({ kind: 'line', ...whole });
    this.#schedule();
  }

  /** Curves of another run's log, for jobs that were taken over from it. */
  adoptCurves(entries: readonly Extract<RunLogEntry, { kind: 'points' }>[]): void {
    for (const entry of entries) {
      this.#restoreEntry(entry);
      this.#changedCurves.add(this.#curveOf(entry).key);
      this.#unlogged.push(entry);
    }
    this.#schedule();
  }

  /** What the log on disk does not have yet; only the last state of each cell. */
  takeUnlogged(): readonly RunLogEntry[] {
    const entries = this.#unlogged;
    this.#unlogged = [];
    const latest = new Map<string, RunLogEntry>();
    for (const entry of entries) if (entry.kind === 'cell') latest.set(cellKey(entry), entry);
    return entries.filter((entry) => entry.kind !== 'cell' || latest.get(cellKey(entry)) === entry);
  }

  /** Sends what waits to be sent, as at the end of a run. */
  flush(): void {
    this.#tell();
  }

  #schedule(): void {
    if (this.#listeners.size === 0) return;
    this.#timer ??= setTimeout(() => this.#tell(), UPDATE_EVERY_MS);
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const curves = [...this.#changedCurves].flatMap((key) => {
      const entry = this.#curves.get(key);
      return entry === undefined ? [] : [{ ...entry.origin, ...entry.curve.unsent() }];
    });
    const cells = [...this.#changedCells].flatMap((key) => this.#cells.get(key) ?? []);
    const update: Extract<RunEvent, { kind: 'update' }> = {
      kind: 'update',
      ...(this.#progressChanged && { progress: this.progress }),
      ...(this.#jobsChanged && { jobs: [...this.#jobs.values()] }),
      ...(cells.length > 0 && { cells }),
      ...(curves.length > 0 && { curves }),
      ...(this.#newLines.length > 0 && { log: this.#newLines }),
    };
    this.#progressChanged = false;
    this.#jobsChanged = false;
    this.#changedCurves.clear();
    this.#changedCells.clear();
    this.#newLines = [];
    if (Object.keys(update).length > 1) for (const listener of this.#listeners.keys()) listener(update);
  }

  #snapshot(): RunEvent {
    return {
      kind: 'snapshot',
      plan: this.#state.plan,
      progress: this.progress,
      jobs: [...this.#jobs.values()],
      cells: [...this.#cells.values()],
      curves: [...this.#curves.values()].map(({ origin, curve }) => ({ ...origin, whole: true, ...curve.points() })),
      log: this.#log,
    };
  }

  #restoreEntry(entry: RunLogEntry): void {
    switch (entry.kind) {
      case 'line': {
        const { kind: _, ...line } = entry;
        this.#addLine(line);
        break;
      }
      case 'cell': {
        const { kind: _, ...cell } = entry;
        this.#setCell(cell);
        break;
      }
      case 'points': {
        const { kind: _, points, ...origin } = entry;
        const { curve } = this.#curveOf(origin);
        for (const [step, value] of points) curve.restore(step, value);
        break;
      }
      default:
        entry satisfies never;
    }
  }

  #addLine(line: RunLogLine): void {
    this.#log = [...this.#log.slice(1 - LOG_TAIL), line];
  }

  #setCell(cell: RunCell): string {
    const key = cellKey(cell);
    this.#cells.set(key, cell);
    return key;
  }

  #curveOf(origin: CurveOrigin): { readonly key: string; readonly curve: Curve } {
    const key = `${origin.job} ${origin.series}`;
    let entry = this.#curves.get(key);
    if (entry === undefined) {
      entry = { origin, curve: new Curve() };
      this.#curves.set(key, entry);
    }
    return { key, curve: entry.curve };
  }

  #logPoint(origin: CurveOrigin, point: [number, number]): void {
    const open = this.#unlogged.find((entry) => entry.kind === 'points' && entry.job === origin.job && entry.series === origin.series);
    if (open?.kind === 'points') open.points.push(point);
    else this.#unlogged.push({ kind: 'points', ...origin, points: [point] });
  }
}

function cellKey({ layer, target, measure }: Pick<RunCell, 'layer' | 'target' | 'measure'>): string {
  return `${layer} ${target} ${measure}`;
}

/** Layers that a job is about, for those that are about some. */
function layersOf(job: JobSpec | undefined): { readonly parent_layers?: number[] } {
  return job !== undefined && 'parent_layers' in job ? { parent_layers: job.parent_layers } : {};
}
