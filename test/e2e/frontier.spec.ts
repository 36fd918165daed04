/** The frontier over one limit and over two, against every child of a library small enough to list them. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { tinyBlockLibrary } from '../fixtures/tiny_library.ts';
import { expect, test, type LaunchOptions } from './fixtures.ts';
import { Frontier } from './pages/frontier.ts';
import type { Workbench } from './pages/workbench.ts';

interface TinyChild {
  readonly memory_mib: number;
  readonly kv_heads: number;
  readonly ffn_width: number;
  readonly kl_div: number;
}

/** Per layer the parent, no attention, or no FFN; what each leaves and costs as `tinyBlockLibrary` says. */
function allChildren(): readonly TinyChild[] {
  let children: readonly TinyChild[] = [{ memory_mib: 0, kv_heads: 0, ffn_width: 0, kl_div: 0 }];
  for (let layer = 0; layer < 4; layer++) {
    const blocks: readonly TinyChild[] = [
      { memory_mib: 10, kv_heads: 8, ffn_width: 28_672, kl_div: 0 },
      { memory_mib: 6, kv_heads: 0, ffn_width: 28_672, kl_div: layer + 1 },
      { memory_mib: 4, kv_heads: 8, ffn_width: 0, kl_div: 10 * (layer + 1) },
    ];
    children = children.flatMap((child) =>
      blocks.map((block) => ({
        memory_mib: child.memory_mib + block.memory_mib,
        kv_heads: child.kv_heads + block.kv_heads,
        ffn_width: child.ffn_width + block.ffn_width,
        kl_div: child.kl_div + block.kl_div,
      })),
    );
  }
  return children;
}

/** The lowest KL divergence of all children within a limit; undefined where there is none. */
function best(meets: (child: TinyChild) => boolean): number | undefined {
  const within = allChildren().filter(meets);
  return within.length === 0 ? undefined : Math.min(...within.map((child) => child.kl_div));
}

async function openTiny(launch: (options?: LaunchOptions) => Promise<Workbench>, scratch: string): Promise<Workbench> {
  const folder = path.join(scratch, 'tiny');
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, 'block_library.json');
  await writeFile(file, JSON.stringify(tinyBlockLibrary()));
  const app = await launch();
  await app.drop(file);
  await expect(app.mapCell(3)).toBeVisible();
  const on = app.page.locator('[data-testid^="limit-"][data-enabled="true"]');
  for (const id of await on.evaluateAll((rows) => rows.map((row) => row.getAttribute('data-testid') ?? ''))) {
    if (id !== 'limit-memory_mib-max') await app.page.getByTestId(`${id}-toggle`).click();
  }
  await app.limit('memory_mib').set(36);
  await app.expectProven();
  await app.dismissNotices();
  return app;
}

/** Room for the rounding of a level that lies on a child's total. */
const ROOM = 1e-6;

test('the frontier is the optimum at every level of the limit', async ({ launch, scratch }) => {
  const app = await openTiny(launch, scratch);
  const frontier = new Frontier(app);
  await frontier.over('memory_mib');
  await expect(frontier.progress).toContainText('100 levels · all proven');
  const rows = await frontier.rows();
  expect(rows).toHaveLength(100);
  expect(rows[0]!.level).toBeCloseTo(16, 6);
  expect(rows.at(-1)!.level).toBeCloseTo(40, 6);
  for (const { level, value } of rows) expect(value, `memory <= ${level}`).toBeCloseTo(best((child) => child.memory_mib <= level + ROOM)!, 9);
  // Each child is on the frontier once: what stands there improves with every step, and nothing listed is better.
  const efficient = rows.filter(({ place }) => place === 'yes').map(({ value }) => value!);
  expect(efficient).toEqual([...new Set(rows.map(({ value }) => value!))].sort((a, b) => b - a));
});

test('points set the limit, by keyboard and out of the table, and the feasible ones can be singled out', async ({ launch, scratch }) => {
  const app = await openTiny(launch, scratch);
  const frontier = new Frontier(app);
  await frontier.over('memory_mib');
  await frontier.plot.focus();
  await app.press('End');
  await expect(frontier.card).toContainText('proven optimal');
  await app.press('ArrowLeft');
  // One attention less than the parent; on screen is the same child.
  await expect(frontier.card).toContainText('36 MiB');
  await expect(frontier.card).toContainText('the same');
  await app.press('ArrowLeft');
  await expect(frontier.card).toContainText(/1 layer differs/);
  await app.press('Enter');
  await app.expectProven();
  expect(await app.figure('kl_div')).toBeCloseTo(3, 9);
  expect(await app.figure('memory_mib')).toBeCloseTo(32, 9);
  const limit = await app.limit('memory_mib').value();
  await frontier.feasibleOnly(true);
  const rows = await frontier.rows();
  expect(rows.length).toBeGreaterThan(10);
  expect(rows.length).toBeLessThan(90);
  for (const { value } of rows) expect(value).toBeGreaterThanOrEqual(3 - ROOM);
  await app.page.getByTestId('frontier-table').getByRole('button', { name: /^Set the limit to/ }).first().click();
  await app.settled();
  await app.expectProven();
  expect(await app.limit('memory_mib').value()).toBeLessThan(limit);
  expect(await app.figure('memory_mib')).toBeCloseTo(16, 6);
});

test('simpler methods stand beside it and are switched in the legend', async ({ launch, scratch }) => {
  const app = await openTiny(launch, scratch);
  const frontier = new Frontier(app);
  await frontier.over('memory_mib');
  const names = async (): Promise<readonly string[]> => (await frontier.drawn()).map(({ name }) => name);
  await expect.poll(names).toContain('Greedy');
  await frontier.series('greedy').click();
  await expect(frontier.series('greedy')).toHaveAttribute('aria-pressed', 'false');
  await expect.poll(names).not.toContain('Greedy');
  await frontier.series('greedy').click();
  await expect.poll(names).toContain('Greedy');
  // One block in every layer: three children, of which the one without FFNs is the smallest.
  expect((await frontier.drawn()).filter(({ name }) => name.startsWith('One variant')).reduce((sum, { points }) => sum + points, 0)).toBe(3);
});

test('dragging a limit moves marks and draws no trace anew', async ({ launch, scratch }) => {
  const app = await openTiny(launch, scratch);
  const frontier = new Frontier(app);
  await frontier.over('memory_mib');
  await expect(frontier.plot).toHaveAttribute('data-state', 'drawn');
  for (const column of ['memory_mib', 'runtime_ms']) {
    await app.limit('memory_mib').set(40);
    await app.limit(column).set(40);
    await app.idle();
    const watched = await frontier.watch();
    let seen = { traces: -1, marks: -1 };
    await app.limit(column).drag(0.35, 40, async () => {
      await app.page.evaluate(() => new Promise(requestAnimationFrame));
      seen = await watched();
    });
    expect(seen.traces, column).toBe(0);
    // The limit's own line, or where another limit moves, the child that answers it.
    expect(seen.marks, column).toBeGreaterThan(2);
    await app.idle();
  }
});

test('a sweep waits while a slider is held, stops when told to, and runs again', async ({ launch, scratch }) => {
  const app = await openTiny(launch, scratch);
  const frontier = new Frontier(app);
  await frontier.over('memory_mib');
  await app.limit('runtime_ms').toggle.setChecked(true);
  await frontier.complete();
  await app.limit('runtime_ms').drag(0.5, 10, async () => {
    await expect(frontier.progress).toHaveAttribute('data-state', 'waiting');
    await frontier.stop.dispatchEvent('click');
  });
  await app.idle();
  await expect(frontier.progress).toHaveAttribute('data-state', 'cancelled');
  await frontier.again.click();
  await frontier.complete();
});

test('two limits span a map of optima, with what nothing meets, and set together in one step', async ({ launch, scratch }) => {
  const app = await openTiny(launch, scratch);
  await app.limit('memory_mib').toggle.click();
  const frontier = new Frontier(app);
  await frontier.overTwo('num_kv_heads', 'ffn_intermediate_size');
  await expect(frontier.contour).toHaveAttribute('data-state', 'drawn');
  const cells = await frontier.cells();
  expect(cells).toHaveLength(24 * 16);
  let empty = 0;
  for (const { across, up, value, kind } of cells) {
    const expected = best((child) => child.kv_heads <= across + ROOM && child.ffn_width <= up + ROOM);
    if (expected === undefined) empty++;
    expect(kind, `${across} ${up}`).toBe(expected === undefined ? 'none' : 'child');
    if (expected !== undefined) expect(value, `${across} ${up}`).toBeCloseTo(expected, 9);
  }
  // Without half of the attentions there is no doing without more than half of the FFNs.
  expect(empty).toBeGreaterThan(50);

  await frontier.asTable(false);
  await frontier.contour.focus();
  await app.press('ArrowUp');
  await expect(frontier.card).toContainText('proven optimal');
  await app.press('Enter');
  await app.expectProven();
  const shown = await app.figure('kl_div');
  expect(shown).toBeGreaterThan(0);
  await expect(app.limit('num_kv_heads').row).toHaveAttribute('data-enabled', 'true');
  await app.press('ControlOrMeta+z');
  await expect(app.limit('num_kv_heads').row).toHaveCount(0);
  await expect(app.limit('ffn_intermediate_size').row).toHaveCount(0);

  // The map is remembered, in the address too.
  await app.reload();
  await app.idle();
  await expect(frontier.contourProgress).toHaveAttribute('data-state', 'done');
});
