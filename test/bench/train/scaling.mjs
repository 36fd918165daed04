/**
 * Two trainer processes against one: the product's own, from its pool, doing blockwise distillation of four layers, once one
 * after the other and once two at a time, in turns. The time is that of the whole list of jobs, with all they read and write.
 */
import path from 'node:path';
import { ENGINE } from './bundle.mjs';
import { median, round } from './figures.mjs';

export async function measureScaling(engine, workload, { rounds, seconds, folder, progress }) {
  const root = path.join(folder, 'scaling');
  const device = await engine.openTensorDevice({ prefer: 'wasm_native' });
  const files = engine.nodeFiles(root);
  await engine.prepareRun(workload, files, device.device);
  const { stepMs } = await engine.timed(engine.blockJob(workload, 3), files, device.device);
  device.dispose();
  const pool = new engine.TrainerPool({ create: () => engine.forkTrainer(path.join(ENGINE, 'trainer-process.js')), processes: 2, backend: 'wasm_native' });
  const run = async (processes, steps) => {
    const jobs = Array.from({ length: workload.layers }, (_, layer) => engine.blockJob(workload, steps, layer));
    const startedAt = performance.now();
    await pool.run({ folder: root, jobs, processes, signal: new AbortController().signal });
    const elapsed = (performance.now() - startedAt) / 1000;
    await files.remove('blocks');
    return elapsed;
  };
  const times = { 1: [], 2: [] };
  const steps = Math.max(2, Math.round((1000 * seconds) / median(stepMs) / workload.layers));
  try {
    await run(2, 2);
    for (let round = 0; round < rounds; round++) {
      for (const processes of [1, 2]) {
        progress(`trainer processes: ${processes}, run ${round + 1} of ${rounds}`);
        times[processes].push(await run(processes, steps));
      }
    }
  } finally {
    await pool.stop();
  }
  const tokens = workload.layers * steps * workload.batch * workload.length;
  const row = (processes) => ({ processes, seconds: times[processes].map(round), tokens_per_s: round(tokens / median(times[processes])) });
  return { workload: workload.id, layers: workload.layers, steps, rows: [row(1), row(2)], ratio: round(median(times[1]) / median(times[2])) };
}
