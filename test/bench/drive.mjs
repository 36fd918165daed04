/** Driving the built product in a real browser, for benchmarks and pictures: start, drop, drag, read what the engine says. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { chromium } from '@playwright/test';
import { browserArguments, findBrowser } from '../e2e/browser.mjs';
import { removeFolder, startServer, temporaryFolder } from '../fixtures/server.mjs';

const MOVES_IN_FLIGHT = 6;

export function launchBrowser() {
  return chromium.launch({ executablePath: findBrowser(), args: browserArguments() });
}

/** The product on a project of its own; `document` is what the project holds at the start. */
export async function openProduct(browser, { document, context = {} } = {}) {
  const folder = await temporaryFolder();
  const project = path.join(folder, 'project');
  if (document !== undefined) {
    await mkdir(project, { recursive: true });
    const file = { format: 'puzzle-workbench/project', version: 1, saved_at: new Date(0).toISOString(), document: { name: 'Benchmark', ...document } };
    await writeFile(path.join(project, 'project.json'), JSON.stringify(file));
  }
  const server = await startServer({ project, home: path.join(folder, 'home') });
  const browserContext = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...context });
  const page = await browserContext.newPage();
  const answers = recordAnswers(page);
  await page.goto(server.address);
  await idle(page);
  return {
    page,
    project,
    server,
    answers,
    session: await browserContext.newCDPSession(page),
    async close() {
      await browserContext.close();
      await server.stop();
      await removeFolder(folder);
    },
  };
}

export async function idle(page) {
  await page.waitForFunction(() => window.workbench !== undefined);
  await page.evaluate(() => window.workbench.whenIdle());
}

/** Waits until the child on screen answers the limits on screen; the frontier may still be on its way. */
export function answered(page) {
  return page.waitForFunction(() => {
    const status = document.querySelector('[data-testid="solve-status"]');
    return status !== null && status.getAttribute('data-pending') !== 'true' && status.getAttribute('data-status') !== 'searching';
  });
}

/** Drops files or folders from the disk onto the window. */
export async function drop(session, files, { x = 720, y = 450 } = {}) {
  for (const type of ['dragEnter', 'dragOver', 'drop']) {
    await session.send('Input.dispatchDragEvent', { type, x, y, data: { items: [], files, dragOperationsMask: 1 } });
  }
}

/** Every answer to a solve that the page gets over its socket, with `solve_ms` as the engine states it. */
function recordAnswers(page) {
  const answers = [];
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => {
      if (typeof payload === 'string' || payload.length < 4) return;
      const text = payload.toString('utf8', 4, 4 + payload.readUInt32LE(0));
      // Frames of a library are megabytes; only answers are read.
      if (text.length > 200_000 || !text.includes('"solve_ms"')) return;
      const { message } = JSON.parse(text);
      const { value } = message;
      if (value?.solve_ms === undefined) return;
      answers.push({ request: message.id, status: value.status, solveMs: value.solve_ms, final: value.final ?? true });
    });
  });
  return answers;
}

export async function setLimit(page, column, value, side = 'max') {
  const field = page.getByTestId(`limit-${column}-${side}-number`);
  await field.fill(String(value));
  await field.press('Enter');
  await answered(page);
}

/** Leaves only the named limits on. */
export async function onlyLimits(page, columns) {
  const rows = page.locator('[data-testid^="limit-"][data-enabled="true"]');
  for (const id of await rows.evaluateAll((all) => all.map((row) => row.getAttribute('data-testid')))) {
    if (!columns.some((column) => id.startsWith(`limit-${column}-`))) await page.getByTestId(`${id}-toggle`).click();
  }
  await answered(page);
}

/**
 * Drags the slider of a limit to and fro for `ms`, with a pointer event about every 16 ms and one sweep of the whole
 * range in about four seconds; `every` is called in between with the milliseconds passed.
 */
export async function dragFor(page, column, ms, every = async () => undefined, side = 'max') {
  const slider = page.getByTestId(`limit-${column}-${side}-slider`);
  await slider.scrollIntoViewIfNeeded();
  const box = await slider.boundingBox();
  const now = await slider.evaluate((input) => (Number(input.value) - Number(input.min)) / (Number(input.max) - Number(input.min)));
  const x = (fraction) => box.x + 8 + fraction * (box.width - 16);
  const y = box.y + box.height / 2;
  await page.mouse.move(x(now), y);
  await page.mouse.down();
  const startedAt = performance.now();
  let events = 0;
  /** Moves the page has not acknowledged: a hand does not wait for that, but a flood would prove nothing either. */
  const inFlight = new Set();
  for (;;) {
    const passed = performance.now() - startedAt;
    if (passed >= ms) break;
    if (inFlight.size < MOVES_IN_FLIGHT) {
      // Between a tenth and all of the range: below, sliders only meet the smallest child.
      const move = page.mouse.move(x(0.55 + 0.45 * Math.sin((passed / 4000) * Math.PI)), y).finally(() => inFlight.delete(move));
      inFlight.add(move);
      events++;
    }
    await every(passed);
    const late = performance.now() - startedAt - passed;
    await delay(Math.max(0, 16 - late));
  }
  await Promise.all(inFlight);
  await page.mouse.up();
  return events;
}

/** Starts writing down when frames are shown; `stopFrames` gives the times between them. */
export function startFrames(page) {
  return page.evaluate(() => {
    const times = [];
    let live = true;
    const frame = (at) => {
      times.push(at);
      if (live) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    window.stopFrames = () => {
      live = false;
      return times.slice(1).map((at, index) => at - times[index]);
    };
  });
}

export function stopFrames(page) {
  return page.evaluate(() => window.stopFrames());
}

/** JavaScript heap in MiB after a garbage collection. */
export async function heapMib(session) {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize / 2 ** 20;
}

/** Resident memory of a process in MiB; undefined where the system does not say. */
export function residentMib(pid) {
  if (process.platform === 'linux') {
    const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match === null ? undefined : Number(match[1]) / 1024;
  }
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  const kib = Number(stdout?.trim());
  return Number.isFinite(kib) && kib > 0 ? kib / 1024 : undefined;
}

/** The value below which `share` of the sorted numbers lie. */
export function quantile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** Least-squares slope of `y` over `x`. */
export function slope(points) {
  const mean = (of) => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [mx, my] = [mean(([x]) => x), mean(([, y]) => y)];
  const spread = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / spread;
}
