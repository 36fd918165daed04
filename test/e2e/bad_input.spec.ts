/** Files that cannot be read: the message names file, place, what was expected and what was found; nothing else changes. */
import { mkdir, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { badLibraries } from '../fixtures/tiny_library.ts';
import { expect, sampleAt, test } from './fixtures.ts';
import type { Workbench } from './pages/workbench.ts';

async function dropExpectingRefusal(app: Workbench, file: string, says: readonly (string | RegExp)[]): Promise<void> {
  await app.drop(file);
  const notice = app.notice('error', path.basename(file));
  await expect(notice).toBeVisible({ timeout: 20_000 });
  for (const text of says) await expect(notice).toContainText(text);
  await app.settled();
  await app.dismissNotices();
}

test('bad libraries are refused with file, place, expectation and finding', async ({ launch, scratch }) => {
  const app = await launch({ document: sampleAt(80_000) });
  await app.expectProven();
  const before = { saved: await app.savedDocument(), library: await app.librarySwitcher.innerText(), cells: await app.mapCells() };
  for (const { name, content, says } of badLibraries()) {
    const file = path.join(scratch, name);
    await writeFile(file, content);
    await test.step(name, () => dropExpectingRefusal(app, file, says));
  }
  await app.expectProven();
  expect(await app.savedDocument()).toEqual(before.saved);
  expect(await app.mapCells()).toEqual(before.cells);
  await expect(app.librarySwitcher).toHaveText(before.library);
  await expect(app.page.getByTestId('command-edit.undo')).toBeDisabled();
});

test('large files that are no library are refused soon, and the window stays alive', async ({ launch, scratch }) => {
  const app = await launch({ document: sampleAt(80_000) });
  await mkdir(scratch, { recursive: true });
  const huge = path.join(scratch, 'huge.json');
  const handle = await open(huge, 'w');
  await handle.truncate(200 * 2 ** 20);
  await handle.close();
  await dropExpectingRefusal(app, huge, ['huge.json', '200 MiB', '128 MiB']);
  const rubbish = path.join(scratch, 'rubbish.json');
  await writeFile(rubbish, '{"layer_0": '.padEnd(40 * 2 ** 20, 'x'));
  await dropExpectingRefusal(app, rubbish, ['rubbish.json', /JSON/]);
  await app.limit('memory_mib').set(70_000);
  await app.expectProven();
});

test('a project file that cannot be read is set aside, and the user hears of it', async ({ launch, scratch }) => {
  const project = path.join(scratch, 'damaged');
  await mkdir(project, { recursive: true });
  await writeFile(path.join(project, 'project.json'), '{"format": "puzzle-workbench/proj');
  const app = await launch({ project });
  await expect(app.page.getByTestId('recovered')).toContainText('set aside');
  await app.openSample();
  await app.expectProven();
});
