/** Keeping architectures, comparing them, and taking them out and back in. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from '../fixtures/server.mjs';
import { expect, sampleAt, test } from './fixtures.ts';

test('the child on screen and the released models are pinned and compared', async ({ launch }) => {
  const app = await launch({ document: sampleAt(70_000) });
  await app.pinCurrent();
  await expect(app.pin(0)).toContainText('70,000');
  await app.pinReference('nemotron-51b');
  await expect(app.pin(1)).toContainText('Nemotron-51B');
  await app.pinReference('nemotron-super-49b');
  await expect(app.pin(2)).toContainText('49B');

  // Ultra has 162 layers of another width: it cannot be one of this library's children.
  await app.openReferences();
  await app.page.getByTestId('pin-reference-nemotron-ultra-253b').click();
  const refusal = app.page.getByTestId('inexpressible-dialog');
  await expect(refusal).toContainText('162');
  await refusal.getByTestId('pin-external').click();
  await app.settled();
  await expect(app.pin(3)).toContainText('Ultra');
  await expect(app.pin(3)).toContainText('shapes only');

  // The same one twice is one.
  await app.pinReference('nemotron-51b');
  await expect(app.pins()).toHaveCount(4);
  await expect(app.notice('info', 'Already pinned')).toBeVisible();

  await app.pin(1).hover();
  await app.page.getByTestId('pin-1-compare').click();
  await app.settled();
  await expect(app.page.getByTestId('tab-compare')).toHaveAttribute('aria-selected', 'true');
  await expect(app.compare).toContainText('Nemotron-51B');
  // Published: 51.5 B parameters, counted from the layers.
  await expect(app.compare).toContainText('51.50 B');
  expect((await app.savedDocument()).pins.map((pin) => [pin.kind, pin.kind === 'in_library' ? pin.origin : pin.reasons.length > 0])).toEqual([
    ['in_library', 'solution'],
    ['in_library', 'reference'],
    ['in_library', 'reference'],
    ['external', true],
  ]);
});

test('the 51B leaves as DeciLM and comes back the same', async ({ launch, scratch }) => {
  const app = await launch({ document: sampleAt(70_000) });
  await app.pinReference('nemotron-51b');
  await app.pin(0).hover();
  const exported = await app.export('decilm', 0);
  expect(exported.name).toBe('config.json');
  const config = JSON.parse(exported.bytes.toString('utf8')) as { block_configs: unknown[]; model_type: string };
  expect(config).toMatchObject({ model_type: 'nemotron-nas', num_hidden_layers: 80 });

  // Back in under another name; the twin is recognised.
  const folder = path.join(scratch, 'back');
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, 'config.json');
  await writeFile(file, exported.bytes);
  await app.drop(file);
  await expect(app.notice('info', 'Already pinned')).toBeVisible();
  await app.settled();
  await expect(app.pins()).toHaveCount(1);

  const asset = JSON.parse(await readFile(path.join(ROOT, 'assets', 'architectures', 'nemotron-51b.json'), 'utf8')) as { runs: { first: number; last: number; variant: string }[] };
  const published = asset.runs.flatMap(({ first, last, variant }) => Array.from({ length: last - first + 1 }, () => variant));
  const variants = async (): Promise<readonly string[]> => {
    const [pin] = (await app.savedDocument()).pins;
    return pin?.kind === 'in_library' ? pin.blocks.map((block) => block.variant) : [];
  };
  expect(await variants()).toEqual(published);

  await app.page.getByTestId('pin-0-remove').click();
  await app.settled();
  await expect(app.pins()).toHaveCount(0);
  await app.drop(file);
  await expect(app.pins()).toHaveCount(1);
  await app.settled();
  expect(await variants()).toEqual(published);
});

test('the export dialog says beforehand which loaders refuse', async ({ launch }) => {
  const app = await launch({ document: sampleAt(70_000) });
  await app.pinReference('nemotron-51b');
  await app.pin(0).hover();
  await app.page.getByTestId('pin-0-export').click();
  const loaders = app.page.getByTestId('loaders');
  // vLLM's DeciLM has no linear sub-blocks, and the 51B has 18 linear attentions.
  await expect(loaders.locator('tr', { hasText: /^vLLM/ })).toHaveAttribute('data-verdict', 'refuses');
  await expect(loaders.locator('tr', { hasText: /TensorRT-LLM/ })).toHaveAttribute('data-verdict', 'loads');
  await app.press('Escape');
  await expect(app.page.getByTestId('export-dialog')).toBeHidden();
});
