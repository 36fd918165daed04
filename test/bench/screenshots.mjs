/**
 * Pictures of the built product on the built-in samples, and of a training run.
 *   node test/bench/screenshots.mjs               the README's pictures, into assets/screenshots/
 *   node test/bench/screenshots.mjs FOLDER        every view and dialog as well, light and dark, large and small, into FOLDER
 *   node test/bench/screenshots.mjs --run DIR     with the finished run in DIR (`pipeline --out DIR`); else one of the
 *                                                 smallest preset is made for it, in under a minute
 */
import { cp, mkdir } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { removeFolder, ROOT, startServer, temporaryFolder } from '../fixtures/server.mjs';
import { answered, idle, launchBrowser, openProduct, setLimit } from './drive.mjs';

const { values: options, positionals } = parseArgs({ allowPositionals: true, options: { run: { type: 'string' } } });
const review = positionals[0] === undefined ? undefined : path.resolve(positionals[0]);
const finishedRun = options.run === undefined ? undefined : path.resolve(options.run);
const pictures = path.join(ROOT, 'assets', 'screenshots');
const LARGE = { width: 1440, height: 900 };
const SMALL = { width: 1024, height: 700 };
const SAMPLE = 'sample:llama-3.1-70b';
/** Only trainers read these, and they are most of a run. */
const HEAVY = /^(activations|state|blocks\/.*\.safetensors)/;
const RUN_MS = 300_000;
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
  await withRun(async (open) => {
    await open('light', LARGE, async (page) => {
      await page.getByTestId('step-bld').click();
      await shoot(page, path.join(pictures, 'train-light.png'));
    });
    if (review === undefined) return;
    await mkdir(review, { recursive: true });
    for (const theme of ['light', 'dark']) for (const size of [LARGE, SMALL]) await open(theme, size, (page) => photographRun(page, theme, size));
  });
  if (review !== undefined) {
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

/** A project with a finished run; `use` is given what opens windows on it. */
async function withRun(use) {
  const folder = await temporaryFolder();
  const project = path.join(folder, 'project');
  const runs = path.join(project, 'runs');
  await mkdir(runs, { recursive: true });
  if (finishedRun !== undefined) {
    const kept = (file) => !HEAVY.test(path.relative(finishedRun, file).replaceAll(path.sep, '/'));
    await cp(finishedRun, path.join(runs, path.basename(finishedRun).toLowerCase()), { recursive: true, filter: kept });
  }
  const server = await startServer({ project, home: path.join(folder, 'home') });
  const open = async (colorScheme, viewport, look) => {
    const context = await browser.newContext({ viewport, colorScheme, deviceScaleFactor: 1 });
    const page = await context.newPage();
    try {
      await page.goto(server.address);
      await idle(page);
      await page.getByTestId('screen-train').click();
      await idle(page);
      if (finishedRun === undefined && (await page.getByTestId('run-row').count()) === 0) await page.getByTestId('train-sample').click();
      await page.locator('[data-testid="run-state"][data-state="done"]').waitFor({ timeout: RUN_MS });
      await dismissAll(page);
      await page.addStyleTag({ content: '.status-folder { display: none }' });
      await look(page);
    } finally {
      await context.close();
    }
  };
  try {
    await use(open);
  } finally {
    await server.stop();
    await removeFolder(folder);
  }
}

/** Every step of a finished run, its result from top to bottom, its log, and the wizard's pages. */
async function photographRun(page, theme, size) {
  const name = (what) => path.join(review, `train-${what}-${theme}-${size.width}.png`);
  const steps = await page.locator('[data-testid="pipeline"] [role="tab"]').evaluateAll((tabs) => tabs.map((tab) => tab.id.replace('part-', '')));
  for (const step of steps) {
    await page.getByTestId(`step-${step}`).click();
    await shoot(page, name(step));
  }
  const detail = page.getByTestId('run-detail');
  await detail.evaluate((element) => element.scrollTo(0, element.scrollHeight / 2));
  await shoot(page, name('result-middle'));
  await detail.evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await shoot(page, name('result-below'));
  await page.getByTestId('log-toggle').click();
  await shoot(page, name('log'));
  await page.getByTestId('log-toggle').click();
  await page.getByTestId('train-new').click();
  for (const one of ['parent', 'training', 'review']) {
    await page.locator(`[data-testid="train-page"][data-page="${one}"]`).waitFor();
    await shoot(page, name(`wizard-${one}`));
    if (one !== 'review') await page.getByTestId('train-next').click();
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
  await empty.page.keyboard.press('Escape');
  await empty.page.getByTestId('welcome-measured').click();
  await answered(empty.page);
  for (const tab of ['frontier', 'reasons', 'layers']) {
    await empty.page.getByTestId(`tab-${tab}`).click();
    await shoot(empty.page, name(`measured-${tab}`));
  }
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
