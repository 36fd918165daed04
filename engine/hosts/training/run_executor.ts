/**
 * One attempt at a run: gives the pipeline its environment, keeps the run's state and log on disk while it works, and leaves
 * behind a run that is done, or that can be resumed. Used by the engine and by the command line.
 */
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { Hardware } from '../../hardware/calibrations.ts';
import { isCancelled, toErrorPayload } from '../../protocol/errors.ts';
import type { JobEvent, JobSpec, PipelineReport, RunState, StepKind, TensorBackend, TensorDevice } from '../../protocol/train.ts';
import type { CreateTrainer } from '../../jobs/trainer.ts';
import { defaultProcesses } from '../../jobs/trainer_pool.ts';
import { readRunLog, RunLogWriter, type RunLogEntry } from '../../workspace/run_log.ts';
import type { RunFolder } from '../../workspace/run_folder.ts';
import { clearSource, sourceOf } from '../../workspace/run_source.ts';
import { nodeFiles } from '../trainer/node_files.ts';
import { JobRunner } from './job_runner.ts';
import type { Pipeline, PipelineEnv } from './pipeline_env.ts';
import type { RunSession } from './run_session.ts';
import { StepTracker } from './step_tracker.ts';
import { takeOver } from './take_over.ts';

/** State and log on disk are at most this old, which is what a killed engine loses of them. */
const SAVE_EVERY_MS = 1_000;

/** As the reason of an abort: the engine is going, nobody meant to cancel. */
export const INTERRUPTED = 'interrupted';

export interface ExecuteOptions {
  readonly folder: RunFolder;
  /** Of the run in `folder`. */
  readonly session: RunSession;
  readonly pipeline: Pipeline;
  readonly create: CreateTrainer;
  /** Trainer processes at most; as many as in the last attempt, or what suits the device, where absent. */
  readonly processes?: number | undefined;
  /** That of the run's first attempt, or the best there is, where absent. */
  readonly backend?: TensorBackend | undefined;
  readonly hardware: Hardware;
  /** Cancels; with the reason `INTERRUPTED` the run is left as one whose engine went. */
  readonly signal: AbortSignal;
  /** Told in words what was taken over from another run, and what was not, before anything else is done. */
  readonly onTakenOver?: ((text: string) => void) | undefined;
}

/**
 * @throws WorkbenchError `conflict` where another process runs it, `cancelled`, or what it failed with; the state on disk
 * says the same by then, and no trainer process is left.
 */
export async function executeRun(options: ExecuteOptions): Promise<PipelineReport> {
  const { folder, session, pipeline } = options;
  const release = await folder.take();
  try {
    return await attempt(options, new StepTracker(pipeline.steps(session.state.plan), session.state.steps, () => performance.now()));
  } finally {
    release();
  }
}

async function attempt({ folder, session, pipeline, create, processes: asked, backend, hardware, signal, onTakenOver }: ExecuteOptions, tracker: StepTracker): Promise<PipelineReport> {
  const disk = new DiskCopy(folder, session);
  const publish = (change: Partial<RunState> = {}): void => session.setState({ ...change, steps: tracker.states() });
  let runner: JobRunner | undefined;
  publish({ state: 'running' });
  await disk.save();
  // Elapsed time and forecasts move on while nothing else happens.
  const clock = setInterval(() => {
    publish();
    void disk.save();
  }, SAVE_EVERY_MS);
  let state: RunState['state'] = 'failed';
  try {
    await bringOver({ folder, session, backend, signal, onTakenOver }, () => disk.save());
    runner = runnerOf({ folder, session, create, processes: asked, backend, publish });
    const report = await pipeline.run(environment({ folder, session, hardware, signal, runner, tracker, publish }));
    const { current } = tracker;
    if (current !== undefined) tracker.finish(current, undefined);
    state = 'done';
    return report;
  } catch (error) {
    const stopped = signal.aborted && isCancelled(error);
    tracker.breakOff(stopped ? { kind: 'cancelled' } : { kind: 'failed', error: toErrorPayload(error) });
    if (!stopped) session.line({ level: 'warning', text: toErrorPayload(error).message });
    else state = signal.reason === INTERRUPTED ? 'interrupted' : 'cancelled';
    throw error;
  } finally {
    clearInterval(clock);
    await runner?.stop();
    publish({ state });
    await disk.save();
    session.flush();
  }
}

/** Does first what the run was begun for with another one's work, where that is not done yet. */
async function bringOver({ folder, session, backend, signal, onTakenOver }: Pick<ExecuteOptions, 'folder' | 'session' | 'backend' | 'signal' | 'onTakenOver'>, save: () => Promise<void>): Promise<void> {
  const source = await sourceOf(folder);
  if (source === undefined) return;
  // Large files may take a while.
  session.line({ level: 'info', text: 'Copying what another run has done.' });
  const { jobs, device, text, warnings } = await takeOver({ source, target: folder, plan: session.state.plan, backend, signal });
  const curves: Extract<RunLogEntry, { kind: 'points' }>[] = [];
  await readRunLog(source.path, (entry) => entry.kind === 'points' && jobs.has(entry.job) && curves.push(entry));
  session.adoptCurves(curves);
  if (device !== undefined) session.setState({ device });
  session.line({ level: 'info', text });
  for (const warning of warnings) session.line({ level: 'warning', text: warning });
  for (const told of [text, ...warnings]) onTakenOver?.(told);
  // What the rest is to be computed with must be known to whoever goes on after this.
  await save();
  await clearSource(folder);
}

interface RunnerParts extends Pick<ExecuteOptions, 'folder' | 'session' | 'create' | 'processes' | 'backend'> {
  readonly publish: (change: Partial<RunState>) => void;
}

/** Computes with what the attempts before did, unless another backend is asked for. */
function runnerOf({ folder, session, create, processes: asked, backend, publish }: RunnerParts): JobRunner {
  const earlier = session.state.device;
  // Who had to ask for few, as memory has room for no more, must not have to ask again.
  const processes = asked ?? (session.state.processes > 0 ? Math.min(session.state.processes, availableParallelism()) : undefined);
  const chosen = backend ?? earlier?.backend;
  // One that is asked for by name does not say why no better one is used: that is known from the first attempt.
  const skipped = chosen === earlier?.backend ? earlier?.skipped : undefined;
  return new JobRunner({
    folder,
    create,
    processes,
    backend: chosen,
    skipped,
    onDevice(device) {
      if (earlier !== undefined && !sameDevice(earlier, device)) {
        session.line({ level: 'warning', text: `Earlier attempts computed with ${earlier.line}, this one with ${device.line}: numbers may differ in their last digits.` });
      }
      publish({ device, processes: processes ?? defaultProcesses(device.backend) });
    },
  });
}

interface EnvironmentParts {
  readonly folder: RunFolder;
  readonly session: RunSession;
  readonly hardware: Hardware;
  readonly signal: AbortSignal;
  readonly runner: JobRunner;
  readonly tracker: StepTracker;
  readonly publish: () => void;
}

function environment({ folder, session, hardware, signal, runner, tracker, publish }: EnvironmentParts): PipelineEnv {
  const event = (step: StepKind, job: JobSpec | undefined, told: JobEvent): void => {
    if (told.kind !== 'progress') return session.event(step, job, told);
    const fraction = told.done / told.total;
    if (job === undefined) return tracker.ownProgress(step, fraction);
    tracker.jobProgress(step, job.id, fraction);
    session.setJob(job.id, { progress: Math.min(1, fraction) });
  };
  return {
    files: nodeFiles(folder.path),
    plan: session.state.plan,
    hardware,
    signal,
    device: (): Promise<TensorDevice> => runner.device(),
    async runJobs(step, jobs, { processes } = {}) {
      if (tracker.current !== step) session.clearJobs();
      tracker.addJobs(step, jobs.length);
      session.addJobs(step, jobs);
      publish();
      const finished = (job: JobSpec): void => {
        session.setJob(job.id, { state: 'done', progress: 1 });
        publish();
      };
      return runner.run({
        jobs,
        signal,
        processes,
        onSkip(job) {
          tracker.skipJob(step, job.id);
          finished(job);
        },
        onStart(job) {
          session.setJob(job.id, { state: 'running' });
          publish();
        },
        onEvents(job, events) {
          for (const each of events) event(step, job, each);
          publish();
        },
        onRetry(job, how) {
          session.line({ level: 'warning', text: `The trainer process of ${job.id} ended ${how}; the job begins again from its checkpoint.`, step, job: job.id });
        },
        onDone(job, { seconds }) {
          tracker.finishJob(step, job.id);
          session.line({ level: 'info', text: `${job.id} done in ${seconds.toFixed(1)} s.`, step, job: job.id });
          finished(job);
        },
      });
    },
    startStep(kind, { jobs } = {}) {
      session.clearJobs();
      tracker.start(kind, jobs);
      publish();
    },
    finishStep(kind, outcome) {
      tracker.finish(kind, outcome);
      publish();
    },
    elapsedS: (kind) => tracker.states().find((step) => step.kind === kind)?.elapsed_s ?? 0,
    emit(step, told) {
      event(step, undefined, told);
      publish();
    },
    log: (text, level = 'info') => session.line({ level, text }),
  };
}

/** Brings a session's state and log to the disk, one save at a time. */
class DiskCopy {
  readonly #folder: RunFolder;
  readonly #session: RunSession;
  readonly #log: RunLogWriter;
  #saving: Promise<void> = Promise.resolve();

  constructor(folder: RunFolder, session: RunSession) {
    this.#folder = folder;
    this.#session = session;
    this.#log = new RunLogWriter(folder.path);
  }

  /** Resolves when everything so far is written. Never rejects: that the disk is full, jobs say better. */
  save(): Promise<void> {
    this.#saving = this.#saving.then(async () => {
      try {
        await this.#log.append(this.#session.takeUnlogged());
        await this.#folder.write(this.#session.state);
      } catch (error) {
        console.error(`The state of a run could not be saved: ${toErrorPayload(error).message}`);
      }
    });
    return this.#saving;
  }
}

function sameDevice(a: TensorDevice, b: TensorDevice): boolean {
  return a.backend === b.backend && JSON.stringify(Object.entries(a.versions).sort()) === JSON.stringify(Object.entries(b.versions).sort());
}
