/**
 * How fast training is, on every backend of this machine and beside PyTorch; see README.md beside this file.
 *   npm run bench:train
 *   npm run bench:train -- --quick      few runs, keeps nothing; fails where ours is not clearly faster than stock wasm
 *   npm run bench:train -- --large      also an 8B parent of random weights, for its memory
 *   npm run bench:train -- --parts steps,profile --shapes small --backends wasm_native,stock,cpu
 */
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { bundle } from './train/bundle.mjs';
import { measureLarge } from './train/large.mjs';
import { profileSteps } from './train/profile.mjs';
import { aims, markdown } from './train/report.mjs';
import { measureScaling } from './train/scaling.mjs';
import { CONTENDERS, measureSteps, openContenders, OURS, STOCK } from './train/steps.mjs';
import { MISSING, openTorch } from './train/torch.mjs';

const PARTS = ['steps', 'profile', 'scaling', 'large'];
const SHAPES = ['small', 'larger'];
/** On a machine that does other things as well. */
const QUICK = { rounds: 3, ratio: 5, runSeconds: 1 };

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
    parts: { type: 'string' },
    shapes: { type: 'string' },
    backends: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string', default: '3' },
    'no-torch': { type: 'boolean', default: false },
    out: { type: 'string' },
  },
});
const { quick } = options;
const parts = namesOf('parts', options.parts ?? (quick ? 'steps' : 'steps,profile,scaling'), PARTS);
if (options.large) parts.push('large');
const shapes = namesOf('shapes', options.shapes ?? (quick ? 'small' : SHAPES.join(',')), SHAPES);
const backends = namesOf('backends', options.backends ?? (quick ? `${OURS},${STOCK}` : CONTENDERS.map(({ id }) => id).filter((id) => id !== 'cpu').join(',')), CONTENDERS.map(({ id }) => id));
const rounds = numberOf('rounds', options.rounds ?? String(quick ? QUICK.rounds : 5), 1);
const seconds = numberOf('seconds', options.seconds, 0.1);
const progress = (text) => process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : text === '' ? '' : `${text}\n`);

const load = Number(os.loadavg()[0].toFixed(2));
if (!quick && load > 0.5) console.error(`The machine is busy (load ${load}): times will be too long, and ratios unreliable.`);
const { folder: bundleFolder, remove } = await bundle();
const folder = await mkdtemp(path.join(os.tmpdir(), 'bench-train-'));
const result = {
  date: new Date().toISOString().slice(0, 10),
  command: `npm run bench:train${process.argv.slice(2).map((argument) => ` ${argument}`).join('').replace(/^ /, ' -- ').replace(/ --out[ =]\S+/g, '')}`,
  node: process.versions.node,
  platform: `${process.platform}-${process.arch}`,
  cpu: os.cpus()[0]?.model.trim() ?? 'unknown processor',
  cores: os.cpus().length,
  load_before: load,
  shapes: [],
  profiles: [],
  missing: [],
};
let torch;
// Killed half-way, it leaves no copies of the engine or of weights behind.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    for (const left of [bundleFolder, folder]) rmSync(left, { recursive: true, force: true });
    process.exit(1);
  });
}
try {
  const engine = await import(pathToFileURL(path.join(bundleFolder, 'engine.mjs')).href);
  const workloads = engine.SHAPES.filter(({ id }) => shapes.includes(id));
  const { open, missing } = await openContenders(engine, parts.includes('steps') ? backends : [OURS]);
  result.missing.push(...missing);
  const ours = open.find(({ id }) => id === OURS);
  if (parts.includes('steps')) {
    if (ours === undefined) throw new Error(`${OURS} is what others are compared with, and cannot be opened: ${missing.join('; ')}`);
    if (!quick && !options['no-torch'] && (torch = await openTorch()) === undefined) result.missing.push(MISSING);
    const runSeconds = quick ? QUICK.runSeconds : seconds;
    for (const workload of workloads) {
      result.shapes.push(await measureSteps(engine, workload, { contenders: open, torch, rounds, slowRounds: quick ? 1 : rounds, runSeconds, folder, progress }));
    }
    torch?.close();
  }
  if (parts.includes('profile')) for (const workload of workloads) result.profiles.push(...(await profileSteps(engine, workload, ours, progress)));
  if (parts.includes('scaling')) result.scaling = await measureScaling(engine, workloads[0], { rounds, seconds: 4 * seconds, folder, progress });
  if (parts.includes('large')) result.large = await measureLarge({ bundleFolder, folder, progress });
} finally {
  torch?.close();
  await rm(folder, { recursive: true, force: true });
  await remove();
}
progress('');
console.log(markdown(result));
// A quick run is a check, and part of a run no result; such figures are not kept unasked.
const whole = !quick && [options.parts, options.shapes, options.backends, options.rounds].every((option) => option === undefined);
const out = options.out ?? (whole ? path.join(import.meta.dirname, 'results', 'train') : undefined);
if (out !== undefined) {
  await mkdir(path.dirname(out), { recursive: true });
  await writeFile(`${out}.json`, `${JSON.stringify(result, undefined, 1)}\n`);
  await writeFile(`${out}.md`, markdown(result));
  console.log(`Written to ${path.relative(process.cwd(), `${out}.json`)} and .md`);
}
if (quick) assertFaster(result);
else for (const { what, figure, met } of aims(result)) if (!met) fail(`${what}: ${figure}.`);

/** Generous: a busy machine must pass, a slip by an order of magnitude must not. */
function assertFaster({ shapes }) {
  for (const { id, ratios } of shapes) {
    for (const { kind, stock_cpu: ratio } of ratios) {
      if (!(ratio >= QUICK.ratio)) fail(`${id}, ${kind}: only ${ratio} times less processor time than stock wasm, expected ${QUICK.ratio}.`);
    }
  }
}

function fail(text) {
  console.error(text);
  process.exitCode = 1;
}

function numberOf(name, text, least) {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= least) return value;
  console.error(`--${name} ${text}: expected a number of at least ${least}.`);
  return process.exit(2);
}

function namesOf(option, text, known) {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names;
  console.error(`--${option} ${text}: there is no "${unknown}"; there are ${known.join(', ')}.`);
  return process.exit(2);
}
