/** The envelopes that carry calls and streams, the same over every transport. */
import { z } from 'zod';
import { errorPayloadSchema } from './errors.ts';

const id = z.number().int().nonnegative();

export const clientMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('call'), id, name: z.string(), params: z.unknown() }),
  z.object({ type: z.literal('subscribe'), id, name: z.string(), params: z.unknown() }),
  /** Withdraws a call or ends a subscription. */
  z.object({ type: z.literal('cancel'), id }),
  z.object({ type: z.literal('ping') }),
]);
export type ClientMessage = z.infer<typeof clientMessageSchema>;

export const engineMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('result'), id, value: z.unknown() }),
  z.object({ type: z.literal('error'), id, error: errorPayloadSchema }),
  z.object({ type: z.literal('progress'), id, fraction: z.number().min(0).max(1).optional(), message: z.string().optional() }),
  /** Sequence 0 is the snapshot; a gap in the numbers is a fault. */
  z.object({ type: z.literal('event'), id, sequence: z.number().int().nonnegative(), value: z.unknown() }),
  z.object({ type: z.literal('end'), id }),
  z.object({ type: z.literal('pong') }),
  /** The engine cannot go on: everything pending fails with this. */
  z.object({ type: z.literal('fatal'), error: errorPayloadSchema }),
]);
export type EngineMessage = z.infer<typeof engineMessageSchema>;
