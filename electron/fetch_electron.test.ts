import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explainInstaller, fetchElectron, type Fetched } from './fetch_electron.ts';

let folder = '';
beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'fetch-electron-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a stand-in for the package's installer. */
async function fetchWith(installer: string, stallMs = 5_000): Promise<{ result: Fetched; progress: number[] }> {
  writeFileSync(path.join(folder, 'install.js'), installer);
  const progress: number[] = [];
  const result = await fetchElectron({ packageFolder: folder, stallMs, pollMs: 10, onProgress: (bytes) => progress.push(bytes) });
  return { result, progress };
}

describe('fetching Electron', () => {
  it('shows bytes while they arrive and is done when the installer is', async () => {
    const { result, progress } = await fetchWith(`
      const fs = require('node:fs'), os = require('node:os'), path = require('node:path');
      const file = path.join(os.tmpdir(), 'electron.zip');
      let sent = 0;
      const timer = setInterval(() => {
        fs.appendFileSync(file, Buffer.alloc(1000));
        if (++sent === 5) { clearInterval(timer); fs.mkdirSync(path.join(__dirname, 'dist')); fs.writeFileSync(path.join(__dirname, 'dist', 'version'), '1'); }
      }, 40);
    `);
    expect(result).toEqual({ kind: 'fetched' });
    expect(progress.length).toBeGreaterThan(1);
    expect(progress.every((bytes, i) => i === 0 || bytes >= progress[i - 1]!)).toBe(true);
    expect(readFileSync(path.join(folder, 'dist', 'version'), 'utf8')).toBe('1');
  });

  it('gives up on a download that stands still', async () => {
    const startedAt = Date.now();
    const { result } = await fetchWith(`setTimeout(() => {}, 60_000);`, 300);
    expect(result).toEqual({ kind: 'failed', why: expect.stringContaining('received nothing') });
    expect(Date.now() - startedAt).toBeLessThan(5_000);
  });

  it('tells at once why the installer failed', async () => {
    const { result } = await fetchWith(`console.error('TypeError: fetch failed\\n    at x\\n  cause: getaddrinfo ENOTFOUND github.com'); process.exit(1);`);
    expect(result).toEqual({ kind: 'failed', why: 'its binary could not be downloaded (getaddrinfo ENOTFOUND github.com)' });
  });
});

describe('what an installer\'s output means', () => {
  it('names the Node version only where the network is not to blame', () => {
    expect(explainInstaller('TypeError: fetch failed\n at x', '20.19.0')).toBe('its binary could not be downloaded (TypeError: fetch failed)');
    expect(explainInstaller('Error [ERR_REQUIRE_ESM]: require() of ES Module\n at x', '20.19.0')).toBe(
      'its binary could not be installed (Error [ERR_REQUIRE_ESM]: require() of ES Module); its installer asks for Node 22.12 or newer and this is 20.19.0',
    );
    expect(explainInstaller('Error: ENOSPC: no space left on device, write', '24.1.0')).toBe(
      'its binary could not be installed (ENOSPC: no space left on device, write)',
    );
  });

  it('is one line whatever it says', () => {
    expect(explainInstaller('', '24.1.0')).toBe('its binary could not be installed (no reason given)');
    expect(explainInstaller('(node:1) ExperimentalWarning: x\nodd\nlast', '24.1.0')).toBe('its binary could not be installed (last)');
  });
});
