/**
 * Entry of a trainer process: owns one tensor device and runs jobs for the engine that started it. Native code may compute
 * for long, so nothing here ends the process while a job is between two breaths; whoever cannot wait kills it from outside.
 */
import os from 'node:os';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { memoryUse, translateMemoryError } from '../../tensor/backend/memory_guard.ts';
import { runJob } from '../../train/run_job.ts';
import type { TrainerMemory } from '../../jobs/trainer_messages.ts';
import { nodeFiles } from './node_files.ts';
import { openTensorDevice, type OpenDevice } from './tensor_backends.ts';
import { trainerChannel } from './trainer_channel.ts';
import { runTrainer } from './trainer_loop.ts';

function memory(): TrainerMemory {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return {
    rss_bytes: rss,
    peak_rss_bytes: process.resourceUsage().maxRSS * 1024,
    heap_bytes: heapUsed,
    array_buffer_bytes: arrayBuffers,
    device: deviceMemory(),
  };
}

/** Undefined where no backend is open. */
function deviceMemory(): TrainerMemory['device'] {
  try {
    const { tensors, tensorBytes, heapBytes } = memoryUse();
    return { tensors, bytes: tensorBytes, ...(heapBytes !== undefined && { heap_bytes: heapBytes }) };
  } catch {
    return undefined;
  }
}

/** Running out of a wasm heap reads like a fault of ours otherwise. */
function explain(error: unknown): unknown {
  try {
    return translateMemoryError('The job', error);
  } catch {
    return error;
  }
}

// Whoever moves a slider meanwhile goes first.
try {
  os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // Some systems do not let a process choose; it computes all the same.
}

let device: OpenDevice | undefined;
const trainer = runTrainer({
  channel: trainerChannel(),
  async openDevice(backend) {
    device = await openTensorDevice({ prefer: backend });
    return device.device;
  },
  useThreads: (count) => device?.useThreads(count),
  runJob,
  filesOf: nodeFiles,
  memory,
  explain,
  now: () => performance.now(),
  turn: () => new Promise((resolve) => setImmediate(resolve)),
});

for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, (error) => trainer.crash(error));
// Ctrl+C in a terminal reaches every process of it: what becomes of jobs is the engine's to say.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
