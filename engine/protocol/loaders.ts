/** Which programs load a model that is exported, and which would refuse it. */
import { z } from 'zod';

/** Stands wherever verdicts are shown. */
export const LOADER_PROVENANCE =
  'Judged by reading the source of each loader, not by running it: a verdict is a warning, not a test.';

export const loaderVerdictSchema = z.object({
  loader: z.string(),
  verdict: z.enum(['loads', 'refuses', 'unknown']),
  reasons: z.array(z.string()),
});
export type LoaderVerdict = z.infer<typeof loaderVerdictSchema>;
