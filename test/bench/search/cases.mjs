/** Seeded random limit sets: upper limits, each uniform in 0.30-0.98 of the parent's total. */
import { seeded, seedFor, shuffled } from './random.mjs';

export const LIMITED = ['memory_mib', 'runtime_ms', 'num_params'];
const [LEAST, MOST] = [0.3, 0.98];

/** @param fixed number of limits in every case; one to three of them at random where absent. */
export function casesFor({ parentTotals }, name, seed, count, fixed) {
  const next = seeded(seedFor(seed, name));
  return Array.from({ length: count }, () => {
    const size = fixed ?? 1 + Math.floor(next() * LIMITED.length);
    const columns = new Set(shuffled(LIMITED, next).slice(0, size));
    return { max: Object.fromEntries(LIMITED.filter((id) => columns.has(id)).map((id) => [id, (LEAST + (MOST - LEAST) * next()) * parentTotals[id]])) };
  });
}
