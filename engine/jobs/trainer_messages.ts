/** What an engine and its trainer processes say to each other, over a Node process' channel or a port of Electron's. */
import { z } from 'zod';
import { errorPayloadSchema } from '../protocol/errors.ts';
import { jobEventSchema, tensorDeviceSchema, type JobSpec, type TensorBackend, type TensorDevice } from '../protocol/train.ts';

/** `start` comes first and once; a job only while none is running. */
export type ToTrainer =
  /**
   * `backend` asks for one rung of the ladder; the best there is where absent. `skipped`: why it was chosen, where that was
   * found out before; results then say the same whichever process wrote them.
   */
  | { readonly type: 'start'; readonly backend?: TensorBackend | undefined; readonly skipped?: TensorDevice['skipped'] | undefined }
  /** Paths in `spec` are relative to `folder`; `threads` is how many cores are free for it. */
  | { readonly type: 'job'; readonly folder: string; readonly spec: JobSpec; readonly threads: number }
  /** Ends the job under way at its next breath, and then the process. */
  | { readonly type: 'cancel' };

const bytes = z.number().nonnegative();
export const trainerMemorySchema = z.object({
  /** Resident memory of the process, now and at most so far. */
  rss_bytes: bytes,
  peak_rss_bytes: bytes,
  /** JavaScript objects, and array buffers outside them. */
  heap_bytes: bytes,
  array_buffer_bytes: bytes,
  /** Live tensors and the bytes of the backend's heap, where it tells. */
  device: z.object({ tensors: z.number(), bytes, heap_bytes: bytes.optional() }).optional(),
});
export type TrainerMemory = z.infer<typeof trainerMemorySchema>;

export const fromTrainerSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), device: tensorDeviceSchema }),
  /** No tensor device could be opened; the process ends. */
  z.object({ type: z.literal('refused'), error: errorPayloadSchema }),
  z.object({ type: z.literal('events'), job: z.string(), events: z.array(jobEventSchema) }),
  /** `result` is what JSON keeps of what the job returned. */
  z.object({ type: z.literal('done'), job: z.string(), result: z.unknown().optional(), seconds: z.number().nonnegative(), memory: trainerMemorySchema }),
  /** The process ends after this: a failed job may leave tensors behind. */
  z.object({ type: z.literal('failed'), job: z.string().optional(), error: errorPayloadSchema, memory: trainerMemorySchema }),
  /** Answers `cancel`; the process ends. */
  z.object({ type: z.literal('cancelled') }),
]);
export type FromTrainer = z.infer<typeof fromTrainerSchema>;
