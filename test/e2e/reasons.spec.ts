/** Why this child: reasons that can be checked in one's head, and a layer held, ruled out or changed by hand. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { tinyBlockLibrary } from '../fixtures/tiny_library.ts';
import { expect, sampleAt, test, type LaunchOptions } from './fixtures.ts';
import { Inspector } from './pages/inspector.ts';
import { Reasons } from './pages/reasons.ts';
import type { Workbench } from './pages/workbench.ts';

type Launch = (options?: LaunchOptions) => Promise<Workbench>;

/**
 * The tiny library under memory <= 34 MiB. Blocks of 10 MiB in four layers must give up 6 or more: without the attention
 * of layers 0 and 1 it is 8, for 1 + 2 nats. One attention alone saves 4, one FFN 6 for 10 nats or more.
 */
async function openTiny(launch: Launch, scratch: string): Promise<Workbench> {
  const folder = path.join(scratch, 'tiny');
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, 'block_library.json');
  await writeFile(file, JSON.stringify(tinyBlockLibrary()));
  const app = await launch();
  await app.drop(file);
  await expect(app.mapCell(3)).toBeVisible();
  const others = app.page.locator('[data-testid^="limit-"][data-enabled="true"]');
  for (const id of await others.evaluateAll((rows) => rows.map((row) => row.getAttribute('data-testid') ?? ''))) {
    if (id !== 'limit-memory_mib-max') await app.page.getByTestId(`${id}-toggle`).click();
  }
  await app.limit('memory_mib').set(34);
  await app.expectProven();
  expect(await app.figure('kl_div')).toBeCloseTo(3, 9);
  await app.dismissNotices();
  return app;
}

test('the reasons of a child are those that one finds by hand', async ({ launch, scratch }) => {
  const app = await openTiny(launch, scratch);
  const reasons = new Reasons(app);
  await app.press('2');
  await reasons.complete();
  // Three blocks in each of four layers.
  await expect(reasons.lead).toContainText(/Of 81 children .* lowest .*\(3, proven optimal\) while memory ≤ 34 MiB\./);
  await expect(reasons.lead).toContainText(/Memory is what holds it back/);
  const memory = reasons.limit('memory_mib');
  await expect(memory).toHaveAttribute('data-binding', 'true');
  await expect(memory).toContainText('32 MiB');
  // Mixtures pay 2 nats for 4 MiB at the margin: 1 % of 34 MiB are worth 0.17.
  await expect(memory).toContainText('+1 % → −0.17');
  await expect(memory).toContainText('+0.34 MiB → ±0');
  // Another block in layer 0: attentions of 1 and 2, 2 nats more. In 1 or 2: of 0 and 2, 1 more. In 3: of 0 and 3, 2 more.
  const texts = await reasons.regretTexts(4);
  for (const [layer, regret] of [2, 1, 1, 2].entries()) expect(texts[layer]).toContain(`, +${regret} `);
  for (const text of texts) expect(text).toContain('(proven)');
  await expect(reasons.frontier).toBeVisible();
});

test('a layer is locked, banned and freed again, by keyboard and by pointer', async ({ launch, scratch }) => {
  const app = await openTiny(launch, scratch);
  const inspector = new Inspector(app);
  const reasons = new Reasons(app);
  await inspector.open(3);
  await expect(inspector.variant('kv8/28672')).toHaveAttribute('data-chosen', 'true');
  // Best score first: the parent, without attention, without FFN.
  await app.press('ArrowDown');
  await app.press('ArrowDown');
  await expect(inspector.variant('kv8/no_op')).toBeFocused();
  await app.press('l');
  await app.expectProven();
  // Without the FFN of layer 3 the limit is met, for its 40 nats.
  expect(await app.figure('kl_div')).toBeCloseTo(40, 9);
  await expect(app.mapCell(3)).toHaveAttribute('aria-description', 'locked, changed');
  await expect(app.mapCell(0)).toHaveAttribute('aria-description', 'changed');
  await app.press('Escape');
  await expect(inspector.card).toBeHidden();
  await expect(app.mapCell(3)).toBeFocused();
  await expect(app.page.getByTestId('summary-held')).toHaveText('1 lock');

  await reasons.show();
  await reasons.complete();
  await expect(reasons.holds).toContainText('Layer 3 locked to kv8/no_op');
  await expect(reasons.holds).toContainText('costs 37 ');
  await reasons.holds.getByRole('button', { name: 'Unlock' }).click();
  await app.expectProven();
  expect(await app.figure('kl_div')).toBeCloseTo(3, 9);
  await app.press('ControlOrMeta+z');
  expect(await app.figure('kl_div')).toBeCloseTo(40, 9);
  await app.page.getByTestId('summary-release').click();
  await app.settled();
  await app.expectProven();

  await app.mapCell(0).focus();
  await app.press('b');
  await app.expectProven();
  // Attentions of layers 1 and 2.
  expect(await app.figure('kl_div')).toBeCloseTo(5, 9);
  await expect(app.mapCell(0)).toHaveAttribute('aria-description', /with banned variants/);
  await inspector.open(0);
  await inspector.select('no_op/28672');
  await inspector.act('ban-here');
  await app.expectProven();
  expect(await app.figure('kl_div')).toBeCloseTo(3, 9);
  await inspector.act('ban-everywhere');
  await app.expectProven();
  // Only FFNs are left to give up: that of layer 0.
  expect(await app.figure('kl_div')).toBeCloseTo(10, 9);
  // A ban that leaves a layer nothing is not to be had.
  await inspector.select('kv8/28672');
  await inspector.act('ban-here');
  await inspector.select('kv8/no_op');
  await expect(inspector.card.getByTestId('inspector-ban-here')).toBeDisabled();
});

test('a child is edited by hand, tried and kept', async ({ launch, scratch }) => {
  const app = await openTiny(launch, scratch);
  const inspector = new Inspector(app);
  await app.mapCell(0).click();
  await inspector.expectLayer(0);
  await inspector.act('next');
  await inspector.expectLayer(1);
  await inspector.select('kv8/28672');
  // The attention of layer 1 back: 2 nats less, 4 MiB more, 2 MiB beyond the limit.
  await expect(inspector.trial).toContainText('(−2)');
  await expect(inspector.breaks).toContainText('Memory ≤ 34 MiB by 2 MiB');
  await inspector.act('pin');
  await expect(app.pin(0)).toContainText('Edited: layer 1 → kv8/28672');
  // Nothing was decided by looking.
  expect(await app.figure('kl_div')).toBeCloseTo(3, 9);
  expect((await app.savedDocument()).locks).toEqual([]);
  await inspector.select('kv8/no_op');
  await expect(inspector.trial).toContainText('(+18)');
  await expect(inspector.trial).toContainText('All limits hold');
});

test('what cannot be met says why, and the last child is not taken for an answer', async ({ launch, scratch }) => {
  const app = await openTiny(launch, scratch);
  const reasons = new Reasons(app);
  await reasons.show();
  await app.limit('memory_mib').set(12);
  await expect(app.status).toHaveAttribute('data-status', 'infeasible');
  await expect(reasons.infeasible).toContainText('No child meets');
  // Without any FFN: 4 MiB in each of four layers.
  await expect(reasons.infeasible).toContainText('Memory to 16 MiB');
  await expect(reasons.lead).toContainText('This was the last child that met its limits');
  await expect(app.page.locator('[data-testid="layer-map"] svg[data-current]')).toHaveAttribute('data-current', 'false');
});

test('tells a newcomer about the sample', async ({ launch }) => {
  const app = await launch({ document: sampleAt(80_000) });
  const reasons = new Reasons(app);
  await reasons.show();
  await app.expectProven();
  // 60 variants in 80 layers: 60^80 = 1.8 × 10^142.
  await expect(reasons.lead).toContainText(/Of 10¹⁴² children of Llama-3\.1-70B.*lowest KL divergence.*proven optimal.*memory ≤ 80,000 MiB/);
  await expect(reasons.lead).toContainText(/would buy −/);
  // Pointing at a layer lights it up in map and strip alike.
  await app.mapCell(45).hover();
  await expect(reasons.regretText).toContainText('Layer 45:');
});
