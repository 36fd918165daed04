/** Every way to train blocks goes through all steps. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { librarySchema } from '../../engine/protocol/library.ts';
import { pipelineReportSchema, type Plan } from '../../engine/protocol/train.ts';
import { tinyPlan } from '../support/tiny_plan.ts';
import { parseOnly, runCli } from './run_cli.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pipeline-modes-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const plan = tinyPlan(3, { parentSteps: 60, bldSteps: 30, gkdSteps: 40 });
const modes: readonly (readonly [string, Plan])[] = [
  ['coupled', { ...plan, bld: { ...plan.bld, mode: 'coupled' } }],
  ['two_stage', { ...plan, bld: { ...plan.bld, mode: 'two_stage' } }],
  ['none', { ...plan, bld: { ...plan.bld, mode: 'none' } }],
  ['spans', { ...plan, space: { ...plan.space, spans: [[1, 2]] } }],
];

describe.each(modes)('a pipeline with blocks trained %s', (name, itsPlan) => {
  it('ends in a distilled child', { timeout: 120_000 }, async () => {
    const file = path.join(folder, `${name}.json`);
    await writeFile(file, JSON.stringify(itsPlan));
    const report = pipelineReportSchema.parse(parseOnly(await runCli('pipeline', '--plan', file, '--out', path.join(folder, name), '--json')));
    expect(report.bld.trained === 0).toBe(name === 'none');
    expect(report.bld.improved).toBe(report.bld.trained);
    expect(report.limits.map(({ status }) => status)).toEqual(['optimal']);
    expect(report.child.kl_after).toBeLessThan(report.child.kl_before);
    const library = librarySchema.parse(JSON.parse(await readFile(report.library, 'utf8')));
    expect(library.choices.some(({ parent_layers: layers }) => layers.length === 2)).toBe(name === 'spans');
  });
});
