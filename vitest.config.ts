import process from 'node:process';
import { defineConfig } from 'vitest/config';

const shared = process.env['CI'] !== undefined;

// Unit tests sit beside their sources; test/ holds what needs the built product or a browser.
export default defineConfig({
  test: {
    include: ['{engine,renderer,electron}/**/*.test.{ts,tsx}', 'test/{unit,integration}/**/*.test.ts'],
    environment: 'node',
    // On machines that others share (CI) things may take long, and time limits get a second try.
    testTimeout: shared ? 60_000 : 20_000,
    hookTimeout: shared ? 60_000 : 20_000,
    retry: shared ? 1 : 0,
    reporters: ['default'],
  },
});
