/** Tuning limits with pointer and keyboard, and the way back from where nothing fits. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { tinyBlockLibrary } from '../fixtures/tiny_library.ts';
import { expect, sampleAt, SAMPLE_ID, test } from './fixtures.ts';
import { InfeasibleNotice } from './pages/infeasible.ts';
import { Objective } from './pages/objective.ts';
import { Workload } from './pages/workload.ts';

test('map, numbers and frontier follow a dragged limit', async ({ launch }) => {
  const app = await launch({ document: sampleAt(80_000) });
  await app.expectProven();
  await app.idle();
  await expect(app.frontier).toBeVisible();
  const before = { cells: await app.mapCells(), kl: await app.figure('kl_div'), marks: await marks() };
  const moving: (readonly string[])[] = [];
  await app.limit('memory_mib').drag(0.3, 30, async () => {
    // The map follows while the button is still down.
    await expect.poll(async () => (await app.mapCells()).join('\n')).not.toBe(before.cells.join('\n'));
    moving.push(await app.mapCells());
  });
  expect(moving).toHaveLength(1);
  await app.idle();
  await app.expectProven();
  const value = await app.limit('memory_mib').value();
  expect(value).toBeLessThan(80_000);
  expect(await app.figure('memory_mib')).toBeLessThanOrEqual(value);
  expect(await app.figure('kl_div')).toBeGreaterThan(before.kl);
  expect(await app.mapCells()).not.toEqual(before.cells);
  expect(await marks()).not.toEqual(before.marks);
  await expect(app.page.getByTestId('map-saved')).toContainText('saved');

  // One drag is one step back.
  await app.press('ControlOrMeta+z');
  await app.limit('memory_mib').expectValue(80_000);
  expect(await app.figure('kl_div')).toBeCloseTo(before.kl, 12);
  expect(await app.mapCells()).toEqual(before.cells);
  await app.press('ControlOrMeta+Shift+z');
  await app.limit('memory_mib').expectValue(value);

  /** The child's place on the frontier: Plotly's shapes and points. */
  function marks(): Promise<string> {
    return app.frontier.evaluate((element) => {
      const plot = (element.matches('.js-plotly-plot') ? element : element.querySelector('.js-plotly-plot')) as (Element & { layout?: { shapes?: unknown }; data?: readonly { x?: unknown; y?: unknown }[] }) | null;
      return JSON.stringify([plot?.layout?.shapes, plot?.data?.map(({ x, y }) => [x, y])]);
    });
  }
});

test('sliders answer to the keyboard', async ({ launch }) => {
  const app = await launch({ document: sampleAt(80_000) });
  const limit = app.limit('memory_mib');
  await limit.slider.focus();
  const start = await limit.value();
  await app.press('ArrowLeft');
  const small = start - (await limit.value());
  expect(small).toBeGreaterThan(0);
  await app.press('Shift+ArrowLeft');
  const large = start - small - (await limit.value());
  expect(large).toBeGreaterThan(small * 3);
  await app.press('PageUp');
  await app.press('ArrowRight');
  await limit.expectValue(start);
  await app.press('Home');
  await app.expectProven();
  const lowest = await app.figure('memory_mib');
  await app.press('End');
  await app.expectProven();
  expect(await app.figure('memory_mib')).toBeGreaterThan(lowest);
  // With all the memory of the parent nothing need be lost.
  expect(await app.figure('kl_div')).toBeCloseTo(0, 9);
  await expect(limit.slider).toHaveAttribute('aria-valuetext', /MiB/);
});

test('out of reach: says how far, keeps the last child, and recovers', async ({ launch }) => {
  const app = await launch({
    document: {
      library_id: SAMPLE_ID,
      limits: [
        { column: 'memory_mib', side: 'max', value: 80_000, enabled: true },
        { column: 'num_params', side: 'min', value: 40e9, enabled: true },
      ],
    },
  });
  await app.expectProven();
  const cells = await app.mapCells();
  const memory = app.limit('memory_mib');
  await memory.set(20_000);
  await expect(app.status).toHaveAttribute('data-status', 'infeasible');
  await expect(app.summary).toHaveAttribute('data-stale', 'true');
  expect(await app.mapCells()).toEqual(cells);
  const notice = new InfeasibleNotice(app);
  await expect(notice.way('memory_mib')).toContainText(/Memory to [\d,.]+ MiB \(\+[\d.]+ %\)/);
  await expect(notice.way('num_params', 'min')).toContainText('Parameters to');
  await expect(memory.reach).toContainText('can go down to');
  await expect(app.page.getByTestId('pin-current')).toBeDisabled();
  await notice.set('memory_mib');
  await expect(app.status).toHaveAttribute('data-status', /^(optimal|feasible)$/);
  await expect(app.summary).toHaveAttribute('data-stale', 'false');
  await expect(notice.box).toBeHidden();
  const reached = await memory.value();
  expect(reached).toBeGreaterThan(20_000);
  expect(await app.figure('memory_mib')).toBeLessThanOrEqual(reached);
  expect(await app.figure('num_params')).toBeGreaterThanOrEqual(40e9);

  // Out of the range of any child, whatever the other limits are.
  await app.limit('num_params', 'min').toggle.click();
  await memory.set(100);
  await expect(memory.message).toContainText('Out of reach');
  await memory.setReachable.click();
  await app.settled();
  await app.expectProven();
  expect(await app.figure('memory_mib')).toBeLessThanOrEqual(await memory.value());
});

test('numbers are checked as they are typed', async ({ launch }) => {
  const app = await launch({ document: sampleAt(80_000) });
  const memory = app.limit('memory_mib');
  for (const [typed, why] of [['lots', /not a number/], ['-5', /negative/], ['1,5', /point/]] as const) {
    await memory.number.fill(typed);
    await memory.number.press('Enter');
    await expect(memory.row.getByRole('alert')).toContainText(why);
    await memory.number.press('Escape');
    await memory.expectValue(80_000);
  }
  await memory.number.fill('70 GiB');
  await memory.number.press('Enter');
  await memory.expectValue(71_680);
  await app.settled();
  await app.expectProven();
});

test('undo and redo walk through everything the user decided', async ({ launch }) => {
  const app = await launch({ document: sampleAt(80_000) });
  const memory = app.limit('memory_mib');
  await memory.set(70_000);
  await memory.set(60_000);
  await app.pinCurrent();
  await expect(app.pins()).toHaveCount(1);
  await app.command('edit.undo');
  await expect(app.pins()).toHaveCount(0);
  await app.command('edit.undo');
  await memory.expectValue(70_000);
  await app.command('edit.undo');
  await memory.expectValue(80_000);
  await expect(app.page.getByTestId('command-edit.undo')).toBeDisabled();
  for (let step = 0; step < 3; step++) await app.command('edit.redo');
  await expect(app.pins()).toHaveCount(1);
  await memory.expectValue(60_000);
  await expect(app.page.getByTestId('command-edit.redo')).toBeDisabled();
  await expect(app.saveState).toHaveAttribute('data-state', 'saved');
  const saved = await app.savedDocument();
  expect(saved.pins).toHaveLength(1);
  expect(saved.limits).toEqual([{ column: 'memory_mib', side: 'max', value: 60_000, enabled: true }]);
});

test('what contradicts each other is named, and each statement can be lifted', async ({ launch }) => {
  const app = await launch({
    document: {
      library_id: SAMPLE_ID,
      limits: [
        { column: 'memory_mib', side: 'max', value: 20_000, enabled: true },
        { column: 'attention_layers', side: 'min', value: 75, enabled: true },
      ],
      locks: [{ layer: 3, variant: 'kv8/28672' }],
      bans: [{ variant: 'kv1/no_op' }, { variant: 'kv2/no_op' }],
    },
  });
  await expect(app.status).toHaveAttribute('data-status', 'infeasible');
  const notice = new InfeasibleNotice(app);
  await expect(notice.held.first()).toBeVisible();
  const words = (await notice.held.allInnerTexts()).map((text) => text.trim());
  expect(words).toContain('memory ≤ 20,000 MiB');
  expect(words.length).toBeGreaterThan(1);
  // Without any one of them some child fits.
  await notice.lift('attention layers ≥ 75');
  await expect(app.status).toHaveAttribute('data-status', /^(optimal|feasible)$/);
  await expect(app.limit('attention_layers', 'min').row).toHaveAttribute('data-enabled', 'false');
  await app.command('edit.undo');
  await expect(app.status).toHaveAttribute('data-status', 'infeasible');
});

test('a limit says what it costs, how far it can go and what is left', async ({ launch }) => {
  const app = await launch({
    document: {
      library_id: SAMPLE_ID,
      limits: [
        { column: 'memory_mib', side: 'max', value: 80_000, enabled: true },
        { column: 'num_params', side: 'min', value: 40e9, enabled: true },
      ],
    },
  });
  await app.expectProven();
  const memory = app.limit('memory_mib');
  await expect(memory.price).toContainText('binding');
  await expect(memory.price).toContainText(/\+1 GB → −[\d.e-]+ KL divergence/);
  await expect(app.limit('num_params', 'min').price).toContainText('B to spare');
  // More than the smallest of any child: the parameters need memory.
  await expect(memory.reach).toContainText('can go down to');
  const reach = Number(/down to ([\d,.]+)/.exec(await memory.reach.innerText())?.[1]?.replaceAll(',', ''));
  expect(reach).toBeGreaterThan(20_000);
  await memory.set(Math.floor(reach * 0.999));
  await expect(app.status).toHaveAttribute('data-status', 'infeasible');
  // At the edge a proof may take its time; a child that fits is there at once.
  await memory.type(Math.ceil(reach * 1.001));
  await expect(app.status).toHaveAttribute('data-status', /^(optimal|feasible)$/);
});

test('a workload is stated, served and checked', async ({ launch }) => {
  const app = await launch({ document: sampleAt(80_000) });
  await app.expectProven();
  const free = await app.figure('kl_div');
  const workload = await Workload.add(app);
  await expect(workload.name).toBeFocused();
  await workload.type('name', 'Chat');
  await expect(workload.result).toContainText(/128 in \+ 1,024 out · batch \d+ · [\d,]+ MiB/);
  await workload.addLimit('ttft_ms');
  await workload.type('ttft_ms-max-number', '50');
  await app.expectProven();
  await expect(workload.result).toContainText(/TTFT [\d.]+ ms/);
  // Beside fewer other sequences a prompt is read sooner: no quality need be lost.
  await expect(workload.result).not.toContainText('batch 256');
  expect(await app.figure('kl_div')).toBeGreaterThanOrEqual(free - 1e-9);

  // Nobody measured this: it is said at the workload, and the search goes on without it.
  await workload.type('isl', '300');
  await expect(workload.problem).toContainText('Prompt and generated tokens: TTFT needs runtimes of this traffic');
  await app.expectProven();
  await workload.type('isl', '');
  await expect(workload.problem).toBeHidden();
  await workload.batch('fixed');
  await workload.type('batch', '1.5');
  await expect(workload.row.getByRole('alert')).toContainText('Batch: type a whole number from 1.');
  await workload.field('batch').press('Escape');
  await workload.type('batch', '64');
  await expect(workload.result).toContainText('batch 64');

  // Closed, it says the same in a line; off, it asks for nothing.
  await workload.open.click();
  await expect(workload.name).toBeHidden();
  await expect(workload.row).toContainText('Chat');
  await workload.toggle.click();
  await app.expectProven();
  expect(await app.figure('kl_div')).toBeCloseTo(free, 9);
  await app.settled();
  const saved = await app.savedDocument();
  expect(saved.workloads).toMatchObject([{ name: 'Chat', batch: 64, enabled: false, limits: [{ column: 'memory_mib' }, { column: 'ttft_ms', max: 50 }] }]);
});

test('the objective is one score or a weighted sum, and doubtful scores are pointed out', async ({ launch, scratch }) => {
  const library = tinyBlockLibrary();
  // Attention of layer 0 is cheap to lose by KL divergence, that of layer 3 by LM loss, where it even seems to help.
  const variants = Object.values(library['layer_3'] ?? {});
  const withoutAttention = variants.find(({ stats }) => stats['num_kv_heads'] === 0);
  if (withoutAttention === undefined) throw new Error('The library has changed.');
  withoutAttention.metrics['lm_loss'] = 1.5;
  await mkdir(scratch, { recursive: true });
  const file = path.join(scratch, 'block_library.json');
  await writeFile(file, JSON.stringify(library));
  const app = await launch();
  await app.drop(file);
  await expect(app.summary).toBeVisible();
  await app.limit('memory_mib').set(36);
  await app.limit('runtime_ms').toggle.setChecked(false);
  await app.expectProven();
  const objective = new Objective(app);
  await expect(objective.noise).toBeHidden();
  await objective.choose('kl_div');
  await app.expectProven();
  await objective.choose('lm_loss');
  await app.expectProven();
  await expect(objective.noise).toContainText("LM loss: 1 choice scores better than the parent's own block");
  await expect(objective.change).toHaveText('2 of 4 layers differ from the child for KL divergence');
  await objective.chooseWeighted();
  await expect(objective.text).toHaveText('min lm_loss + kl_div');
  await objective.weigh(1, '0');
  await expect(app.page.getByTestId('objective-panel').getByRole('alert')).toContainText('Weight');
  await objective.weight(1).press('Escape');
  await objective.weigh(1, '0.5');
  await app.expectProven();
  await expect(objective.text).toHaveText('min lm_loss + 0.5*kl_div');
  await expect(objective.add).toBeDisabled();
  await objective.remove(0);
  await app.expectProven();
  await expect(objective.choice).toHaveValue('kl_div');
  await expect(objective.text).toBeHidden();
});
