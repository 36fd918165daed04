/**
 * The second library that the product brings along: measured, on a small model. `pipeline --preset tiny --seed 1` made it, and
 * its file is that run's library.json as it was.
 */
import file from '../../assets/libraries/measured-tiny.json' with { type: 'json' };
import { librarySchema, type Library } from '../protocol/library.ts';

export const MEASURED_SAMPLE_ID = 'sample:measured-tiny';

let parsed: Library | undefined;

/** The same at every call. */
export function measuredSample(): Library {
  parsed ??= librarySchema.parse(file);
  return parsed;
}
