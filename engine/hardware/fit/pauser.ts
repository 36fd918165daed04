/** Lets other work and the abort signal through during long computations. */
import { setImmediate as macrotask } from 'node:timers/promises';
import { WorkbenchError } from '../../protocol/errors.ts';
import type { Pause } from './least_squares.ts';

/** The longest that the event loop is held, milliseconds. */
const HOLD_MS = 20;

/** A pause that is free most of the time. It throws `cancelled` once the signal has fired. */
export function pauser(signal: AbortSignal | undefined): Pause {
  let since = performance.now();
  return async () => {
    if (performance.now() - since >= HOLD_MS) {
      await macrotask();
      since = performance.now();
    }
    if (signal?.aborted === true) throw new WorkbenchError('cancelled', 'The fit was cancelled.');
  };
}
