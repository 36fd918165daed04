/**
 * The training runs of an engine: what the project holds, and at most one under way at a time, others waiting for it. Runs
 * outlive pages; when the engine goes, a run is left interrupted and can be resumed.
 */
import { totalmem } from 'node:os';
import path from 'node:path';
import type { Hardware } from '../../hardware/calibrations.ts';
import { slug } from '../../library/library_id.ts';
import type { LoaderVerdict } from '../../protocol/loaders.ts';
import { isCancelled, toErrorPayload, WorkbenchError } from '../../protocol/errors.ts';
import type { ExperimentRequest, Plan, RunState, TensorBackend } from '../../protocol/train.ts';
import type { RunEvent, RunList, RunSummary, TargetTimes, TrainDevices } from '../../protocol/train_api.ts';
import { Trainer, type CreateTrainer } from '../../jobs/trainer.ts';
import { defaultProcesses } from '../../jobs/trainer_pool.ts';
import type { RunFolder } from '../../workspace/run_folder.ts';
import { setSource } from '../../workspace/run_source.ts';
import { RunStore } from '../../workspace/run_store.ts';
import { JobRunner } from './job_runner.ts';
import type { ExportWish, Pipeline } from './pipeline_env.ts';
import { executeRun, INTERRUPTED } from './run_executor.ts';
import { archiveOf, filesBelow, readLoaders, readReport, readTargets } from './run_results.ts';
import { RunSession } from './run_session.ts';
import { left, newRun, withExperiments } from './run_states.ts';

/** The list of runs is told again at most this often. */
const LIST_EVERY_MS = 500;
/** Runs of other processes are looked at this often. */
const FOLLOW_EVERY_MS = 1_000;

export interface TrainingOptions {
  readonly projectFolder: string;
  /** Why nothing may be changed in the project, where that is so. */
  readonly readOnly: () => string | undefined;
  readonly pipeline: Pipeline;
  readonly create: CreateTrainer;
  readonly hardware: () => Hardware;
}

export interface StartOptions {
  readonly backend?: TensorBackend | undefined;
  readonly processes?: number | undefined;
}

export interface ExportRequest {
  readonly id: string;
  readonly form?: ExportWish['form'] | undefined;
  readonly dtype?: ExportWish['dtype'] | undefined;
  readonly archive: boolean;
}

export interface Exported {
  readonly folder: string;
  readonly files: { path: string; bytes: number }[];
  readonly loaders: LoaderVerdict[];
  readonly archive?: { readonly file_name: string; readonly media_type: string; readonly bytes: Uint8Array<ArrayBuffer> };
}

interface Queued {
  readonly id: string;
  readonly name: string;
  readonly start: StartOptions;
  /** Its state until it was asked for. */
  readonly before: RunState['state'];
}

interface Active {
  readonly id: string;
  readonly name: string;
  readonly controller: AbortController;
  /** Never rejects. */
  readonly done: Promise<void>;
}

export class Training {
  readonly #options: TrainingOptions;
  readonly #store: RunStore;
  /** Of runs that are under way, waiting, or watched. */
  readonly #sessions = new Map<string, Promise<RunSession>>();
  readonly #listListeners = new Set<(list: RunList) => void>();
  #queue: Queued[] = [];
  #active: Active | undefined;
  /** Runs that a request is about to begin, change or remove: a second request meanwhile is refused. */
  readonly #claimed = new Set<string>();
  /** Runs of other processes that are looked at now and then. */
  readonly #followed = new Set<string>();
  #devices: Promise<TrainDevices> | undefined;
  #listTimer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(options: TrainingOptions) {
    this.#options = options;
    this.#store = new RunStore(options.projectFolder);
    if (options.readOnly() === undefined) this.#store.tidy().catch(() => undefined);
  }

  /** What jobs would run on, looked up once in a process of its own. */
  devices(again = false): Promise<TrainDevices> {
    if (this.#devices === undefined || again) this.#devices = probe(this.#options.create);
    return this.#devices;
  }

  async list(): Promise<RunList> {
    const runs: RunSummary[] = [];
    const damaged: RunList['damaged'] = [];
    for (const id of await this.#store.ids()) {
      try {
        const summary = await this.#summary(id);
        if (summary !== undefined) runs.push(summary);
      } catch (error) {
        damaged.push({ id, reason: toErrorPayload(error).message });
      }
    }
    return { runs: runs.sort((a, b) => (a.created_at < b.created_at ? 1 : -1)), damaged };
  }

  /** Tells the list now and whenever it changed. */
  watchList(listener: (list: RunList) => void, fail: (error: unknown) => void): () => void {
    this.#listListeners.add(listener);
    this.list().then((list) => this.#listListeners.has(listener) && listener(list), fail);
    return () => this.#listListeners.delete(listener);
  }

  async create(plan: Plan, name: string): Promise<string> {
    this.#assertWritable();
    const { id, folder } = await this.#store.create(slug(name));
    await folder.write(newRun({ id, name, plan, steps: this.#options.pipeline.steps(plan) }));
    this.#listChanged();
    return id;
  }

  /**
   * @param from The id of a run whose work it takes over, as far as its plan would do it alike.
   * @throws WorkbenchError `conflict` where it is under way, waiting or done already, or has begun without `from`; `not_found`
   * where there is no such run to take over from.
   */
  start(id: string, start: StartOptions, from?: string): Promise<void> {
    return this.#claim(id, async (session) => {
      if (session.state.state === 'done') throw new WorkbenchError('conflict', 'The run is done.', { hint: 'Create another one to run its plan again.' });
      if (from !== undefined) await this.#setSource(id, session, from);
      this.#enqueue(id, session, start);
    });
  }

  /** Adds experiments to the plan, in place of those of the same ids, and starts the run again: what is done stays done. */
  experiment(id: string, experiments: readonly ExperimentRequest[]): Promise<void> {
    return this.#claim(id, async (session) => {
      const plan = withExperiments(session.state.plan, experiments);
      const again = new Set(experiments.map((each) => `experiment_${each.id}`));
      const kept = session.state.steps.filter(({ kind }) => !again.has(kind));
      const steps = newRun({ id, name: session.state.name, plan, steps: this.#options.pipeline.steps(plan) }).steps;
      session.setState({ plan, state: 'interrupted', steps: steps.map((step) => kept.find(({ kind }) => kind === step.kind) ?? step) });
      await this.#folder(id).write(session.state);
      this.#enqueue(id, session, {});
    });
  }

  /** Resolves when nothing of the run is under way any more. @throws WorkbenchError `conflict` where nothing is. */
  async cancel(id: string): Promise<void> {
    if (this.#active?.id === id) {
      this.#active.controller.abort();
      await this.#active.done;
      return;
    }
    const waiting = this.#queue.find((entry) => entry.id === id);
    if (waiting === undefined) throw new WorkbenchError('conflict', 'The run is not under way.');
    this.#queue = this.#queue.filter((entry) => entry !== waiting);
    const session = await this.#session(id);
    session.setState({ state: waiting.before });
    await this.#tellQueue(id);
    this.#forget(id, session);
  }

  async remove(id: string): Promise<void> {
    this.#assertWritable();
    this.#assertUnclaimed(id);
    this.#claimed.add(id);
    try {
      const holder = await this.#folder(id).holder();
      if (this.#active?.id === id || holder !== undefined) throw new WorkbenchError('conflict', 'The run is under way.', { hint: 'Cancel it first.' });
      this.#queue = this.#queue.filter((entry) => entry.id !== id);
      await this.#store.remove(id);
    } finally {
      this.#claimed.delete(id);
    }
    (await this.#sessions.get(id)?.catch(() => undefined))?.close();
    this.#sessions.delete(id);
    this.#listChanged();
  }

  /** @param onClose Told when the run is removed. @throws WorkbenchError `not_found` */
  async watch(id: string, listener: (event: RunEvent) => void, onClose: () => void): Promise<() => void> {
    const session = await this.#session(id);
    const dispose = session.subscribe(listener, onClose);
    this.#follow(id, session);
    return () => {
      dispose();
      this.#forget(id, session);
    };
  }

  /** Absolute path of a run's folder. @throws WorkbenchError `not_found` where there is no such run. */
  async folderOf(id: string): Promise<string> {
    const folder = this.#folder(id);
    if ((await folder.read()) === undefined) throw notFound(id);
    return folder.path;
  }

  /** What the cost model says of the device that the run's plan names. */
  async targets(id: string): Promise<TargetTimes[]> {
    const folder = this.#folder(id);
    const state = await folder.read();
    if (state === undefined) throw notFound(id);
    return readTargets(folder.path, state.plan, this.#options.hardware());
  }

  /** @throws WorkbenchError `bad_input` where the run has no child yet. */
  async export({ id, form, dtype, archive }: ExportRequest, signal: AbortSignal): Promise<Exported> {
    const { pipeline, create } = this.#options;
    const folder = this.#folder(id);
    const state = await folder.read();
    if (state === undefined) throw notFound(id);
    const report = await readReport(folder.path);
    if (report === undefined) throw new WorkbenchError('bad_input', 'The run has no finished child yet.', { hint: 'Export it when the run is done.' });
    const planned = state.plan.export;
    const wish: ExportWish = { form: form ?? planned.form, dtype: dtype ?? planned.dtype };
    let where = report.export;
    if (wish.form !== planned.form || wish.dtype !== planned.dtype) {
      const job = pipeline.exportJob(state.plan, report, wish);
      if (job.kind !== 'export') throw new WorkbenchError('internal', 'The export job is none.');
      where = job.out;
      if ((await folder.done(job)) === undefined) {
        this.#assertWritable();
        const release = await folder.take();
        const runner = new JobRunner({ folder, create, processes: 1, backend: state.device?.backend });
        try {
          await runner.run({ jobs: [job], signal });
        } finally {
          await runner.stop();
          release();
        }
      }
    }
    const full = path.resolve(folder.path, where);
    const files = await filesBelow(full);
    const loaders = await readLoaders(full);
    if (!archive) return { folder: full, files, loaders };
    const bytes = await archiveOf(full, files);
    return { folder: full, files, loaders, archive: { file_name: `${slug(state.name)}.zip`, media_type: 'application/zip', bytes } };
  }

  /** Leaves the run under way as interrupted and ends its processes. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#queue = [];
    clearTimeout(this.#listTimer);
    this.#active?.controller.abort(INTERRUPTED);
    await this.#active?.done;
  }

  /**
   * Does `change` with a run that nobody else changes or runs meanwhile, as it is on disk: another process may have run it
   * since it was last looked at.
   * @throws WorkbenchError `conflict` where it is under way, waiting or asked for already.
   */
  async #claim(id: string, change: (session: RunSession) => Promise<void>): Promise<void> {
    this.#assertWritable();
    this.#assertUnclaimed(id);
    this.#claimed.add(id);
    let session: RunSession | undefined;
    try {
      await this.#assertIdle(id);
      const holder = await this.#folder(id).holder();
      if (holder !== undefined) throw new WorkbenchError('conflict', `The run is under way in ${holder}.`, { hint: 'Wait for it, or stop it there.' });
      session = await this.#session(id);
      const onDisk = await this.#read(id);
      if (onDisk === undefined) throw notFound(id);
      session.setState(onDisk);
      await change(session);
    } finally {
      this.#claimed.delete(id);
      if (session !== undefined) this.#forget(id, session);
    }
  }

  async #setSource(id: string, { state }: RunSession, from: string): Promise<void> {
    if (from === id) throw new WorkbenchError('bad_input', 'A run cannot take over its own work.');
    if (state.state !== 'waiting') throw new WorkbenchError('conflict', 'The run has begun already: only a new one takes over the work of another.', { hint: 'Resume it, or create a new run.' });
    const source = this.#folder(from);
    if ((await source.read()) === undefined) throw notFound(from);
    await setSource(this.#folder(id), source);
  }

  #assertUnclaimed(id: string): void {
    if (this.#claimed.has(id)) throw new WorkbenchError('conflict', 'The run has just been asked for.', { hint: 'Wait a moment and look again.' });
  }

  /** Waits for a run that is just ending. @throws WorkbenchError `conflict` for one that is under way or waiting. */
  async #assertIdle(id: string): Promise<void> {
    if (this.#active?.id === id) {
      const { state } = (await this.#session(id)).state;
      if (state === 'running' || state === 'waiting') throw new WorkbenchError('conflict', 'The run is under way already.');
      await this.#active?.done;
    }
    if (this.#queue.some((entry) => entry.id === id)) throw new WorkbenchError('conflict', 'The run is under way already.');
  }

  #enqueue(id: string, session: RunSession, start: StartOptions): void {
    this.#queue.push({ id, name: session.state.name, start, before: session.state.state });
    session.setState({ state: 'waiting' });
    this.#next();
  }

  #next(): void {
    void this.#tellQueue();
    if (this.#active !== undefined || this.#stopped) return;
    const entry = this.#queue.shift();
    if (entry === undefined) return;
    const controller = new AbortController();
    // The list shows how far the run is.
    const clock = setInterval(() => this.#listChanged(), 1_000);
    const done = this.#execute(entry, controller.signal).then((session) => {
      clearInterval(clock);
      this.#active = undefined;
      if (session !== undefined) this.#forget(entry.id, session);
      this.#next();
    });
    this.#active = { id: entry.id, name: entry.name, controller, done };
    void this.#tellQueue(entry.id);
  }

  /** Never rejects: what a run fails with is in its state. */
  async #execute({ id, start: { backend, processes }, before }: Queued, signal: AbortSignal): Promise<RunSession | undefined> {
    const { pipeline, create, hardware } = this.#options;
    let session: RunSession | undefined;
    try {
      session = await this.#session(id);
      await executeRun({ folder: this.#folder(id), session, pipeline, create, processes, backend, hardware: hardware(), signal });
    } catch (error) {
      const { message } = toErrorPayload(error);
      if (!isCancelled(error)) console.error(`Run ${id}: ${message}`);
      // It was not even begun, as where another process has taken it meanwhile.
      if (session?.state.state === 'waiting') {
        session.line({ level: 'warning', text: message });
        session.setState({ state: before });
      }
    }
    session?.flush();
    return session;
  }

  /** Says to every waiting run, and to `changed`, what they wait for. */
  async #tellQueue(changed?: string): Promise<void> {
    this.#listChanged();
    for (const id of new Set([...this.#queue.map((entry) => entry.id), ...(changed === undefined ? [] : [changed])])) {
      const session = await this.#sessions.get(id)?.catch(() => undefined);
      session?.setSituation(await this.#situation(id, session.state));
    }
  }

  #behind(id: string): { id: string; name: string } | undefined {
    const at = this.#queue.findIndex((entry) => entry.id === id);
    if (at < 0) return undefined;
    const before = at === 0 ? this.#active : this.#queue[at - 1];
    return before === undefined ? undefined : { id: before.id, name: before.name };
  }

  async #situation(id: string, state: RunState): Promise<{ queuedBehind?: { id: string; name: string } | undefined; readOnly?: string | undefined }> {
    const elsewhere = state.state === 'running' && this.#active?.id !== id ? await this.#folder(id).holder() : undefined;
    return { queuedBehind: this.#behind(id), readOnly: this.#options.readOnly() ?? (elsewhere === undefined ? undefined : `The run is under way in ${elsewhere}.`) };
  }

  async #summary(id: string): Promise<RunSummary | undefined> {
    const session = await this.#sessions.get(id)?.catch(() => undefined);
    const state = session?.state ?? (await this.#read(id));
    if (state === undefined) return undefined;
    const { queuedBehind, readOnly } = await this.#situation(id, state);
    const step = state.steps.find((each) => each.state === 'running');
    return {
      id,
      name: state.name,
      created_at: state.created_at,
      state: state.state,
      preset: state.plan.preset,
      seed: state.plan.seed,
      steps_done: state.steps.filter((each) => each.state === 'done').length,
      steps_total: state.steps.length,
      elapsed_s: state.steps.reduce((sum, { elapsed_s }) => sum + elapsed_s, 0),
      ...(step !== undefined && { step: { title: step.title, progress: step.progress, ...(step.eta_s !== undefined && { eta_s: step.eta_s }) } }),
      ...(queuedBehind !== undefined && { queued_behind: queuedBehind }),
      ...(readOnly !== undefined && { read_only: readOnly }),
    };
  }

  /** The state on disk; one that says it runs while nobody runs it was interrupted. */
  async #read(id: string): Promise<RunState | undefined> {
    const folder = this.#folder(id);
    const state = await folder.read();
    if (state?.state !== 'running' || (await folder.holder()) !== undefined) return state;
    return left(state);
  }

  #session(id: string): Promise<RunSession> {
    const known = this.#sessions.get(id);
    if (known !== undefined) return known;
    const loading = (async () => {
      const state = await this.#read(id);
      if (state === undefined) throw notFound(id);
      const session = await RunSession.restore(this.#folder(id), state);
      session.setSituation(await this.#situation(id, state));
      return session;
    })();
    this.#sessions.set(id, loading);
    loading.catch(() => this.#sessions.delete(id));
    return loading;
  }

  /** What nobody watches and nothing changes is read again when it is wanted. */
  #forget(id: string, session: RunSession): void {
    if (session.watched || this.#active?.id === id || this.#queue.some((entry) => entry.id === id)) return;
    this.#sessions.delete(id);
  }

  /** Looks now and then how far a watched run is that another process has under way, and whether it still has. */
  #follow(id: string, session: RunSession): void {
    const elsewhere = (): boolean => session.watched && session.state.state === 'running' && this.#active?.id !== id && !this.#stopped;
    if (!elsewhere() || this.#followed.has(id)) return;
    this.#followed.add(id);
    const look = async (): Promise<void> => {
      const state = elsewhere() ? await this.#read(id).catch(() => undefined) : undefined;
      if (state !== undefined && elsewhere()) {
        session.setState(state);
        session.setSituation(await this.#situation(id, state));
      }
      if (elsewhere()) setTimeout(() => void look(), FOLLOW_EVERY_MS).unref();
      else this.#followed.delete(id);
    };
    setTimeout(() => void look(), FOLLOW_EVERY_MS).unref();
  }

  #folder(id: string): RunFolder {
    return this.#store.folder(id);
  }

  #listChanged(): void {
    if (this.#listListeners.size === 0 || this.#stopped) return;
    this.#listTimer ??= setTimeout(() => {
      this.#listTimer = undefined;
      this.list().then(
        (list) => {
          for (const listener of this.#listListeners) listener(list);
        },
        (error: unknown) => console.error(`The list of runs could not be read: ${toErrorPayload(error).message}`),
      );
    }, LIST_EVERY_MS);
  }

  #assertWritable(): void {
    const reason = this.#options.readOnly();
    if (reason !== undefined) throw new WorkbenchError('conflict', `${reason} Runs can be looked at but not changed here.`, { hint: 'Close the other one, or open another folder with --project DIR.' });
  }
}

async function probe(create: CreateTrainer): Promise<TrainDevices> {
  let trainer: Trainer | undefined;
  try {
    trainer = new Trainer({ create });
    const device = await trainer.device;
    return { device, processes: defaultProcesses(device.backend), memory_bytes: totalmem() };
  } catch (error) {
    return { error: toErrorPayload(error), processes: 1, memory_bytes: totalmem() };
  } finally {
    void trainer?.stop();
  }
}

function notFound(id: string): WorkbenchError {
  return new WorkbenchError('not_found', `This project has no run "${id}".`, { hint: 'It may have been removed.' });
}
