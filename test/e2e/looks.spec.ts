/** Light and dark, large and small: nothing cut, nothing on top of something else. */
import type { Page } from '@playwright/test';
import { expect, SAMPLE_ID, test } from './fixtures.ts';
import type { TabName } from './pages/workbench.ts';

const TABS: readonly TabName[] = ['frontier', 'reasons', 'layers', 'compare', 'published', 'serving'];
const limits = [
  { column: 'total_tok_s', side: 'min', value: 6_000, enabled: true },
  { column: 'memory_mib', side: 'max', value: 80_000, enabled: true },
  { column: 'runtime_ms', side: 'max', value: 60_000, enabled: false },
  { column: 'num_params', side: 'max', value: 70e9, enabled: false },
] as const;

for (const viewport of [{ width: 1440, height: 900 }, { width: 1024, height: 700 }]) {
  test(`at ${viewport.width} x ${viewport.height} everything has its place`, async ({ launch }) => {
    const app = await launch({ viewport, document: { library_id: SAMPLE_ID, limits: [...limits] } });
    await app.pinCurrent();
    await app.pinReference('nemotron-51b');
    await app.dismissNotices();
    for (const tab of TABS) {
      await app.show(tab);
      expect(await misplaced(app.page), tab).toEqual([]);
    }
    await app.page.getByTestId('export').click();
    await app.settled();
    const dialog = await app.page.getByTestId('export-dialog').boundingBox();
    expect(dialog!.x).toBeGreaterThanOrEqual(0);
    expect(dialog!.y).toBeGreaterThanOrEqual(0);
    expect(dialog!.x + dialog!.width).toBeLessThanOrEqual(viewport.width);
    expect(dialog!.y + dialog!.height).toBeLessThanOrEqual(viewport.height);
  });
}

test('the theme follows the system until the user chooses, and is remembered', async ({ launch }) => {
  const app = await launch({ colorScheme: 'dark', document: { library_id: SAMPLE_ID, limits: [...limits] } });
  expect(await brightness(app.page)).toBeLessThan(0.3);
  await app.page.emulateMedia({ colorScheme: 'light' });
  await expect.poll(() => brightness(app.page)).toBeGreaterThan(0.8);
  await app.command('view.theme');
  expect(await brightness(app.page)).toBeLessThan(0.3);
  await app.reload();
  expect(await brightness(app.page)).toBeLessThan(0.3);
  await app.press('ControlOrMeta+Shift+l');
  expect(await brightness(app.page)).toBeGreaterThan(0.8);
});

test('every command is found by the palette and the keyboard reaches the map', async ({ launch }) => {
  const app = await launch({ document: { library_id: SAMPLE_ID, limits: [...limits] } });
  await app.press('ControlOrMeta+k');
  await app.page.getByTestId('palette-input').fill('layer table');
  await app.press('Enter');
  await expect(app.page.getByTestId('tab-layers')).toHaveAttribute('aria-selected', 'true');
  await app.mapCell(0).focus();
  await app.press('ArrowRight');
  await expect(app.mapCell(1)).toBeFocused();
  await app.press('End');
  await expect(app.mapCell(79)).toBeFocused();
  for (const [key, tab] of [['1', 'frontier'], ['2', 'reasons'], ['4', 'compare'], ['5', 'published']] as const) {
    await app.press(key);
    await expect(app.page.getByTestId(`tab-${tab}`)).toHaveAttribute('aria-selected', 'true');
  }
});

/** Relative brightness of what lies behind the text, 0 to 1. */
function brightness(page: Page): Promise<number> {
  return page.evaluate(() => {
    const [red = 0, green = 0, blue = 0] = (getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g) ?? []).map(Number);
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
  });
}

/** What overlaps, sticks out of the window or is cut off sideways. */
function misplaced(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const root = document.documentElement;
    if (root.scrollWidth > innerWidth) found.push(`the page is ${root.scrollWidth} wide in a window of ${innerWidth}`);
    if (root.scrollHeight > innerHeight) found.push(`the page is ${root.scrollHeight} high in a window of ${innerHeight}`);
    const name = (element: Element): string => element.getAttribute('data-testid') ?? element.getAttribute('aria-label') ?? `${element.tagName.toLowerCase()}.${element.className}`;
    const panels = [...document.querySelectorAll('.top-bar, .side, [data-testid="summary"], [data-testid="layer-map"], .tabs, .status-bar')];
    const boxes = panels.map((panel) => ({ name: name(panel), box: panel.getBoundingClientRect(), main: panel.closest('.main') !== null }));
    for (const [index, a] of boxes.entries()) {
      for (const b of boxes.slice(index + 1)) {
        // Panels of the scrolling middle may run below the status bar, where they are clipped.
        if (a.main !== b.main && (a.name.includes('status') || b.name.includes('status'))) continue;
        const wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
        const high = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
        if (wide > 1 && high > 1) found.push(`${a.name} overlaps ${b.name}`);
      }
    }
    for (const element of document.querySelectorAll('button, input, select, h2, dt, dd')) {
      const box = element.getBoundingClientRect();
      if (box.width === 0 || getComputedStyle(element).visibility === 'hidden') continue;
      if (element.closest('.visually-hidden') !== null) continue;
      let scroller: Element | null = element.parentElement;
      while (scroller !== null && !['auto', 'scroll'].includes(getComputedStyle(scroller).overflowX)) scroller = scroller.parentElement;
      const edge = scroller === null ? innerWidth : scroller.getBoundingClientRect().right;
      if (scroller !== null && scroller.scrollWidth > scroller.clientWidth + 1) {
        // Only tables may scroll sideways.
        if (scroller.querySelector('table') === null) found.push(`${name(scroller)} scrolls sideways`);
        continue;
      }
      if (box.right > edge + 1 || box.left < -1) found.push(`${name(element)} sticks out`);
    }
    return [...new Set(found)];
  });
}
