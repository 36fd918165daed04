/** An 8B parent through one BLD step and one scoring pass, in a process of its own that tells what memory it took. */
import { spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { round } from './figures.mjs';

const GIB = 2 ** 30;
export const LIMITS = { heap_gib: 3.5, rss_gib: 12 };

/** Undefined, with the reason, where the machine is too small. */
export async function measureLarge({ bundleFolder, folder, progress }) {
  if (os.totalmem() < LIMITS.rss_gib * GIB) return { skipped: `this machine has ${round(os.totalmem() / GIB)} GiB of memory; ${LIMITS.rss_gib} are needed` };
  const root = path.join(folder, 'large');
  const child = spawn(process.execPath, [path.join(bundleFolder, 'large_process.mjs'), root], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
  let lastWords = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (lastWords = (lastWords + text).slice(-4000)));
  const result = { jobs: [], notes: [] };
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line);
    if (said.kind === 'start') Object.assign(result, { parent: said.parent, weights_gib: round(said.weights_bf16_bytes / GIB), device: said.device, layer: said.layer, batch: said.batch, length: said.length });
    else if (said.kind === 'log') result.notes.push(said.text);
    else result.jobs.push({ job: said.job, seconds: round(said.seconds), heap_gib: round(said.heap_bytes / GIB), peak_rss_gib: round(said.peak_rss_bytes / GIB), outcome: said.outcome });
    progress(`8B: ${said.job ?? said.parent ?? said.text}`);
  }
  const how = await ended;
  if (how !== 0) return { ...result, failed: `the process ended with ${how}, saying: ${lastWords}` };
  // The wasm heap never shrinks.
  return { ...result, heap_gib: Math.max(...result.jobs.map(({ heap_gib }) => heap_gib)), peak_rss_gib: Math.max(...result.jobs.map(({ peak_rss_gib }) => peak_rss_gib)) };
}
