/**
 * How long a change of device or number formats takes from the choice to the re-solved map on screen, measured from
 * outside in a real browser; see README.md beside this file.
 *   node test/bench/recost.mjs                   twenty changes at rest, twenty one right after the other
 *   node test/bench/recost.mjs --quick           fails where the median is far beyond the aim; keeps nothing
 */
import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { idle, launchBrowser, openProduct, quantile } from './drive.mjs';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false }, out: { type: 'string' } } });

const DOCUMENT = {
  library_id: 'sample:llama-3.1-70b',
  limits: [
    { column: 'memory_mib', side: 'max', value: 80_000, enabled: true },
    { column: 'runtime_ms', side: 'max', value: 60_000, enabled: false },
  ],
};

/** Every change leads to a library that nobody has computed yet. */
const CHANGES = [
  ['device', 'h200-sxm'],
  ['formats', 'bf16'],
  ['device', 'b200'],
  ['formats', 'fp4'],
  ['device', 'gb200'],
  ['formats', 'fp8'],
  ['device', 'a100-sxm-80'],
  ['formats', 'int8'],
  ['device', 'h100-sxm'],
  ['formats', 'fp8-kv16'],
  ['device', 'h200-sxm'],
  ['formats', 'fp4-weights'],
  ['device', 'b300'],
  ['formats', 'bf16'],
  ['device', 'h100-pcie'],
  ['formats', 'int4-weights'],
  ['device', 'mi300x'],
  ['formats', 'fp8'],
  ['device', 'l40s'],
  ['formats', 'fp4'],
];
const AIM_MS = { median: 150, quick: 600 };

const browser = await launchBrowser();
const result = {
  date: new Date().toISOString().slice(0, 10),
  browser: `Chromium ${browser.version()}`,
  node: process.versions.node,
  platform: `${process.platform}-${process.arch}`,
  cores: os.cpus().length,
  load_before: Number(os.loadavg()[0].toFixed(2)),
};
try {
  result.at_rest = await changes(true);
  result.in_a_row = await changes(false);
} finally {
  await browser.close();
}
for (const [name, { current, proven }] of Object.entries({ 'at rest': result.at_rest, 'one after the other': result.in_a_row })) {
  console.log(`${name}: map current ${text(current)}; proven optimal ${text(proven)} (aim: median ${AIM_MS.median} ms)`);
}
if (options.quick) {
  if (result.at_rest.current.median_ms > AIM_MS.quick) {
    console.error(`at rest: ${result.at_rest.current.median_ms} ms is above ${AIM_MS.quick} ms.`);
    process.exitCode = 1;
  }
} else {
  const out = options.out ?? path.join(import.meta.dirname, 'results', 'recost.json');
  await mkdir(path.dirname(out), { recursive: true });
  await writeFile(out, `${JSON.stringify(result, undefined, 1)}\n`);
  console.log(`Written to ${path.relative(process.cwd(), out)}`);
}

/** `rested`: the frontier of the change before has been drawn; else it is still being computed. */
async function changes(rested) {
  const product = await openProduct(browser, { document: DOCUMENT });
  const { page } = product;
  await idle(page);
  await page.evaluate(() => {
    /** Milliseconds from choosing `value` to the frame that shows the map of an answer under it, and of the proven one. */
    window.recost = (testId, value) =>
      new Promise((resolve) => {
        const find = (id) => document.querySelector(`[data-testid="${id}"]`);
        const before = find('deployment').dataset.library;
        const select = find(testId);
        const startedAt = performance.now();
        const times = {};
        const note = (name) => {
          // What is found in this frame is on screen with the next.
          if (!(name in times)) times[name] = requestAnimationFrame(() => (times[name] = performance.now() - startedAt));
        };
        const look = () => {
          const status = find('solve-status');
          const isNew = find('deployment').dataset.library !== before;
          const cell = find('map-cell-0');
          if (isNew && cell?.closest('[data-current]')?.dataset.current === 'true') note('current');
          if (isNew && status.dataset.pending === 'false') note('proven');
          if (typeof times.current === 'number' && typeof times.proven === 'number' && times.proven > 1 && status.dataset.status !== 'searching') {
            resolve({ ...times, status: status.dataset.status });
          } else requestAnimationFrame(look);
        };
        select.value = value;
        select.dispatchEvent(new Event('change', { bubbles: true }));
        requestAnimationFrame(look);
      });
  });
  const runs = [];
  for (const [what, value] of CHANGES) {
    if (rested) await idle(page);
    runs.push({ change: value, ...(await page.evaluate(([id, chosen]) => window.recost(id, chosen), [`deployment-${what}`, value])) });
  }
  await product.close();
  return { current: figures(runs.map((run) => run.current)), proven: figures(runs.map((run) => run.proven)), statuses: counted(runs.map((run) => run.status)), runs: runs.map((run) => ({ ...run, current: round(run.current), proven: round(run.proven) })) };
}

function figures(times) {
  return { median_ms: round(quantile(times, 0.5)), p90_ms: round(quantile(times, 0.9)), max_ms: round(Math.max(...times)) };
}

function counted(statuses) {
  return Object.fromEntries([...new Set(statuses)].map((status) => [status, statuses.filter((other) => other === status).length]));
}

function text({ median_ms: median, p90_ms: p90, max_ms: max }) {
  return `median ${median} ms, 90 % within ${p90} ms, most ${max} ms`;
}

function round(value) {
  return Number(value.toFixed(1));
}
