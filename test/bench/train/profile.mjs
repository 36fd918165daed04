/** Where the time of a step goes: every kernel's, and what is spent outside of kernels. */
import { round } from './figures.mjs';

const JOBS = [
  ['blockJob', 'BLD step of one layer'],
  ['fullJob', 'full training step'],
];
const STEPS = 6;
/** Kernels with less of a step than this are added up. */
const SMALL_SHARE = 0.004;

export async function profileSteps(engine, workload, contender, progress) {
  await contender.activate();
  const files = new engine.MemoryFiles();
  await engine.prepareRun(workload, files, contender.device);
  const tables = [];
  for (const [job, title] of JOBS) {
    progress(`${workload.id}, ${title}: profile`);
    const { wallMs, kernels } = await engine.profiled(engine[job](workload, STEPS), files, contender.device);
    const large = ({ ms }) => ms >= SMALL_SHARE * wallMs;
    const others = kernels.filter((kernel) => !large(kernel));
    const row = (name, calls, ms, flops) => ({ name, calls: calls === undefined ? undefined : round(calls), ms: round(ms), share: round(ms / wallMs), ...(flops > 0 && { gflop_per_s: round(flops / ms / 1e6) }) });
    tables.push({
      workload: workload.id,
      title,
      step_ms: round(wallMs),
      rows: [
        ...kernels.filter(large).map(({ name, calls, ms, flops }) => row(name === 'BatchMatMul' ? 'BatchMatMul (native)' : name, calls, ms, flops)),
        row(`${others.length} other kernels`, sum(others, 'calls'), sum(others, 'ms'), 0),
        row('outside of kernels: tape, uploads, garbage collection', undefined, wallMs - sum(kernels, 'ms'), 0),
      ],
    });
  }
  return tables;
}

function sum(kernels, field) {
  return kernels.reduce((total, kernel) => total + kernel[field], 0);
}
