/** Tuning limits with pointer and keyboard, and the way back from where nothing fits. */
import { expect, sampleAt, SAMPLE_ID, test } from './fixtures.ts';

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
  await expect(memory.message).toContainText('smallest reachable');
  await expect(app.page.getByTestId('pin-current')).toBeDisabled();
  await memory.setReachable.click();
  // At the very edge a proof may take its time; a child that fits is there at once.
  await expect(app.status).toHaveAttribute('data-status', /^(optimal|feasible)$/);
  await expect(app.summary).toHaveAttribute('data-stale', 'false');
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
