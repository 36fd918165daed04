/** What the verbs on models refuse before any process is started: nothing of the user's may be written over. */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RunFolder } from '../../workspace/run_folder.ts';
import { pipeline } from '../pipeline/run_pipeline.ts';
import { presetPlan } from '../pipeline/presets.ts';
import { newRun } from '../training/run_states.ts';
import { runAssemble, runDistill, runEvaluate, runExportModel, runGenerateVerb } from './model_verbs.ts';
import { runBld, runParentVerb, runPipelineVerb } from './pipeline_verb.ts';
import { UsageError } from './usage_error.ts';

const PLAN = presetPlan('smoke', 1);
let folder: string;
let run: string;
const inFolder = (name: string): string => path.join(folder, name);
vi.spyOn(process.stderr, 'write').mockImplementation(() => true);

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'verbs-'));
  run = inFolder('run');
  await mkdir(run);
  await new RunFolder(run).write(newRun({ id: 'run', name: 'run', plan: PLAN, steps: pipeline.steps(PLAN) }));
});
afterEach(() => rm(folder, { recursive: true }));

describe('a child of a run', () => {
  const others = ['parent', './parent', 'data', 'run.json', 'children', 'children/', 'children/child', 'children/x/../distilled/', '../elsewhere', 'children/../../elsewhere', path.resolve('/elsewhere'), ''];
  it.each(others)('does not go into %s', async (out) => {
    await expect(runAssemble(['--run', run, '--solution', 'child.json', '--out', out])).rejects.toThrow(UsageError);
    await expect(runDistill(['--run', run, '--child', 'children/child', '--out', out])).rejects.toThrow(UsageError);
  });

  it('is not distilled into its own folder', async () => {
    await expect(runDistill(['--run', run, '--child', 'children/mine', '--out', 'children//mine/'])).rejects.toThrow('one folder');
  });

  it('is not made or measured while another process works in the run', async () => {
    const solution = inFolder('child.json');
    const blocks = PLAN.parent.kind === 'train' ? PLAN.parent.architecture.blocks : [];
    await writeFile(solution, JSON.stringify({ solutions: [{ objective: 0, blocks, costs: {}, changed: [] }] }));
    await mkdir(path.join(run, 'children', 'mine'), { recursive: true });
    const release = await new RunFolder(run).take();
    for (const attempt of [
      () => runAssemble(['--run', run, '--solution', solution, '--out', 'children/new']),
      () => runDistill(['--run', run, '--child', 'children/mine', '--out', 'children/new']),
      () => runEvaluate(['--run', run, '--model', 'children/mine']),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ payload: { code: 'conflict', message: expect.stringContaining('under way in process') } });
    }
    release();
  });
});

describe('an export', () => {
  it('does not go into a folder of something else, nor into that of the model', async () => {
    const model = inFolder('model');
    await mkdir(model);
    await writeFile(path.join(model, 'config.json'), '{}');
    await writeFile(path.join(model, 'loader_warnings.json'), '{}');
    await symlink(model, inFolder('link'));
    await expect(runExportModel(['--model', model, '--out', path.join(model, '..', 'model')])).rejects.toThrow('one folder');
    await expect(runExportModel(['--model', model, '--out', inFolder('link')])).rejects.toThrow('one folder');
    await expect(runExportModel(['--model', model, '--out', run])).rejects.toMatchObject({ payload: { code: 'conflict', hint: expect.stringContaining('empty') } });
    await expect(runExportModel(['--model', model, '--out', path.join(model, 'config.json')])).rejects.toThrow('is a file');
    expect(await readFile(path.join(model, 'config.json'), 'utf8')).toBe('{}');
  });
});

describe('an option that there is not', () => {
  it('is named, and nothing else is talked about', async () => {
    await expect(runBld(['--run', run, '--bogus'])).rejects.toThrow(/^Unknown option '--bogus'\.$/);
  });
});

describe('a seed', () => {
  it.each(['4294967296', '-1', '1.5', '', 'x'])('is not %j', async (seed) => {
    await expect(runPipelineVerb(['--preset', 'smoke', '--out', inFolder('new'), `--seed=${seed}`])).rejects.toThrow(/--seed .*from 0 to 4294967295/);
    await expect(runGenerateVerb(['--model', 'm', '--prompt', 'p', `--seed=${seed}`])).rejects.toThrow(UsageError);
    expect(await readdir(folder)).toEqual(['run']);
  });
});

describe('the folder of a run', () => {
  it('is no file, and a plan is a file that is there', async () => {
    await writeFile(inFolder('file'), '{');
    await expect(runPipelineVerb(['--preset', 'smoke', '--out', inFolder('file')])).rejects.toMatchObject({ payload: { code: 'bad_input', message: expect.stringContaining('is a file') } });
    await expect(runPipelineVerb(['--plan', inFolder('none.json'), '--out', run])).rejects.toMatchObject({ payload: { code: 'not_found', hint: expect.stringContaining('run.json') } });
    await expect(runPipelineVerb(['--plan', inFolder('file'), '--out', run])).rejects.toMatchObject({ payload: { code: 'bad_input' } });
  });

  it('stays that of a finished run where a step of it is asked for again', async () => {
    const store = new RunFolder(run);
    const state = newRun({ id: 'run', name: 'run', plan: PLAN, steps: pipeline.steps(PLAN) });
    const done = { ...state, state: 'done', steps: state.steps.map((step) => ({ ...step, state: 'done', progress: 1 }) as const) } as const;
    await store.write(done);
    expect(await runBld(['--run', run])).toBe(0);
    expect(await runParentVerb(['train', '--preset', 'smoke', '--out', run])).toBe(0);
    expect(await store.read()).toEqual(done);
    expect(await readdir(run)).toEqual(['run.json']);
  });
});
