/**
 * Killing trainers, or the whole program, at random moments and giving the same command again ends in the same bits as a run
 * that nobody disturbed. PUZZLE_KILLS says how many kills (4); more are worth an hour now and then.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PipelineReport } from '../../engine/protocol/train.ts';
import { ROOT } from '../fixtures/server.mjs';
import { tinyPlan } from '../support/tiny_plan.ts';

const KILLS = Number(process.env['PUZZLE_KILLS'] ?? 4);
const SEED = Number(process.env['PUZZLE_KILL_SEED'] ?? 5);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pipeline-resume-'));
  await writeFile(path.join(folder, 'plan.json'), JSON.stringify(tinyPlan(3, { parentSteps: 60, bldSteps: 40, gkdSteps: 40 })));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a pipeline that is killed again and again', () => {
  it(
    'ends in the same weights and scores as one left alone',
    { timeout: 120_000 + KILLS * 20_000 },
    async () => {
      const calm = path.join(folder, 'calm');
      const startedAt = Date.now();
      await finish(start(calm));
      const tookMs = Date.now() - startedAt;
      const disturbed = path.join(folder, 'disturbed');
      let state = SEED;
      const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
      const killed: string[] = [];
      for (let i = 0; i < KILLS; i++) {
        const run = start(disturbed);
        const ended = new Promise<boolean>((resolve) => run.once('close', (code) => resolve(code === 0)));
        // Somewhere in the run; later attempts begin further on, so that all steps are hit.
        const delayMs = 300 + next() * (tookMs / 2);
        const done = await Promise.race([ended, new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), delayMs))]);
        if (done === true) break;
        const trainers = await childrenOf(run);
        const trainer = trainers[Math.floor(next() * trainers.length)];
        if (trainer !== undefined && i % 2 === 0) {
          // The run has a second try for a job whose process dies.
          killed.push('trainer');
          process.kill(trainer, 'SIGKILL');
          await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 200))]);
        }
        killed.push('engine');
        run.kill('SIGKILL');
        await ended;
      }
      expect(killed.length).toBeGreaterThan(0);
      await finish(start(disturbed));
      expect(await digests(disturbed)).toEqual(await digests(calm));
    },
  );
});

function start(out: string): ChildProcess {
  // Nobody asks for a backend: that the first attempt chose one, and why, must be the same in later ones' files.
  const argv = ['pipeline', '--plan', path.join(folder, 'plan.json'), '--out', out, '--json'];
  return spawn(process.execPath, [path.join(ROOT, 'dist', 'engine', 'cli.js'), ...argv], { stdio: ['ignore', 'ignore', 'pipe'] });
}

async function finish(run: ChildProcess): Promise<void> {
  let words = '';
  run.stderr?.setEncoding('utf8').on('data', (text: string) => (words += text));
  const code = await new Promise((resolve) => run.once('close', resolve));
  if (code !== 0) throw new Error(`The pipeline ended with exit code ${String(code)}: ${words}`);
}

/** Process ids; none where the system does not tell them. */
async function childrenOf({ pid }: ChildProcess): Promise<readonly number[]> {
  try {
    return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').filter((text) => text !== '').map(Number);
  } catch {
    return [];
  }
}

/** Everything that must not depend on kills: weights, losses, scores. Timings do, and what names them. */
async function digests(run: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const name of (await readdir(run, { recursive: true })).sort()) {
    const kept = name.endsWith('.safetensors') || name.endsWith('.tokens') || /^(scores|blocks|evaluations).*\.json$/.test(name);
    if (!kept || name.startsWith('evaluations/additivity')) continue;
    const content = await readFile(path.join(run, name));
    found[name] = createHash('sha256').update(name.endsWith('.json') ? withoutSpeeds(content.toString()) : content).digest('hex');
  }
  // Of the report's timings nothing is the same, but what it was computed with is.
  const { device } = JSON.parse(await readFile(path.join(run, 'report.json'), 'utf8')) as PipelineReport;
  found['device'] = withoutSpeeds(JSON.stringify(device));
  expect(Object.keys(found).length).toBeGreaterThan(20);
  return found;
}

/** Two runs that each try how fast a backend is find different numbers. */
function withoutSpeeds(json: string): string {
  return JSON.stringify(JSON.parse(json), (key, value: unknown) => (key === 'reason' ? String(value).replace(/\d+/g, 'n') : value));
}
