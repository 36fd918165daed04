import { defineConfig } from 'vitest/config';

// Unit tests sit beside their sources; test/ holds what needs the built product or a browser.
export default defineConfig({
  test: {
    include: ['{engine,renderer,electron}/**/*.test.{ts,tsx}', 'test/{unit,integration}/**/*.test.ts'],
    environment: 'node',
    testTimeout: 20_000,
    reporters: ['default'],
  },
});
