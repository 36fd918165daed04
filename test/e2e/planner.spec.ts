/** Layouts over many chips, by phase and batch. What wins where is what Pope et al. (arXiv 2211.05102) found for PaLM 540B. */
import { expect, SAMPLE_ID, test } from './fixtures.ts';
import { PlannerPage } from './pages/planner.ts';

test('PaLM 540B on 64 TPU v4: weights are gathered for large prefills, stay for decode', async ({ launch }) => {
  const app = await launch({ document: { library_id: SAMPLE_ID } });
  const planner = new PlannerPage(app);
  await planner.open();
  await planner.set('model', 'preset:palm-540b');
  await planner.set('device', 'tpu-v4');
  await planner.set('chips', '64');

  // Table 2 of the paper: prefill of 1 and 512 prompts, decode at batch 64 and 512.
  expect(await planner.layoutAt('prefill', 'ffn', 1)).toBe('ws_2d');
  expect(await planner.layoutAt('prefill', 'ffn', 512)).toMatch(/^wg_/);
  for (const batch of [64, 512]) {
    expect(await planner.layoutAt('decode', 'ffn', batch)).toBe('ws_2d');
    expect(await planner.layoutAt('decode', 'attention', batch)).toBe('batch');
  }
  // The staircase covers every batch once.
  for (const phase of ['prefill', 'decode'] as const) {
    const stairs = await planner.stairs(phase, 'ffn');
    expect(stairs[0]?.first).toBe(1);
    expect(stairs.at(-1)?.last).toBe(1024);
    await expect(planner.plot(phase)).toHaveAttribute('data-state', 'drawn');
  }

  await planner.choose('decode', 512);
  await expect(planner.winner).toHaveAttribute('data-ffn', 'ws_2d');
  await expect(planner.winner).toHaveAttribute('data-attention', 'batch');
  await expect(app.page.getByTestId('planner-runner-1')).toBeVisible();
  await expect(planner.table).toContainText('slower');
  await expect(planner.notes).toContainText('270 GB/s per chip, as in the paper');
  await expect(planner.notes).toContainText('0.75 to 1.7 times');

  // By keyboard along the batches of both phases.
  await app.page.keyboard.press('ArrowLeft');
  await expect(planner.cell('decode', 256).getByRole('radio')).toBeChecked();
  await planner.settled();
  const at64 = await planner.winnerMs();

  // More chips: less time for the same batch.
  await planner.set('chips', '128');
  expect(await planner.winnerMs()).toBeLessThan(at64);
  await expect(planner.view).toContainText('128 chips');
  await expect(planner.view).toHaveAttribute('data-stale', 'false');
});

test('a point of a plot chooses its batch; a fixed mesh and half and double the chips are drawn', async ({ launch }) => {
  const app = await launch({ document: { library_id: SAMPLE_ID } });
  const planner = new PlannerPage(app);
  await planner.open();
  await planner.set('model', 'preset:palm-540b');
  await planner.set('chips', '64');
  await planner.set('mesh', '4x4x4');
  await planner.set('weights', 'int8');
  // Section 3.5 of the paper: from X over XY to XYZ with the tokens.
  const ffn = (await planner.stairs('prefill', 'ffn')).map(({ layout }) => layout);
  expect(ffn).toEqual(['ws_2d', 'wg_x', 'wg_xy', 'wg_xyz']);

  await planner.plot('prefill').focus();
  await app.page.keyboard.press('ArrowRight');
  await app.page.keyboard.press('End');
  await expect(planner.plot('prefill')).toContainText('Prefill, batch 1,024');
  await app.page.keyboard.press('Enter');
  await expect(planner.cell('prefill', 1024).getByRole('radio')).toBeChecked();

  await app.page.getByTestId('planner-other-chips').check();
  await planner.settled();
  await expect(planner.plot('decode')).toContainText('32 chips');
  await expect(planner.plot('decode')).toContainText('128 chips');
  // Another number of chips has other meshes.
  await planner.set('chips', '16');
  await expect(planner.control('mesh')).toHaveValue('any');
});

test('the child on screen on GPUs, what does not fit, and what cannot be planned', async ({ launch }) => {
  const app = await launch({ document: { library_id: SAMPLE_ID } });
  const planner = new PlannerPage(app);
  await planner.open();
  await expect(planner.control('model')).toHaveValue('current');
  await planner.set('device', 'h100-sxm');
  await planner.set('chips', '8');
  await expect(planner.view).toContainText('8 GPUs');
  await expect(planner.notes).toContainText('On GPUs the calibrated tensor-parallel model is the better one');

  await planner.set('chips', '1');
  await planner.set('model', 'preset:palm-540b');
  await expect(planner.unfit).toContainText('does not fit on 1 GPU');
  await planner.unfit.getByRole('button').click();
  await planner.settled();
  await expect(planner.view).toBeVisible();

  await planner.set('device', 'tpu-v4');
  await planner.set('weights', 'fp32');
  await planner.set('activations', 'fp32');
  await expect(planner.failure).toContainText('no known peak for fp32');
  await planner.set('weights', 'bf16');
  await planner.set('activations', 'bf16');
  await expect(planner.failure).toHaveCount(0);
});

for (const viewport of [{ width: 1440, height: 900 }, { width: 1024, height: 700 }]) {
  test(`at ${viewport.width} x ${viewport.height} nothing sticks out, and the table fits where there is room`, async ({ launch }) => {
    const app = await launch({ viewport, document: { library_id: SAMPLE_ID } });
    const planner = new PlannerPage(app);
    await planner.open();
    await planner.set('model', 'preset:palm-540b');
    await planner.set('chips', '64');
    const { outside, tableScrolls } = await planner.root.evaluate((root) => {
      const right = root.getBoundingClientRect().right;
      const controls = [...root.querySelectorAll('select, button, label, fieldset, h3, .plot, .planner-stair')];
      const table = root.querySelector('[data-testid="planner-table"]')?.parentElement;
      return {
        outside: controls.filter((element) => element.getBoundingClientRect().right > right + 1).map((element) => element.outerHTML.slice(0, 80)),
        tableScrolls: table !== null && table !== undefined && table.scrollWidth > table.clientWidth + 1,
      };
    });
    expect(outside).toEqual([]);
    expect(tableScrolls).toBe(viewport.width < 1200);
  });
}
