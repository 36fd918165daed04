/**
 * Which sequences a training step sees: the epochs' permutations one behind the other, cut into batches. A step's batch
 * depends on (count, batch, seed, step) alone, so a resumed run needs no position in the data and cannot lose it.
 */
import { Random } from '../random.ts';

interface Epoch {
  readonly count: number;
  readonly seed: number;
  readonly epoch: number;
  readonly order: Int32Array;
}

/** The latest epochs asked for; a batch may lie across two. Only saves time, results do not depend on it. */
const recent: Epoch[] = [];

/**
 * Indices into `count` sequences of the batch of step `step` (from 0). Every epoch visits every sequence once, in an order of
 * its own; what an epoch's last batch lacks comes from the next one.
 */
export function batchIndices(count: number, batchSize: number, seed: number, step: number): number[] {
  if (count < 1) throw new RangeError('There are no sequences to make batches of.');
  return Array.from({ length: batchSize }, (_, i) => {
    const place = step * batchSize + i;
    return orderOf(count, seed, Math.floor(place / count))[place % count] ?? 0;
  });
}

function orderOf(count: number, seed: number, epoch: number): Int32Array {
  const known = recent.find((entry) => entry.epoch === epoch && entry.count === count && entry.seed === seed);
  if (known !== undefined) return known.order;
  const order = Random.of(seed, `epoch ${epoch}`).permutation(count);
  recent.unshift({ count, seed, epoch, order });
  recent.length = Math.min(recent.length, 4);
  return order;
}
