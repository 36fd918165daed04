import { describe, expect, it } from 'vitest';
import type { JobSpec, Plan } from '../../protocol/train.ts';
import { presetPlan } from './presets.ts';
import { jobsOf, REUSABLE_STEPS, reusableSteps, userFilesOf } from './reusable_steps.ts';

const PLAN = presetPlan('smoke', 1);
const TWO_STAGE: Plan = { ...PLAN, bld: { ...PLAN.bld, mode: 'two_stage' } };
const keptAfter = (change: Partial<Plan>, before = PLAN): readonly string[] => reusableSteps(before, { ...before, ...change });
if (PLAN.parent.kind !== 'train') throw new Error('The smoke preset trains its parent.');
const PARENT = PLAN.parent;

describe('what a run can take over', () => {
  it('is everything up to the scores where only what comes after differs', () => {
    const later: readonly Partial<Plan>[] = [
      { limits: [{ params: 0.4, kv: 0.4 }], chosen_limit: 0 },
      { objective: 'lm_loss' },
      { gkd: { ...PLAN.gkd, loss: { lm: 1, cosine: 0, kl: 0 } } },
      { evaluate: { sequences: 8 } },
      { additivity: { architectures: 4, narrow: 2 } },
      { baselines: { random: 1 } },
      { target_device: 'l40s' },
      { export: { form: 'puzzletron', dtype: 'BF16' } },
      { experiments: [{ id: 'bld', seeds: 1 }] },
      { seed: 7, preset: 'mine' },
      { space: { ...PLAN.space, spans: [] } },
    ];
    for (const change of later) expect(keptAfter(change), JSON.stringify(change)).toEqual(REUSABLE_STEPS);
  });

  it.each<[string, Partial<Plan>, readonly string[]]>([
    ['the data', { data: { ...PLAN.data, seed: 2 } }, []],
    ['the parent’s training', { parent: { ...PARENT, training: { ...PARENT.training, steps: 200 } } }, ['data']],
    ['the parent', { parent: { kind: 'open', folder: '/models/llama' } }, ['data']],
    ['sequences recorded', { bld: { ...PLAN.bld, train_sequences: 8 } }, ['data', 'parent', 'measure']],
    ['how blocks are trained', { bld: { ...PLAN.bld, training: { ...PLAN.bld.training, seed: 2 } } }, ['data', 'parent', 'activations', 'measure']],
    ['whether blocks are trained', { bld: { ...PLAN.bld, mode: 'none' } }, ['data', 'parent', 'activations', 'measure']],
    ['how blocks are timed', { measure: { ...PLAN.measure, batch: 1 } }, ['data', 'parent', 'activations', 'bld', 'score']],
    ['the variants', { space: { ...PLAN.space, ffns: PLAN.space.ffns.slice(1) } }, ['data', 'parent', 'activations']],
    ['the spans', { space: { ...PLAN.space, spans: [[1, 2]] } }, ['data', 'parent', 'activations', 'measure']],
    ['how blocks are scored', { score: { ...PLAN.score, sequences: 8 } }, ['data', 'parent', 'activations', 'measure', 'bld']],
  ])('ends where %s differs, for all that is made from it', (_, change, kept) => {
    expect(keptAfter(change)).toEqual(kept);
  });

  it.each<[string, Partial<Plan>]>([
    ['limits', { limits: [{ params: 0.4, kv: 0.4 }] }],
    ['objective', { objective: 'lm_loss' }],
    ['scores', { score: { ...PLAN.score, sequences: 8 } }],
    ['block times', { measure: { ...PLAN.measure, batch: 1 } }],
  ])('has no blocks of two stages where the search between them has other %s', (_, change) => {
    const kept = keptAfter(change, TWO_STAGE);
    expect(kept).toContain('activations');
    expect(kept).not.toContain('bld');
    expect(kept).not.toContain('score');
    expect(keptAfter({ evaluate: { sequences: 8 } }, TWO_STAGE)).toEqual(REUSABLE_STEPS);
  });

  it('depends on the order of nothing but lists', () => {
    const reversed = Object.fromEntries(Object.entries(PLAN).reverse()) as Plan;
    expect(reusableSteps(PLAN, reversed)).toEqual(REUSABLE_STEPS);
  });
});

describe('files of the user’s', () => {
  it('are read by the data, and by an opened parent', () => {
    expect(REUSABLE_STEPS.flatMap((step) => userFilesOf(step, PLAN))).toEqual([]);
    const own: Plan = { ...PLAN, data: { ...PLAN.data, source: { kind: 'files', path: '/text' }, tokenizer: '/llama/tokenizer.json' }, parent: { kind: 'open', folder: '/llama' } };
    expect(userFilesOf('data', own)).toEqual(['/text', '/llama/tokenizer.json']);
    expect(userFilesOf('parent', own)).toEqual(['/llama']);
  });
});

describe('the jobs of a step', () => {
  const known = { vocabulary: 300, parent: PARENT.architecture };
  const listed = (plan: Plan) => REUSABLE_STEPS.flatMap((step) => jobsOf(step, plan, known));
  const ids = (plan: Plan): readonly string[] => listed(plan).map(({ job }) => job.id);

  it('have ids of their own', () => {
    const spans: Plan = { ...TWO_STAGE, space: { ...PLAN.space, spans: [[1, 2]] } };
    expect(new Set(ids(spans)).size).toBe(ids(spans).length);
  });

  it('leave all their files where later jobs look for them', () => {
    const folderOf = (job: JobSpec, file: string): boolean => listed(PLAN).some((other) => other.job.id === job.id && other.files.some((path) => file === path || file.startsWith(`${path}/`)));
    for (const { job } of listed(PLAN)) {
      if ('out' in job && job.kind !== 'distil_blocks') expect(folderOf(job, job.out), job.id).toBe(true);
      if (job.kind === 'prepare_data') expect(folderOf(job, `${job.folder}/data.json`)).toBe(true);
      if (job.kind === 'distil_blocks') expect(folderOf(job, `${job.out}/layer_${job.parent_layers[0]}/bld.json`)).toBe(true);
    }
  });

  it('are the parent’s only where one is trained, and blocks’ only where some are', () => {
    expect(jobsOf('parent', { ...PLAN, parent: { kind: 'open', folder: '/llama' } }, known)).toEqual([]);
    const none: Plan = { ...PLAN, bld: { ...PLAN.bld, mode: 'none' } };
    expect(jobsOf('bld', none, known)).toEqual([]);
    // What untrained blocks are made from, scoring leaves.
    expect(jobsOf('score', none, known)[2]?.files).toEqual(['scores/layer_2.json', 'blocks/layer_2']);
  });

  it('are known for the first stage of two only', () => {
    const jobs = jobsOf('bld', TWO_STAGE, known);
    expect(jobs.filter(({ planned }) => !planned).map(({ job }) => job.id)).toEqual([0, 1, 2, 3].map((layer) => `bld.coupled.layer_${layer}`));
    expect(jobs.filter(({ planned }) => planned).map(({ job }) => job.id)).toEqual([...[0, 1, 2, 3].map((layer) => `bld.layer_${layer}`), ...[0, 1, 2, 3].map((layer) => `score.stage_1.layer_${layer}`)]);
  });
});
