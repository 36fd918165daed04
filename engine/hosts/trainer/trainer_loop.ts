/**
 * What a trainer process does between its start and its end: opens a tensor device, runs one job after the other, passes on
 * their events, and stops at the next breath of a job when told to. Everything of the platform comes from outside, so that
 * the same loop runs in a Node process, in Electron's utility process and in tests.
 */
import { isCancelled, toErrorPayload, WorkbenchError } from '../../protocol/errors.ts';
import type { JobEvent, JobSpec, TensorBackend, TensorDevice } from '../../protocol/train.ts';
import type { FromTrainer, ToTrainer, TrainerMemory } from '../../jobs/trainer_messages.ts';
import type { JobContext } from '../../train/job.ts';
import type { Files } from '../../transformer/files.ts';
import { EventBatch } from './event_batch.ts';

export interface TrainerChannel {
  send(message: FromTrainer): void;
  onMessage(listener: (message: ToTrainer) => void): void;
  /** The engine is gone. */
  onClose(listener: () => void): void;
  /** Ends the process when what was sent is out. */
  end(): void;
}

export interface TrainerParts {
  readonly channel: TrainerChannel;
  openDevice(backend: TensorBackend | undefined): Promise<TensorDevice>;
  /** Threads of each native call from now on. */
  useThreads(count: number): void;
  runJob(spec: JobSpec, context: JobContext): Promise<unknown>;
  filesOf(folder: string): Files;
  memory(): TrainerMemory;
  /** What an error means where the backend's own words do not say it, such as running out of its heap. */
  explain(error: unknown): unknown;
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Resolves when waiting messages have been handed over. */
  turn(): Promise<void>;
}

export interface TrainerLoop {
  /** For errors that no job's promise carries: the job under way fails with it and the process ends. */
  crash(error: unknown): void;
}

export function runTrainer(parts: TrainerParts): TrainerLoop {
  const { channel } = parts;
  let device: TensorDevice | undefined;
  let job: string | undefined;
  /** No further step is to be begun, as the engine wants this process to end, or is gone. */
  let stopping = false;
  let ended = false;

  const end = (...last: FromTrainer[]): void => {
    if (ended) return;
    ended = true;
    for (const message of last) channel.send(message);
    channel.end();
  };
  const failed = (error: unknown): FromTrainer => ({
    type: 'failed',
    ...(job !== undefined && { job }),
    error: toErrorPayload(parts.explain(error)),
    memory: parts.memory(),
  });

  const start = async (backend: TensorBackend | undefined, skipped: TensorDevice['skipped'] | undefined): Promise<void> => {
    try {
      const opened = await parts.openDevice(backend);
      device = skipped === undefined ? opened : { ...opened, skipped };
    } catch (error) {
      return end({ type: 'refused', error: toErrorPayload(error) });
    }
    if (!ended) channel.send({ type: 'ready', device });
  };

  const run = async (folder: string, spec: JobSpec, threads: number): Promise<void> => {
    if (job !== undefined || device === undefined) return end(failed(misuse(spec.id, job)));
    job = spec.id;
    const events = new EventBatch((batch) => channel.send({ type: 'events', job: spec.id, events: batch }), parts.now);
    const startedAt = parts.now();
    const context: JobContext = {
      files: parts.filesOf(folder),
      device,
      emit: (event: JobEvent) => events.add(event),
      async breathe() {
        await parts.turn();
        if (stopping) throw new WorkbenchError('cancelled', `The job ${spec.id} was cancelled.`);
      },
      now: parts.now,
    };
    try {
      parts.useThreads(threads);
      const result = plain(await parts.runJob(spec, context));
      events.flush();
      if (ended) return;
      job = undefined;
      channel.send({ type: 'done', job: spec.id, result, seconds: (parts.now() - startedAt) / 1000, memory: parts.memory() });
      if (stopping) end({ type: 'cancelled' });
    } catch (error) {
      if (ended) return;
      events.flush();
      if (stopping && isCancelled(error)) end({ type: 'cancelled' });
      else end(failed(error));
    }
  };

  channel.onMessage((message) => {
    if (ended) return;
    switch (message.type) {
      case 'start':
        void start(message.backend, message.skipped);
        break;
      case 'job':
        void run(message.folder, message.spec, message.threads);
        break;
      case 'cancel':
        stopping = true;
        if (job === undefined) end({ type: 'cancelled' });
        break;
      default:
        message satisfies never;
    }
  });
  channel.onClose(() => {
    stopping = true;
    if (job === undefined) end();
  });
  return { crash: (error) => end(failed(error)) };
}

/** What JSON keeps, so that a result is the same whether it comes from a process or from a file. */
function plain(result: unknown): unknown {
  return result === undefined ? undefined : JSON.parse(JSON.stringify(result));
}

function misuse(id: string, running: string | undefined): WorkbenchError {
  const why = running === undefined ? 'before a tensor device was open' : `while ${running} was running`;
  return new WorkbenchError('internal', `The job ${id} was handed over ${why}.`);
}
