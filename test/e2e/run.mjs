/**
 * Runs the scenarios: always in a browser, and in Electron too where its binary and a display (or xvfb-run) exist.
 * Arguments go to Playwright (`npm run test:e2e -- -g frontier --headed`). The last line is the sum: `N passed, N failed`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { findElectron } from '../../dist/electron/find-electron.js';
import { browserArguments, findBrowser } from './browser.mjs';

const root = path.resolve(import.meta.dirname, '..', '..');
const cli = path.join(root, 'node_modules', '@playwright', 'test', 'cli.js');
const results = mkdtempSync(path.join(os.tmpdir(), 'puzzle-workbench-e2e-'));

const total = { passed: 0, failed: 0, skipped: 0, flaky: 0 };
let ok = true;
try {
  const browser = findBrowser();
  console.log(`browser scenarios: ${browser}`);
  await runProject('browser', [], {
    PUZZLE_E2E_BROWSER: browser,
    PUZZLE_E2E_BROWSER_ARGS: JSON.stringify(browserArguments()),
  });
  const electron = electronHost();
  if (electron.why === undefined) {
    console.log(`electron scenarios: ${electron.executable}`);
    await runProject('electron', electron.prefix, {
      PUZZLE_E2E_ELECTRON: electron.executable,
      PUZZLE_E2E_ELECTRON_ARGS: JSON.stringify(process.platform === 'linux' && process.getuid() === 0 ? ['--no-sandbox'] : []),
    });
  } else console.log(`electron scenarios: skipped (${electron.why})`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  ok = false;
} finally {
  rmSync(results, { recursive: true, force: true });
}
if (total.skipped > 0) console.log(`${total.skipped} skipped`);
if (total.flaky > 0) console.log(`${total.flaky} passed only at a further try`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = ok ? 0 : 1;

/** Runs one of playwright.config.ts's projects and adds up its results. `prefix` is a command to run it under. */
async function runProject(project, prefix, environment) {
  const report = path.join(results, `${project}.json`);
  const [command, ...args] = [...prefix, process.execPath, cli, 'test', '--project', project, ...process.argv.slice(2)];
  const code = await new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...environment, PUZZLE_E2E_REPORT: report },
    });
    child.once('error', () => resolve(1));
    child.once('exit', (status) => resolve(status ?? 1));
  });
  if (code !== 0) ok = false;
  try {
    const { stats } = JSON.parse(readFileSync(report, 'utf8'));
    total.passed += stats.expected + stats.flaky;
    total.failed += stats.unexpected;
    total.flaky += stats.flaky;
    total.skipped += stats.skipped;
    if (stats.expected + stats.unexpected + stats.flaky === 0) {
      console.error(`${project} scenarios: none ran`);
      ok = false;
    }
  } catch {
    console.error(`${project} scenarios: Playwright left no report`);
    ok = false;
  }
}

/** The Electron to drive and what to run it under, or why there is none. */
function electronHost() {
  const binary = findElectron(root, process.platform, process.env.ELECTRON_OVERRIDE_DIST_PATH);
  if (binary.kind === 'missing') return { why: binary.why };
  if (binary.kind === 'fetchable') return { why: "Electron's binary is not installed; npx install-electron fetches it" };
  const needsDisplay = process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY;
  if (!needsDisplay) return { executable: binary.executable, prefix: [] };
  const hasXvfb = spawnSync('xvfb-run', ['--help'], { stdio: 'ignore' }).error === undefined;
  return hasXvfb ? { executable: binary.executable, prefix: ['xvfb-run', '-a'] } : { why: 'there is no display and no xvfb-run' };
}
