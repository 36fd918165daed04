/**
 * The second library that the product brings along: measured, on a small model. `pipeline --preset tiny --seed 1` made it, and
 * its file is that run's library.json as it was.
 */
import { librarySchema, type Library } from '../protocol/library.ts';

export const MEASURED_SAMPLE_ID = 'sample:measured-tiny';

/** Read when it is asked for: most commands never look at it. */
export async function measuredSample(): Promise<Library> {
  const { default: file } = await import('../../assets/libraries/measured-tiny.json', { with: { type: 'json' } });
  return librarySchema.parse(file);
}
