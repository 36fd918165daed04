import { describe, expect, test } from 'vitest';
import { presetPlan } from '../../engine/hosts/pipeline/presets.ts';
import { checkDraft, pageOf, type Checked, type FieldName } from './train_check.ts';
import { draftOf, parentChange, withLimit, withoutLimit, type TrainDraft } from './train_draft.ts';

const smoke = presetPlan('smoke', 1);
const draft = (change: Partial<TrainDraft> = {}): TrainDraft => ({ ...draftOf(smoke, 'Run'), ...change });
const opened = { kvHeads: 8, width: 2048, layers: 16, hasTokenizer: true };
const planOf = (checked: Checked) => {
  if (checked.kind !== 'ok') throw new Error(JSON.stringify(checked));
  return checked.wish.plan;
};
const wrongFields = (checked: Checked): string[] => (checked.kind === 'wrong' ? Object.keys(checked.problems) : []);

describe('the wizard', () => {
  test.each(['smoke', 'tiny', 'small'] as const)('leaves %s as it is where nothing is changed', (id) => {
    const plan = presetPlan(id, 7);
    expect(planOf(checkDraft(draftOf(plan, 'Run')))).toEqual(plan);
  });

  test('one seed decides everything', () => {
    const plan = planOf(checkDraft(draft({ seed: '42' })));
    expect(plan).toEqual(presetPlan('smoke', 42));
  });

  test('more steps keep the shape of the schedule', () => {
    const plan = planOf(checkDraft(draft({ bld: { steps: '80', batch: '8', rate: '0.01' } })));
    expect(plan.bld.training).toMatchObject({ steps: 80, batch: 8, learning_rate: 0.01, warmup_steps: 2 * smoke.bld.training.warmup_steps });
    expect(plan.bld.training.final_learning_rate).toBeCloseTo(0.001, 12);
  });

  test('the space holds the parent’s own first, then what was typed', () => {
    const plan = planOf(checkDraft(draft({ kvHeads: '1', linearAttention: false, widths: '48 96', noFfn: false })));
    expect(plan.space.attentions).toEqual([{ kind: 'gqa', kv_heads: 2 }, { kind: 'gqa', kv_heads: 1 }, { kind: 'no_op' }]);
    expect(plan.space.ffns).toEqual([{ kind: 'swiglu', intermediate_size: 192 }, { kind: 'swiglu', intermediate_size: 96 }, { kind: 'swiglu', intermediate_size: 48 }, { kind: 'linear' }]);
  });

  test.each<[Partial<TrainDraft>, FieldName]>([
    [{ name: ' ' }, 'name'],
    [{ seed: '-1' }, 'seed'],
    [{ seed: '4294967296' }, 'seed'],
    [{ kvHeads: '3' }, 'kvHeads'],
    [{ kvHeads: '1, two' }, 'kvHeads'],
    [{ widths: '400' }, 'widths'],
    [{ bld: { steps: '0', batch: '16', rate: '0.001' } }, 'bld_steps'],
    [{ gkd: { steps: '10', batch: '1.5', rate: '0.001' } }, 'gkd_batch'],
    [{ parentTraining: { steps: '10', batch: '16', rate: 'fast' } }, 'parent_rate'],
    [{ lm: '0', cosine: '0', kl: '0' }, 'kl'],
    [{ cosine: '-1' }, 'cosine'],
    [{ processes: '0' }, 'processes'],
    [{ parent: 'open', folder: '' }, 'folder'],
    [{ parent: 'open', folder: 'models/llama' }, 'folder'],
    [{ data: 'files', dataPath: 'text.txt' }, 'dataPath'],
    [{ narrow: '100', architectures: '20' }, 'narrow'],
    [{ spanChoice: 'own', spans: '3-4' }, 'spans'],
    [{ spanChoice: 'own', spans: '' }, 'spans'],
    [{ objective: 'perplexity' }, 'objective'],
    [{ objective: 'tasks_drop', data: 'files', dataPath: '/a.txt' }, 'objective'],
    [{ objective: 'task_copy_drop', taskExamples: '0' }, 'objective'],
    [{ limits: [{ key: 3, params: '120', kv: '50' }] }, 'limit_3_params'],
  ])('%j is wrong at %s', (change, field) => {
    expect(wrongFields(checkDraft(draft(change)))).toContain(field);
  });

  test('training of a parent that is opened is not asked about', () => {
    const checked = checkDraft(draft({ parent: 'open', folder: '/models/llama/', parentTraining: { steps: '', batch: '', rate: '' }, kvHeads: '4', widths: '1024' }), { opened });
    const plan = planOf(checked);
    expect(plan.parent).toEqual({ kind: 'open', folder: '/models/llama/' });
    expect(plan.data.tokenizer).toBe('/models/llama/tokenizer.json');
    expect(plan.space.attentions[0]).toEqual({ kind: 'gqa', kv_heads: 8 });
    expect(plan.space.ffns[0]).toEqual({ kind: 'swiglu', intermediate_size: 2048 });
  });

  test('a folder without a tokenizer is refused, and says what to do', () => {
    const checked = checkDraft(draft({ parent: 'open', folder: '/models/llama' }), { opened: { ...opened, hasTokenizer: false } });
    expect(wrongFields(checked)).toEqual(['folder']);
    expect(checked.kind === 'wrong' && checked.problems.folder).toMatch(/no tokenizer\.json.*Put the model’s own there/);
  });

  test('a run with a tokenizer from elsewhere keeps it for the same parent only', () => {
    const before = planOf(checkDraft(draft({ parent: 'open', folder: '/m', kvHeads: '8, 2', widths: '2048, 512' })));
    const own = draftOf({ ...before, data: { ...before.data, tokenizer: '/elsewhere/tokenizer.json' } }, 'Again');
    const known = { opened: { ...opened, hasTokenizer: false } };
    expect(planOf(checkDraft(own, known)).data.tokenizer).toBe('/elsewhere/tokenizer.json');
    expect(wrongFields(checkDraft({ ...own, folder: '/other' }, known))).toEqual(['folder']);
  });

  test('finding a parent proposes a space, but leaves that of a run from the same parent', () => {
    const found = { folder: '/m', kvHeads: '4, 2', widths: '1536' };
    expect(parentChange(draft({ parent: 'open', folder: '/m/' }), found)).toEqual(found);
    const before = planOf(checkDraft(draft({ parent: 'open', folder: '/m', kvHeads: '8, 1', widths: '2048' })));
    expect(parentChange(draftOf(before, 'Again'), found)).toEqual({ folder: '/m' });
  });

  test('device, objective and spans go into the plan and come back from it', () => {
    const wanted = draft({ targetDevice: 'l40s', objective: 'task_copy_drop', spanChoice: 'own', spans: '1-2, 0-1', chosen: 1 });
    const plan = planOf(checkDraft(wanted, { devices: ['h100-sxm', 'l40s'] }));
    expect(plan).toMatchObject({ target_device: 'l40s', objective: 'task_copy_drop', chosen_limit: 1, space: { spans: [[1, 2], [0, 1]] } });
    expect(planOf(checkDraft(draftOf(plan, 'Again')))).toEqual(plan);
    expect(planOf(checkDraft({ ...draftOf(plan, 'Again'), spanChoice: 'none' })).space).not.toHaveProperty('spans');
    expect(wrongFields(checkDraft(wanted, { devices: ['h100-sxm'] }))).toEqual(['targetDevice']);
  });

  test('every two neighbours are known when the parent is', () => {
    expect(planOf(checkDraft(draft({ spanChoice: 'pairs' }))).space.spans).toEqual([[0, 1], [1, 2], [2, 3]]);
    const open = draft({ parent: 'open', folder: '/m', spanChoice: 'pairs', kvHeads: '8', widths: '2048' });
    expect(wrongFields(checkDraft(open))).toEqual(['spans']);
    expect(planOf(checkDraft(open, { opened })).space.spans).toHaveLength(15);
  });

  test('without knowing an opened parent its own block must be typed first', () => {
    expect(wrongFields(checkDraft(draft({ parent: 'open', folder: '/m', kvHeads: '', widths: '' })))).toEqual(['kvHeads', 'widths']);
    const plan = planOf(checkDraft(draft({ parent: 'open', folder: '/m', kvHeads: '8, 2', widths: '2048, 512' })));
    expect(plan.space.attentions[0]).toEqual({ kind: 'gqa', kv_heads: 8 });
  });

  test('paths are taken as they are pasted', () => {
    expect(planOf(checkDraft(draft({ data: 'files', dataPath: '  "C:\\texts\\a.txt" ' }))).data.source).toEqual({ kind: 'files', path: 'C:\\texts\\a.txt' });
  });

  test('the distilled set of limits stays chosen while others come and go', () => {
    const more = withLimit(draft());
    expect(more.limits.at(-1)).toMatchObject({ params: '40', kv: '40' });
    const fewer = withoutLimit(withoutLimit(more, 0), 1);
    const plan = planOf(checkDraft(fewer));
    expect(plan.limits[plan.chosen_limit]).toEqual({ params: 0.7, kv: 0.7 });
    expect(planOf(checkDraft(withoutLimit(draft(), 2))).chosen_limit).toBe(0);
  });

  test('experiments and the machine go along', () => {
    const checked = checkDraft(draft({ experiments: ['losses'], experimentSeeds: '5', processes: '3', backend: 'wasm' }));
    expect(planOf(checked).experiments).toEqual([{ id: 'losses', seeds: 5 }]);
    expect(checked).toMatchObject({ wish: { processes: 3, backend: 'wasm', name: 'Run' } });
  });

  test('every field is on a page', () => {
    expect([pageOf('folder'), pageOf('bld_steps'), pageOf('limit_0_kv'), pageOf('name')]).toEqual(['parent', 'training', 'training', 'review']);
  });
});
