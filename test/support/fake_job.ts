/** Jobs that only count, as fake_trainer_process.ts does them. */
import type { JobOf } from '../../engine/protocol/train.ts';

/** What a fake job does; steps count from 0. */
export interface FakeJob {
  readonly steps: number;
  readonly stepMs?: number;
  readonly checkpointEvery?: number;
  /** Dies by SIGKILL there, once or whenever it gets there. */
  readonly crashAt?: number;
  readonly crashes?: 'always';
  readonly failAt?: number;
  /** Never comes back from this step. */
  readonly hangAt?: number;
  readonly throwOutsideAt?: number;
}

export function fakeJob(id: string, job: FakeJob, seed = 1): JobOf<'generate'> {
  return { id, kind: 'generate', model: 'none', prompt: JSON.stringify(job), max_new_tokens: 1, temperature: 0, seed, out: `out/${id}.json` };
}

/** One step of what fake jobs compute (numbers of Knuth's MMIX generator, cut to 32 bits). */
export function countStep(value: number): number {
  return (Math.imul(value, 1_664_525) + 1_013_904_223) >>> 0;
}

/** What a job that began with `seed` has counted to. */
export function counted(seed: number, steps: number): number {
  let value = seed;
  for (let step = 0; step < steps; step++) value = countStep(value);
  return value;
}
