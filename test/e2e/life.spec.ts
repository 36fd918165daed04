/** Reloads, crashes, second openers and strangers: nothing is lost and nothing gets in. */
import process from 'node:process';
import { expect, sampleAt, test } from './fixtures.ts';

test('a reload in the middle of a solve ends in the answer', async ({ launch }) => {
  const app = await launch({ document: sampleAt(80_000) });
  await app.limit('memory_mib').type(55_000);
  await app.page.reload();
  await app.settled();
  await app.expectProven();
  await app.limit('memory_mib').expectValue(55_000);
  expect(await app.figure('memory_mib')).toBeLessThanOrEqual(55_000);
});

test('a reload gives everything back', async ({ launch }) => {
  const app = await launch();
  await app.openSample();
  await app.limit('memory_mib').set(65_000);
  await app.pinCurrent();
  await app.pinReference('nemotron-51b');
  await app.show('layers');
  const before = { cells: await app.mapCells(), kl: await app.figure('kl_div'), library: await app.librarySwitcher.innerText(), limits: (await app.savedDocument()).limits };
  await app.reload();
  await app.expectProven();
  await app.limit('memory_mib').expectValue(65_000);
  await expect(app.pins()).toHaveCount(2);
  await expect(app.librarySwitcher).toHaveText(before.library);
  await expect(app.page.getByTestId('tab-layers')).toHaveAttribute('aria-selected', 'true');
  expect(await app.mapCells()).toEqual(before.cells);
  expect(await app.figure('kl_div')).toBeCloseTo(before.kl, 12);
  expect((await app.savedDocument()).limits).toEqual(before.limits);
});

test('a killed engine comes back with everything, and says so', async ({ launch }) => {
  const app = await launch({ document: sampleAt(80_000) });
  await app.pinCurrent();
  await app.dismissNotices();
  const pid = await app.host.enginePid();
  expect(pid).toBeDefined();
  // A change that no engine has saved yet.
  await app.limit('memory_mib').type(60_000);
  process.kill(pid!, 'SIGKILL');
  await expect(app.notice('success', 'The engine was restarted; nothing was lost.')).toBeVisible();
  await app.settled();
  await app.expectProven();
  await app.limit('memory_mib').expectValue(60_000);
  expect(await app.figure('memory_mib')).toBeLessThanOrEqual(60_000);
  await expect(app.pins()).toHaveCount(1);
  await expect(app.saveState).toHaveAttribute('data-state', 'saved');
  expect((await app.savedDocument()).limits).toEqual([{ column: 'memory_mib', side: 'max', value: 60_000, enabled: true }]);
  expect(await app.host.enginePid()).not.toBe(pid);
  // And it works.
  await app.limit('memory_mib').set(50_000);
  await app.expectProven();
  expect(await app.figure('memory_mib')).toBeLessThanOrEqual(50_000);
});

test('a second opener of a project reads it, and says so', async ({ launch }) => {
  const first = await launch({ document: sampleAt(80_000) });
  await expect(first.readOnly).toBeHidden();
  const second = await launch({ project: first.project });
  await expect(second.readOnly).toContainText(/read only/i);
  await expect(second.saveState).toHaveAttribute('data-state', 'read-only');
  await second.expectProven();
  // Exploring is allowed, changing the project is not.
  await second.limit('memory_mib').set(60_000);
  await second.expectProven();
  expect((await first.savedDocument()).limits).toEqual([{ column: 'memory_mib', side: 'max', value: 80_000, enabled: true }]);
  // The first goes on as ever.
  await first.limit('memory_mib').set(70_000);
  await first.expectProven();
  expect((await first.savedDocument()).limits[0]).toMatchObject({ value: 70_000 });
});

test('a page without the right token gets nothing', async ({ launch }) => {
  const app = await launch({ document: sampleAt(80_000) });
  test.skip(app.host.address === undefined, 'in Electron there is no address that another page could open');
  const address = new URL(app.host.address!);
  const stranger = await app.page.context().browser()!.newContext();
  for (const fragment of ['#token=wrong', '']) {
    const page = await stranger.newPage();
    await page.goto(`${address.origin}/${fragment}`);
    await expect(page.getByTestId('refused')).toContainText('does not belong to the running workbench');
    await expect(page.getByTestId('summary')).toBeHidden();
    await page.close();
  }
  await stranger.close();
  // The right page is not disturbed.
  await app.limit('memory_mib').set(70_000);
  await app.expectProven();
});
