/**
 * What an orchestrator of training steps (`engine/hosts/pipeline`) gets from whoever hosts a run, and what it owes. The host
 * owns processes, cancellation, what is skipped on resuming, progress and the state on disk; the pipeline decides what to do.
 */
import type { Hardware } from '../../hardware/calibrations.ts';
import type { JobEvent, JobSpec, Plan, PipelineReport, StepKind, TensorDevice } from '../../protocol/train.ts';
import type { Files } from '../../transformer/files.ts';

export interface PlannedStep {
  readonly kind: StepKind;
  readonly title: string;
}

export interface JobsOptions {
  /** Trainer processes at most, such as 1 where jobs are timed; the run's own number where absent. */
  readonly processes?: number | undefined;
}

export interface StepOptions {
  /** Jobs the step will run in all, where it runs them in several calls; so that progress knows the whole. */
  readonly jobs?: number | undefined;
}

export interface PipelineEnv {
  /** Of the run's folder. */
  readonly files: Files;
  readonly plan: Plan;
  /** Devices and calibrations, the project's own included, for cost-model runtimes. */
  readonly hardware: Hardware;
  /** Fires when the run is cancelled; `runJobs` rejects by itself, own long work has to look. */
  readonly signal: AbortSignal;
  /** What the trainer processes compute with; starts one where none has been needed yet. */
  device(): Promise<TensorDevice>;
  /**
   * Runs jobs in trainer processes, as many at once as there are processes, and resolves when all are done, with what each
   * returned, in order (through JSON). A job whose id is marked done with the same specification is not run again. A job
   * whose process dies is run once more, from its own checkpoint; then the step fails. After the first failure no further
   * job is begun and the others are stopped.
   * @throws WorkbenchError `cancelled`, or what the job failed with.
   */
  runJobs(step: StepKind, jobs: readonly JobSpec[], options?: JobsOptions): Promise<readonly unknown[]>;
  startStep(kind: StepKind, options?: StepOptions): void;
  /** Marks a step done. `outcome` in a few words, such as `loss 1.23`. */
  finishStep(kind: StepKind, outcome?: string): void;
  /** Seconds spent on a step in all attempts. */
  elapsedS(kind: StepKind): number;
  /** Progress, points, cells and log lines of what the orchestrator does itself. */
  emit(step: StepKind, event: JobEvent): void;
  log(text: string, level?: 'info' | 'warning'): void;
}

export interface ExportWish {
  readonly form: 'hugging_face' | 'puzzletron';
  readonly dtype: 'F32' | 'BF16';
}

export interface Pipeline {
  /** Every step of a plan in order, known before anything runs. */
  steps(plan: Plan): readonly PlannedStep[];
  /**
   * Does all steps and writes `library.json` and `report.json` into the run's folder. Runs again from the start when a run is
   * resumed: what its jobs have done is skipped by `runJobs`. Step states are kept by `env`; a step under way when this
   * rejects becomes failed or cancelled.
   */
  run(env: PipelineEnv): Promise<PipelineReport>;
  /** The job that writes the finished run's child in another form or dtype. */
  exportJob(plan: Plan, report: PipelineReport, wish: ExportWish): JobSpec;
}
