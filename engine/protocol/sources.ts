/** What calls refer to: uploaded or granted files, and children. */
import { z } from 'zod';
import { architectureSchema } from './variant.ts';

export const uploadSchema = z.object({ path: z.string(), bytes: z.instanceof(Uint8Array) });
export type Upload = z.infer<typeof uploadSchema>;

/** Where an import reads from. Only hosts that a person drives directly (the CLI) may name a path themselves. */
export const importSourceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('upload'), files: z.array(uploadSchema).min(1) }),
  /** A path that the user picked in the host's own dialog, by the handle the host gave out for it. */
  z.object({ kind: z.literal('granted'), handle: z.string() }),
  z.object({ kind: z.literal('recent'), id: z.string() }),
]);
export type ImportSource = z.infer<typeof importSourceSchema>;

/** A child as the page refers to it: choices of a library, or an architecture of its own. */
export const childSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('in_library'), library_id: z.string(), choices: z.array(z.number().int()) }),
  z.object({ kind: z.literal('external'), architecture: architectureSchema }),
]);
export type Child = z.infer<typeof childSchema>;
