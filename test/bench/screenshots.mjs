/**
 * Pictures of the built product on the built-in sample.
 *   node test/bench/screenshots.mjs            the README's pictures, into assets/screenshots/
 *   node test/bench/screenshots.mjs FOLDER     every view and dialog as well, light and dark, large and small, into FOLDER
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { ROOT } from '../fixtures/server.mjs';
import { answered, idle, launchBrowser, openProduct, setLimit } from './drive.mjs';

const review = process.argv[2] === undefined ? undefined : path.resolve(process.argv[2]);
const pictures = path.join(ROOT, 'assets', 'screenshots');
const LARGE = { width: 1440, height: 900 };
const SMALL = { width: 1024, height: 700 };
const SAMPLE = 'sample:llama-3.1-70b';
const DOCUMENT = {
  library_id: SAMPLE,
  limits: [
    { column: 'total_tok_s', side: 'min', value: 6_000, enabled: false },
    { column: 'memory_mib', side: 'max', value: 76_000, enabled: true },
    { column: 'runtime_ms', side: 'max', value: 45_000, enabled: false },
    { column: 'num_params', side: 'max', value: 70_553_706_496, enabled: false },
  ],
};

const browser = await launchBrowser();
try {
  await mkdir(pictures, { recursive: true });
  await withProduct('light', LARGE, async (page) => {
    await page.getByTestId('tab-frontier').click();
    await shoot(page, path.join(pictures, 'explorer-light.png'));
  });
  await withProduct('dark', LARGE, async (page) => {
    await page.getByTestId('pin-1').hover();
    await page.getByTestId('pin-1-compare').click();
    await shoot(page, path.join(pictures, 'compare-dark.png'));
  });
  await withProduct('light', LARGE, async (page) => {
    await page.getByTestId('tab-serving').click();
    await idle(page);
    // The plot rather than the map above it.
    await page.mouse.move(900, 700);
    await page.mouse.wheel(0, 420);
    await idle(page);
    await shoot(page, path.join(pictures, 'serving-light.png'));
  });
  if (review !== undefined) {
    await mkdir(review, { recursive: true });
    for (const theme of ['light', 'dark']) for (const size of [LARGE, SMALL]) await photographAll(theme, size);
  }
} finally {
  await browser.close();
}

/** The sample with a child, two pins and a settled frontier. */
async function withProduct(colorScheme, viewport, use) {
  const product = await openProduct(browser, { document: DOCUMENT, context: { viewport, colorScheme, deviceScaleFactor: 1 } });
  const { page } = product;
  try {
    await answered(page);
    await page.getByTestId('pin-current').click();
    for (const id of ['nemotron-51b', 'nemotron-super-49b']) {
      await page.getByTestId('pin-reference').click();
      await page.getByTestId(`pin-reference-${id}`).click();
      await idle(page);
    }
    await setLimit(page, 'memory_mib', 72_000);
    await dismissAll(page);
    await idle(page);
    // A temporary folder's name tells a reader nothing.
    await page.addStyleTag({ content: '.status-folder { display: none }' });
    await use(page);
  } finally {
    await product.close();
  }
}

async function dismissAll(page) {
  const dismiss = page.locator('[data-testid="notice"]').getByRole('button', { name: 'Dismiss' });
  // Some go by themselves meanwhile.
  while ((await dismiss.count()) > 0) await dismiss.first().click({ timeout: 1_000 }).catch(() => undefined);
}

async function command(page, words) {
  await page.keyboard.press('ControlOrMeta+k');
  await page.getByTestId('palette-input').fill(words);
  await page.keyboard.press('Enter');
}

async function shoot(page, file) {
  await idle(page);
  await page.mouse.move(2, 2);
  await idle(page);
  await page.screenshot({ path: file, animations: 'disabled' });
  console.log(path.relative(process.cwd(), file));
}

async function photographAll(theme, size) {
  const name = (what) => path.join(review, `${what}-${theme}-${size.width}.png`);
  const empty = await openProduct(browser, { context: { viewport: size, colorScheme: theme } });
  await shoot(empty.page, name('welcome'));
  await empty.page.getByTestId('welcome-estimate').click();
  await shoot(empty.page, name('dialog-estimate'));
  await empty.page.keyboard.press('Escape');
  await command(empty.page, 'hardware');
  await shoot(empty.page, name('dialog-hardware'));
  await empty.page.keyboard.press('Escape');
  await command(empty.page, '51B and 40B');
  await shoot(empty.page, name('dialog-reference'));
  await empty.close();
  await withProduct(theme, size, async (page) => {
    for (const tab of ['frontier', 'reasons', 'layers', 'compare', 'published', 'serving']) {
      await page.getByTestId(`tab-${tab}`).click();
      await shoot(page, name(tab));
    }
    for (const section of ['load', 'memory', 'kernels', 'parallelism', 'planner']) {
      await page.getByTestId(`serving-section-${section}`).click();
      await shoot(page, name(`serving-${section}`));
    }
    await page.getByTestId('pin-1').hover();
    await page.getByTestId('pin-1-compare').click();
    await shoot(page, name('compare-pin'));
    const main = page.locator('.main');
    await main.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await shoot(page, name('compare-pin-below'));
    await main.evaluate((element) => element.scrollTo(0, 0));
    await page.getByTestId('tab-frontier').click();
    await page.getByTestId('map-cell-45').hover();
    await idle(page);
    await page.screenshot({ path: name('map-card'), animations: 'disabled' });
    await page.getByTestId('map-column').selectOption('kl_div');
    await shoot(page, name('score-map'));
    await page.getByTestId('map-column').selectOption('runtime_ms');
    const dialogs = {
      export: () => page.getByTestId('export').click(),
      references: () => page.getByTestId('pin-reference').click(),
      palette: () => page.keyboard.press('ControlOrMeta+k'),
      shortcuts: () => page.keyboard.press('?'),
      about: () => page.getByTestId('engine-status').click(),
      library: () => page.getByTestId('library-notes-button').click(),
      inexpressible: async () => {
        await page.getByTestId('pin-reference').click();
        await page.getByTestId('pin-reference-nemotron-ultra-253b').click();
      },
    };
    for (const [dialog, open] of Object.entries(dialogs)) {
      await open();
      await shoot(page, name(`dialog-${dialog}`));
      await page.keyboard.press('Escape');
      await page.locator('dialog').waitFor({ state: 'detached' });
    }
    await page.getByTestId('library-switcher').click();
    await shoot(page, name('menu-library'));
    await page.keyboard.press('Escape');
    await page.getByTestId('add-limit').click();
    await shoot(page, name('menu-add-limit'));
    await page.keyboard.press('Escape');
    await setLimit(page, 'memory_mib', 900);
    await shoot(page, name('infeasible'));
  });
}
