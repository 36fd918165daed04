/**
 * The scenario suite. test/e2e/run.mjs starts it: it finds the browser and Electron and passes them in the environment.
 * Both projects run the same files; a fixture reads `testInfo.project.name` to choose its launcher.
 */
import process from 'node:process';
import { defineConfig, type ReporterDescription } from '@playwright/test';

const executablePath = process.env['PUZZLE_E2E_BROWSER'];
const args: string[] = JSON.parse(process.env['PUZZLE_E2E_BROWSER_ARGS'] ?? '[]');
const shared = process.env['CI'] !== undefined;
const report = process.env['PUZZLE_E2E_REPORT'];
const jsonReporter: ReporterDescription[] = report === undefined ? [] : [['json', { outputFile: report }]];

export default defineConfig({
  testDir: 'test/e2e',
  testMatch: '*.spec.ts',
  outputDir: 'test-results',
  // Each scenario starts an engine with its own threads; two at a time would measure each other.
  workers: 1,
  fullyParallel: false,
  // On machines that others share (CI) things may take long, and a scenario gets another try; that is reported.
  timeout: shared ? 120_000 : 60_000,
  expect: { timeout: shared ? 20_000 : 10_000 },
  retries: shared ? 2 : 0,
  forbidOnly: shared,
  reporter: [['list'], ...jsonReporter],
  use: {
    browserName: 'chromium',
    viewport: { width: 1440, height: 900 },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: { ...(executablePath === undefined ? {} : { executablePath }), args },
  },
  projects: [{ name: 'browser' }, { name: 'electron' }],
});
