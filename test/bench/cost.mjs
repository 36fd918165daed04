/**
 * How fast the cost model is; see README.md beside this file.
 *   npm run bench:cost
 *   npm run bench:cost -- --quick      fewer repetitions, keeps nothing; fails where a limit is far exceeded
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'vite';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false }, repeat: { type: 'string' }, out: { type: 'string' } } });
const repeat = Number(options.repeat ?? (options.quick ? 300 : 2000));
if (!Number.isInteger(repeat) || repeat < 10) {
  console.error(`--repeat ${options.repeat}: expected a whole number of at least 10.`);
  process.exit(2);
}
/** What medians are aimed at, in milliseconds; --quick allows so many times that, for a machine that does other things too. */
const TARGETS = { variants: 0.3, library: 5 };
const QUICK_FACTOR = 5;
/** Each repetition is another device or another load, as under a user's hands; nothing can be kept from the one before. */
const DEVICES = ['h100-sxm', 'h200-sxm', 'a100-sxm-80', 'b200', 'l40s', 'mi300x'];

const root = path.resolve(import.meta.dirname, '..', '..');
const folder = await mkdtemp(path.join(os.tmpdir(), 'bench-cost-'));
const engine = await bundled();

const parent = engine.parentModel('llama-3.1-70b');
const space = engine.searchSpace(parent);
const whole = engine.parentArchitecture(parent);
const child = engine.referenceArchitecture('nemotron-51b');
const deployments = DEVICES.map((device) => engine.deploymentSchema.parse({ device, weights: 'bf16', activations: 'bf16', kv: 'bf16' }));
const fp8 = ['h100-sxm', 'h200-sxm'].map((device) => engine.deploymentSchema.parse({ device }));
if (space.blocks.length !== 60) throw new Error(`The search space has ${space.blocks.length} variants, expected 60.`);

const result = {
  date: new Date().toISOString().slice(0, 10),
  node: process.versions.node,
  platform: `${process.platform}-${process.arch}`,
  cores: os.cpus().length,
  load_before: Number(os.loadavg()[0].toFixed(2)),
  repeat,
  cases: [
    measured('variants', '60 variants, decode and prefill, on a device chosen anew', (index) => {
      const { kernels, tp } = { kernels: engine.kernelsFor(pick([...fp8, ...deployments], index), engine.BUILT_IN), tp: 1 };
      const decode = { sequences: 16 + (index % 240), tokensPerSequence: 1, context: 1024 + (index % 7), prefillTokens: 0, prompt: 0 };
      const prefill = { sequences: 0, tokensPerSequence: 1, context: 0, prefillTokens: 2048 + (index % 64), prompt: 2048 };
      let sum = 0;
      for (const step of [decode, prefill]) {
        for (const { attention, ffn } of space.blocks) {
          sum += engine.attentionSeconds(kernels, parent.shape, attention, tp, step) + engine.ffnSeconds(kernels, parent.shape, ffn, tp, step);
        }
      }
      return sum;
    }),
    measured('library', 'a library of 80 layers x 60 variants, on a device chosen anew', (index) => {
      const recipe = engine.recipeSchema.parse({ parent: parent.id, device: pick(DEVICES, index), weights: 'bf16', activations: 'bf16', kv: 'bf16', isl: 128 + (index % 5), osl: 1024 });
      const { values } = engine.generateView({ id: 'bench', recipe, parent, hardware: engine.BUILT_IN });
      if (values[0].length !== 4800) throw new Error(`The library has ${values[0].length} choices, expected 4800.`);
      return values[1][index % 4800];
    }),
    measured('report', 'a report on Nemotron-51B', (index) => engine.costReport(child, pick(fp8, index), { isl: 128 + (index % 5), osl: 1024 }).output_tok_s),
    measured(
      'pipeline',
      'a report on Llama-3.1-70B in 4 stages, cut where they serve most',
      (index) => engine.costReport(whole, { ...pick(fp8, index), pp: 4 }, { isl: 128 + (index % 5), osl: 1024 }).output_tok_s,
      Math.ceil(repeat / 10),
    ),
  ],
};
await rm(folder, { recursive: true, force: true });

console.log(table(result.cases));
// A quick run is a check; its figures are not worth keeping.
const out = options.out ?? (options.quick ? undefined : path.join(import.meta.dirname, 'results', 'cost.json'));
if (out !== undefined) {
  await mkdir(path.dirname(out), { recursive: true });
  await writeFile(out, `${JSON.stringify(result, undefined, 1)}\n`);
  console.log(`Written to ${path.relative(process.cwd(), out)}`);
}
for (const { id, median_ms: median, target_ms: target } of result.cases) {
  const most = target === undefined ? undefined : options.quick ? QUICK_FACTOR * target : target;
  if (most !== undefined && median > most) {
    console.error(`${id}: the median is ${median} ms, aimed at ${target} ms.`);
    process.exitCode = 1;
  }
}

/** The first call, before anything is compiled, and the spread of the others after a warm-up. */
function measured(id, title, run, times = repeat) {
  const timed = (index) => {
    const startedAt = performance.now();
    const value = run(index);
    const ms = performance.now() - startedAt;
    // The result is looked at, so that no work can be left out.
    if (!Number.isFinite(value)) throw new Error(`${id}: ${value}`);
    return ms;
  };
  const first = timed(0);
  for (let index = 1; index < times / 5; index++) timed(index);
  const all = Array.from({ length: times }, (_, index) => timed(index)).sort((a, b) => a - b);
  const at = (share) => round(all[Math.min(all.length - 1, Math.floor(share * all.length))]);
  return { id, title, target_ms: TARGETS[id], first_ms: round(first), median_ms: at(0.5), p95_ms: at(0.95), fastest_ms: at(0) };
}

function round(ms) {
  return Number(ms.toPrecision(3));
}

function pick(list, index) {
  return list[index % list.length];
}

function table(cases) {
  const rows = cases.map((one) => [one.title, one.target_ms ?? '', one.median_ms, one.p95_ms, one.fastest_ms, one.first_ms].map(String));
  const head = ['', 'aim ms', 'median ms', 'p95 ms', 'fastest ms', 'first call ms'];
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column].length)));
  return [head, ...rows].map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  ')).join('\n');
}

async function bundled() {
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    ssr: { noExternal: true },
    build: {
      ssr: true,
      target: 'node20',
      outDir: folder,
      emptyOutDir: true,
      minify: false,
      rollupOptions: { input: { engine: path.join(import.meta.dirname, 'cost', 'engine.ts') }, output: { format: 'es', entryFileNames: '[name].mjs' } },
    },
  });
  return import(pathToFileURL(path.join(folder, 'engine.mjs')).href);
}
