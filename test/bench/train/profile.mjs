/** Where the time of a step goes: every kernel's, and what is spent outside of kernels. */
import { round } from './figures.mjs';

const JOBS = [
  ['blockJob', 'BLD step of one layer'],
  ['fullJob', 'full training step'],
];
const STEPS = 6;

export async function profileSteps(engine, workload, contender, progress) {
  await contender.activate();
  const files = new engine.MemoryFiles();
  await engine.prepareRun(workload, files, contender.device);
  const tables = [];
  for (const [job, title] of JOBS) {
    progress(`${workload.id}, ${title}: profile`);
    const { wallMs, kernels } = await engine.profiled(engine[job](workload, STEPS), files, contender.device);
    const inside = kernels.reduce((sum, { ms }) => sum + ms, 0);
    const row = (name, calls, ms, flops) => ({ name, calls: calls === undefined ? undefined : round(calls), ms: round(ms), share: round(ms / wallMs), ...(flops > 0 && { gflop_per_s: round(flops / ms / 1e6) }) });
    tables.push({
      workload: workload.id,
      title,
      step_ms: round(wallMs),
      rows: [
        ...kernels.map(({ name, calls, ms, flops }) => row(name === 'BatchMatMul' ? 'BatchMatMul (native)' : name, calls, ms, flops)),
        row('outside of kernels: tape, uploads, garbage collection', undefined, wallMs - inside, 0),
      ],
    });
  }
  return tables;
}
