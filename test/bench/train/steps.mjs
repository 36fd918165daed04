/**
 * One training step on every backend and in PyTorch, in turns: a run of each contender, then the next round. What counts is the
 * median over the runs, each the median of its steps. All start from the same weights, and their losses must agree.
 */
import path from 'node:path';
import { median, round } from './figures.mjs';

/** Every way that the machine may have; what cannot be opened is left out and said so. */
export const CONTENDERS = [
  { id: 'wasm_native', title: 'wasm + native matmul', options: { prefer: 'wasm_native' } },
  { id: 'wasm_native_2', title: 'wasm + native matmul, 2 threads in one call', options: { prefer: 'wasm_native', threads: 2 } },
  { id: 'wasm_native_composed', title: 'wasm + native matmul, our kernels left out', options: { prefer: 'wasm_native', fusedKernels: false }, onlyIn: 'small' },
  { id: 'wasm', title: 'wasm with our kernels, its own matmul', options: { prefer: 'wasm' }, onlyIn: 'small' },
  { id: 'stock', title: 'stock tfjs wasm', options: { prefer: 'wasm', fusedKernels: false } },
  { id: 'webgpu', title: 'webgpu', options: { prefer: 'webgpu' } },
  { id: 'tensorflow', title: 'tensorflow', options: { prefer: 'tensorflow' } },
  { id: 'cpu', title: 'tfjs in plain JavaScript', options: { prefer: 'cpu' }, onlyIn: 'small' },
];
export const OURS = 'wasm_native';
export const STOCK = 'stock';

const TORCH = [1, 2].flatMap((threads) => ['plain', 'sdpa'].map((attention) => ({ id: `torch_${threads}_${attention}`, title: `PyTorch, ${threads} thread${threads > 1 ? 's' : ''}, ${attention === 'plain' ? 'attention written out' : 'scaled_dot_product_attention'}`, threads, attention })));

const KINDS = {
  bld: { title: 'BLD step of one layer', job: 'blockJob' },
  full: { title: 'full training step', job: 'fullJob' },
};

const MOST_STEPS = 8;
/** A step longer than this counts from the first on: its warm-up is no part of it that shows. */
const NO_WARM_UP_MS = 10_000;
/** Losses of different backends and of PyTorch, relative, in the first steps. */
const TOLERANCE = 2e-3;

/** Opens what is asked for and is here. */
export async function openContenders(engine, ids) {
  const open = [];
  const missing = [];
  for (const contender of CONTENDERS.filter(({ id }) => ids.includes(id))) {
    try {
      const device = await engine.openTensorDevice(contender.options);
      open.push({ ...contender, ...device, line: device.device.line });
    } catch (thrown) {
      missing.push(`${contender.title}: ${thrown.message}`);
    }
  }
  return { open, missing };
}

/** The table of one workload: `{id, title, kinds: [...]}`. */
export async function measureSteps(engine, workload, { contenders, torch, rounds, slowRounds, runSeconds, folder, progress }) {
  const ours = contenders.find(({ id }) => id === OURS);
  await ours.activate();
  const files = new engine.MemoryFiles();
  await engine.prepareRun(workload, files, ours.device);
  if (torch !== undefined) {
    const file = `${workload.id}.safetensors`;
    await engine.writeTensors(engine.nodeFiles(folder), file, await engine.peerTensors(workload, files));
    await torch.load(path.join(folder, file), workload.shape);
  }
  const kinds = [];
  for (const [kind, { title, job }] of Object.entries(KINDS)) {
    const say = (text) => progress(`${workload.id}, ${title}: ${text}`);
    const runs = [
      ...contenders
        .filter(({ onlyIn }) => onlyIn === undefined || onlyIn === workload.id)
        .map((contender) => ({
          ...contender,
          run: async (steps) => {
            await contender.activate();
            return engine.timed(engine[job](workload, steps), files, contender.device);
          },
        })),
      ...(torch === undefined ? [] : TORCH.map((peer) => ({ ...peer, line: `PyTorch ${torch.version}`, run: (steps) => torch.run({ ...peer, kind, steps, training: engine[job](workload, steps).training }) }))),
    ];
    await ours.activate();
    const flops = (await engine.profiled(engine[job](workload, 2), files, ours.device)).kernels.reduce((sum, kernel) => sum + kernel.flops, 0);
    const measured = await inTurns(runs, { rounds, slowRounds, runSeconds, say });
    kinds.push({ id: kind, title, gflop_per_step: round(flops / 1e9), variants: kind === 'bld' ? engine.STUDENTS : undefined, rows: measured.map((row) => rowOf(row, workload, flops)) });
  }
  const ratios = kinds.map(({ id, rows }) => ratiosOf(id, rows));
  return { id: workload.id, title: workload.title, kinds, ratios };
}

async function inTurns(runs, { rounds, slowRounds, runSeconds, say }) {
  const states = [];
  let expected;
  for (const run of runs) {
    say(`${run.title}, first run`);
    let first = await run.run(1);
    const slow = first.stepMs[0] > NO_WARM_UP_MS;
    if (!slow) first = await run.run(2);
    expected ??= { title: run.title, losses: first.losses };
    requireEqual(expected, { title: run.title, losses: first.losses });
    states.push({ ...run, stepMs: first.stepMs.at(-1), slow, runs: slow ? [mediansOf(first)] : [], rounds: slow ? Math.min(slowRounds, rounds) : rounds });
  }
  for (let round = 0; round < rounds; round++) {
    for (const state of states) {
      if (state.runs.length >= state.rounds) continue;
      say(`${state.title}, run ${state.runs.length + 1} of ${state.rounds}`);
      const steps = Math.min(MOST_STEPS, Math.max(1, Math.ceil((1000 * runSeconds) / state.stepMs)));
      const { stepMs, cpuMs } = await state.run(state.slow ? 1 : steps + 1);
      const counted = (times) => (state.slow ? times : times.slice(1));
      state.runs.push(mediansOf({ stepMs: counted(stepMs), cpuMs: counted(cpuMs) }));
    }
  }
  return states;
}

function mediansOf({ stepMs, cpuMs }) {
  return { stepMs: median(stepMs), cpuMs: median(cpuMs) };
}

/** Another backend, or PyTorch, must have trained the same thing. */
function requireEqual(expected, found) {
  for (const [lane, losses] of Object.entries(found.losses)) {
    for (const [step, other] of losses.entries()) {
      const loss = expected.losses[lane]?.[step];
      if (!(Math.abs(other - loss) <= TOLERANCE * Math.abs(loss))) throw new Error(`${lane}, step ${step + 1}: the loss is ${loss} on ${expected.title} and ${other} on ${found.title}.`);
    }
  }
}

function rowOf({ id, title, line, runs }, { batch, length }, flops) {
  const times = runs.map(({ stepMs }) => stepMs);
  const ms = median(times);
  return {
    id,
    title,
    line,
    runs: runs.length,
    step_ms: round(ms),
    fastest_ms: round(Math.min(...times)),
    slowest_ms: round(Math.max(...times)),
    cpu_ms: round(median(runs.map(({ cpuMs }) => cpuMs))),
    tokens_per_s: round((1000 * batch * length) / ms),
    gflop_per_s: round(flops / ms / 1e6),
  };
}

/** How many times as long others take; PyTorch's faster attention counts. */
function ratiosOf(id, rows) {
  const ms = (row) => rows.find(({ id }) => id === row)?.step_ms;
  const ours = ms(OURS);
  const torch = (threads) => Math.min(...rows.filter((row) => row.id.startsWith(`torch_${threads}_`)).map(({ step_ms }) => step_ms));
  const over = (theirs) => (Number.isFinite(theirs) ? round(theirs / ours) : undefined);
  const cpu = (row) => rows.find(({ id }) => id === row)?.cpu_ms;
  return { kind: id, stock: over(ms(STOCK)), stock_cpu: round(cpu(STOCK) / cpu(OURS)), torch_1_thread: over(torch(1)), torch_2_threads: over(torch(2)) };
}
