/** A run that takes over another one's work ends in the same bits as one that does everything itself, in less time. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../engine/protocol/train.ts';
import { tinyPlan } from '../support/tiny_plan.ts';
import { parseOnly, runCli, type CliRun } from './run_cli.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pipeline-from-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const BEFORE = tinyPlan(3, { parentSteps: 40, bldSteps: 20, gkdSteps: 10 });
const TWO_STAGE: Plan = { ...BEFORE, bld: { ...BEFORE.bld, mode: 'two_stage' } };
const ALL = 'Data, parent, activations, block times, blocks and scores were taken over from';

async function run(name: string, plan: Plan, ...options: readonly string[]): Promise<CliRun> {
  const file = path.join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify(plan));
  const done = await runCli('pipeline', '--plan', file, '--out', path.join(folder, name), '--json', ...options);
  parseOnly(done);
  return done;
}

/** Everything that must not depend on where it was made; times do, and which children are alike in runtime. */
async function digests(name: string): Promise<Readonly<Record<string, string>>> {
  const root = path.join(folder, name);
  const found: Record<string, string> = {};
  for (const file of (await readdir(root, { recursive: true })).sort()) {
    const kept = file.endsWith('.safetensors') || file.endsWith('.tokens') || /^(scores|blocks|evaluations).*\.json$/.test(file);
    if (kept && !file.startsWith('evaluations/additivity')) found[file] = createHash('sha256').update(await readFile(path.join(root, file))).digest('hex');
  }
  expect(Object.keys(found).length).toBeGreaterThan(20);
  return found;
}

describe.each<[string, Plan, Plan, string]>([
  ['limits', BEFORE, { ...BEFORE, limits: [{ params: 0.6, kv: 0.6 }] }, ALL],
  ['how blocks are trained', BEFORE, { ...BEFORE, bld: { ...BEFORE.bld, training: { ...BEFORE.bld.training, steps: 30 } } }, 'Data, parent, activations and block times were taken over from'],
  ['distillation after two stages', TWO_STAGE, { ...TWO_STAGE, gkd: { ...TWO_STAGE.gkd, loss: { lm: 1, cosine: 0, kl: 1 } } }, ALL],
])('a run with other %s', (name, before, now, words) => {
  it('is the same whether it takes over what it can or not', { timeout: 240_000 }, async () => {
    const [old, taken, fresh] = ['old', 'taken', 'fresh'].map((each) => `${name} ${each}`);
    await run(old, before);
    expect((await run(taken, now, '--from', path.join(folder, old))).stderr).toContain(words);
    await run(fresh, now);
    expect(await digests(taken)).toEqual(await digests(fresh));
  });
});
