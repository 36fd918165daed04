/** A short trial between a backend that is open and the one that would be used instead. */
import { performance } from 'node:perf_hooks';
import { probeGflops } from '../../tensor/backend/probe.ts';
import { RungUnavailable } from './tensor_rung.ts';
import type { Rung } from './tensor_rung.ts';

/** Of measuring each backend. */
const SECONDS = 0.4;

/** GFLOP/s of the current backend. */
export type Probe = () => Promise<number>;

/**
 * Returns with `candidate` current where it is faster than what `openRival` opens, which is closed again.
 * @throws RungUnavailable where it is not; then `candidate` is closed too
 */
export async function requireFaster(name: string, candidate: Rung, openRival: () => Promise<Rung>, probe: Probe = probeCurrent): Promise<void> {
  try {
    const speed = await probe();
    const rival = await openRival();
    const toBeat = await probe().finally(() => rival.dispose());
    if (speed <= toBeat) {
      throw new RungUnavailable(`${name} reached ${speed.toFixed(0)} GFLOP/s in a short trial, ${rival.line} ${toBeat.toFixed(0)}`);
    }
    await candidate.activate();
  } catch (thrown) {
    candidate.dispose();
    throw thrown;
  }
}

function probeCurrent(): Promise<number> {
  return probeGflops(SECONDS, () => performance.now());
}
