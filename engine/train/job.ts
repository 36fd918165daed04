/**
 * What a job gets from whoever runs it. Jobs know neither processes nor file systems: a trainer process, a test or a
 * page's worker hands in files, a place for events and a way to be stopped.
 */
import type { JobEvent, TensorDevice } from '../protocol/train.ts';
import type { Files } from '../transformer/files.ts';

export interface JobContext {
  readonly files: Files;
  /** What is being computed with, for provenance in results. */
  readonly device: TensorDevice;
  emit(event: JobEvent): void;
  /**
   * To be awaited once per step or layer: lets messages in. @throws WorkbenchError `cancelled` where the job shall stop; what
   * it then leaves behind is what it had committed.
   */
  breathe(): Promise<void>;
  /** Milliseconds of a clock that never goes back; only for progress and for when to save, never for results. */
  now(): number;
}
