/** Training in the window: from a sample parent to an exported child, through reloads and cancelling. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { presetPlan } from '../../engine/hosts/pipeline/presets.ts';
import { expect, SAMPLE_ID, test } from './fixtures.ts';
import { TrainPage } from './pages/train.ts';

test('from a sample parent to an exported child: reloaded, cancelled and resumed on the way', async ({ launch }) => {
  test.setTimeout(300_000);
  const app = await launch();
  const train = new TrainPage(app);
  await train.open();
  await expect(train.empty).toContainText('Train a sample parent');
  await expect(train.empty).toContainText('Computes with');

  await train.openWizard();
  await train.next();
  await train.makeSmall({ parent: 60, bld: 12, gkd: 8 });
  await train.next();
  await train.expectPage('review');
  await expect(app.page.getByTestId('train-review')).toContainText('20 blocks per layer');
  await train.type({ name: 'Small sample' });
  await train.enter();
  await expect(train.wizard).toBeHidden();
  await expect(train.run).toContainText('Small sample');
  await train.reaches('parent', 'running');

  // A reload in the middle finds everything again.
  await train.reaches('bld', 'running');
  await app.reload();
  await expect(train.root).toBeVisible();
  await expect(train.run).toContainText('Small sample');
  await train.show('parent');
  await expect(app.page.getByTestId('parent-curve')).toHaveAttribute('data-state', 'drawn');
  expect(Number(await app.page.getByTestId('parent-curve').getAttribute('data-points'))).toBeGreaterThan(10);

  // Cancelling leaves what is done; resuming goes on from there.
  await train.reaches('score', 'running');
  await train.cancel();
  await expect(train.step('bld')).toHaveAttribute('data-state', 'done');
  await train.resume();
  await train.reachesState('done');

  await train.show('bld');
  const cell = app.page.getByTestId('bld-map-2-ffn:96');
  await expect(cell).toHaveAttribute('data-state', 'done');
  await cell.focus();
  await app.page.keyboard.press('ArrowLeft');
  await app.page.keyboard.press('Enter');
  await expect(app.page.getByTestId('bld-cell')).toHaveAttribute('data-layer', '1');
  await expect(app.page.getByTestId('bld-cell')).toContainText('as initialised');

  await train.show('score');
  await expect(app.page.getByTestId('score-map-0-kv2/192')).toHaveAttribute('data-state', 'own');
  await app.page.getByTestId('score-measure').selectOption('lm_loss');
  await train.show('evaluate');
  await expect(app.page.getByTestId('methods-row-0').locator('[data-method="mip"]')).toHaveAttribute('data-value', /\d/);
  await train.show('additivity');
  await expect(app.page.getByTestId('additivity-plot')).toHaveAttribute('data-points', '6');
  await train.show('final');
  await expect(app.page.getByTestId('child-kl')).toBeVisible();
  await expect(app.page.getByTestId('child-table')).toContainText('5 examples per task');
  await expect(app.page.getByTestId('preset-caution')).toContainText('smoke run');
  await train.show('gkd');
  await expect(app.page.getByTestId('gkd-kl')).toHaveAttribute('data-state', 'drawn');
  await train.show('result');
  await expect(app.page.getByTestId('child-map')).toHaveAttribute('data-changed', /^[1-4]$/);
  await app.page.getByTestId('child-map-layer-1').focus();
  await expect(app.page.getByTestId('child-map')).toContainText('Layer 1');

  await train.show('result');
  const folder = await app.page.getByTestId('export-folder').innerText();
  expect(folder.startsWith(app.project)).toBe(true);
  const config: unknown = JSON.parse(await readFile(path.join(folder, 'config.json'), 'utf8'));
  expect(config).toMatchObject({ hidden_size: 64 });
  await expect(app.page.getByTestId('export-table')).toContainText('model.safetensors');

  // An experiment is one press, and a table.
  await app.page.getByTestId('experiment-seeds').fill('1');
  await app.page.getByTestId('experiment-seeds').press('Enter');
  await app.page.getByTestId('experiment-run-baselines').click();
  await train.reaches('experiment_baselines', 'done');
  await train.reachesState('done');
  await train.show('experiment_baselines');
  await expect(app.page.getByTestId('experiment-table')).toHaveAttribute('data-id', 'baselines');
  await expect(app.page.getByTestId('experiment-table')).toContainText('children drawn');
  await train.show('result');

  // The measured library is an ordinary one, and opens with what the run searched and found.
  await app.page.getByTestId('result-open-library').click();
  await app.expectLibrary(/measured/);
  await app.expectProven();
  await expect(app.pin(0)).toContainText('Child of Small sample');
  for (const column of ['num_params', 'kv_bytes_per_sequence']) await expect(app.limit(column).row).toHaveAttribute('data-enabled', 'true');
  const opened = await app.savedDocument();
  expect(opened.limits.filter(({ enabled }) => enabled)).toHaveLength(2);
  expect(opened.objective).toBe('kl_div');
  await expect(app.page.getByTestId('tab-frontier')).toBeVisible();

  await train.open();
  await train.remove();
  await expect(train.empty).toBeVisible();
});

test('three times Enter starts the smallest preset; a second run waits for the first', async ({ launch }) => {
  const app = await launch({ document: { library_id: SAMPLE_ID } });
  await app.press('7');
  const train = new TrainPage(app);
  await expect(train.empty).toBeVisible();
  await app.page.keyboard.press('n');
  await expect(train.field('preset-smoke')).toBeFocused();
  await train.enter();
  await train.expectPage('training');
  await train.enter();
  await train.expectPage('review');
  await train.enter();
  await expect(train.wizard).toBeHidden();
  await train.reachesState('running');

  await app.page.keyboard.press('n');
  await expect(train.field('preset-smoke')).toBeFocused();
  for (let page = 0; page < 3; page++) await train.enter();
  await expect(train.state).toContainText('Queued behind Smoke parent');
  await expect(train.runs).toHaveCount(2);
  await app.page.getByTestId('run-cancel').click();
  await expect(train.state).not.toContainText('Queued');
  await train.runs.filter({ hasText: 'Smoke parent' }).last().click();
  await train.cancel();
  // The Explorer is where it was.
  await app.press('1');
  await app.expectProven();
});

test('the wizard says at the field what is wrong, and goes no further', async ({ launch, scratch }) => {
  const app = await launch();
  const train = new TrainPage(app);
  // Who wants a library measured is led here from the page that asks for one.
  await app.page.getByTestId('welcome-train').click();
  await expect(train.field('preset-smoke')).toBeChecked();
  await app.page.keyboard.press('Escape');
  await app.page.getByTestId('welcome-checkpoint').click();
  await expect(train.field('preset-open')).toBeChecked();
  await train.next();
  await expect(train.problem('folder')).toContainText('path of the checkpoint folder');
  await expect(train.field('folder')).toBeFocused();
  await train.type({ folder: path.join(scratch, 'nothing-here') });
  await train.next();
  await expect(app.page.getByTestId('train-folder-failure')).toBeVisible();
  await train.expectPage('parent');

  await train.field('preset-tiny').check();
  await train.next();
  await train.type({ kvHeads: '3', bld_steps: 'many' });
  await train.enter();
  await train.expectPage('training');
  await expect(train.problem('kvHeads')).toContainText('does not divide the parent’s 4 KV heads');
  await expect(train.problem('bld_steps')).toContainText('not a number');
  await train.type({ kvHeads: '2, 1', bld_steps: '10' });
  await train.search({ objective: 'top_5_drop', device: 'l40s', spans: '2-3, 5-5' });
  await train.next();
  await train.expectPage('training');
  await expect(train.problem('spans')).toContainText('"5-5" is one layer');
  await expect(train.field('spans')).toBeFocused();
  await train.search({ objective: 'tasks_drop', device: 'l40s', spans: '2-3, 4-6' });
  await app.page.getByTestId('train-chosen-1').check();
  await train.next();
  await train.expectPage('review');
  const review = app.page.getByTestId('train-review');
  await expect(review).toContainText('Task accuracy, mean drop');
  await expect(review).toContainText('measured here; estimated for L40S');
  await expect(review).toContainText('also for layers 2-3, 4-6');

  // Own text has no tasks: what was chosen before no longer suits.
  await train.back();
  await train.back();
  await train.field('data-files').check();
  await train.type({ dataPath: path.join(scratch, 'text.txt') });
  await train.next();
  await train.next();
  await train.expectPage('training');
  await expect(train.problem('objective')).toContainText('Own text has no tasks');
  await expect(train.field('objective')).toBeFocused();

  // A parent without its tokenizer could only learn from tokens that are not its own.
  await train.back();
  const folder = path.join(scratch, 'without-tokenizer');
  const fixtures = path.join(import.meta.dirname, '../fixtures');
  await cp(path.join(fixtures, 'transformers/llama_gqa_untied'), folder, { recursive: true });
  await train.field('preset-open').check();
  await train.type({ folder });
  await train.next();
  await expect(train.problem('folder')).toContainText('has no tokenizer.json');
  await expect(train.field('folder')).toBeFocused();
  await train.expectPage('parent');
  await cp(path.join(fixtures, 'tokenizers/words.json'), path.join(folder, 'tokenizer.json'));
  await train.enter();
  await train.expectPage('training');
  await expect(train.field('kvHeads')).toHaveValue('1');
});

test('runs of every state, and a folder that cannot be read', async ({ launch, scratch }) => {
  const project = path.join(scratch, 'old');
  const steps = (state: string): object[] => [
    { kind: 'data', title: 'Prepare the data', state: 'done', progress: 1, elapsed_s: 2, jobs: { done: 1, total: 1 } },
    { kind: 'parent', title: 'Train the parent', state, progress: 0.4, elapsed_s: 30, jobs: { done: 0, total: 1 }, ...(state === 'failed' && { error: { code: 'bad_input', message: 'Training diverged.', hint: 'Lower the learning rate.', retryable: false } }) },
  ];
  const save = async (id: string, state: string, step: string): Promise<void> => {
    const folder = path.join(project, 'runs', id);
    await mkdir(folder, { recursive: true });
    const run = { format: 'puzzle-workbench/run', version: 1, id, name: `Run ${id}`, created_at: '2026-01-01T00:00:00.000Z', plan: presetPlan('smoke', 1), state, steps: steps(step), processes: 2 };
    await writeFile(path.join(folder, 'run.json'), JSON.stringify(run));
  };
  await save('failed', 'failed', 'failed');
  // It says that it runs, and nobody runs it.
  await save('left', 'running', 'running');
  await mkdir(path.join(project, 'runs', 'torn'), { recursive: true });
  await writeFile(path.join(project, 'runs', 'torn', 'run.json'), '{"format":');

  const app = await launch({ project });
  const train = new TrainPage(app);
  await train.open();
  await expect(app.page.getByTestId('run-damaged')).toContainText('torn');
  await train.runs.filter({ hasText: 'Run failed' }).click();
  await expect(app.page.getByTestId('step-error')).toContainText('Lower the learning rate.');
  await app.page.getByTestId('step-change-plan').click();
  await expect(train.wizard).toContainText('New run from this one');
  await app.page.keyboard.press('Escape');
  await train.runs.filter({ hasText: 'Run left' }).click();
  await expect(train.state).toContainText('Interrupted');
  await expect(app.page.getByTestId('run-resume')).toBeEnabled();

  const second = await launch({ project });
  const reader = new TrainPage(second);
  await reader.open();
  await reader.runs.filter({ hasText: 'Run left' }).click();
  await expect(second.page.getByTestId('run-read-only')).toBeVisible();
  await expect(second.page.getByTestId('run-resume')).toBeDisabled();
});
