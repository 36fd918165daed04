/** A job's surroundings for tests: files in memory, events kept, and a stop after so many breaths. */
import { WorkbenchError } from '../../engine/protocol/errors.ts';
import type { JobEvent, TensorBackend } from '../../engine/protocol/train.ts';
import type { JobContext } from '../../engine/train/job.ts';
import type { Files } from '../../engine/transformer/files.ts';
import { MemoryFiles } from '../../engine/transformer/memory_files.ts';

export interface TestContext extends JobContext {
  readonly events: JobEvent[];
  /** How often the job has let messages in. */
  readonly breaths: () => number;
}

export interface TestContextOptions {
  readonly files?: Files;
  readonly backend?: TensorBackend;
  /** The breath at which the job is cancelled, counted from 1. */
  readonly cancelAt?: number;
  /** What the clock advances by at each reading, in milliseconds. */
  readonly tickMs?: number;
}

export function testContext({ files = new MemoryFiles(), backend = 'cpu', cancelAt, tickMs = 1 }: TestContextOptions = {}): TestContext {
  const events: JobEvent[] = [];
  let breaths = 0;
  let clock = 0;
  return {
    files,
    device: { backend, line: backend, versions: {}, skipped: [] },
    events,
    breaths: () => breaths,
    emit: (event) => void events.push(event),
    breathe: () => {
      breaths += 1;
      if (breaths === cancelAt) return Promise.reject(new WorkbenchError('cancelled', 'Stopped by the test.'));
      return Promise.resolve();
    },
    now: () => (clock += tickMs),
  };
}

/** Points of one curve, in order. */
export function pointsOf(events: readonly JobEvent[], series: string): readonly (readonly [step: number, value: number])[] {
  return events.flatMap((event) => (event.kind === 'point' && event.series === series ? [[event.step, event.value] as const] : []));
}
