/**
 * Fetches Electron's binary by running the package's own installer in a child process, so that its raw failures stay
 * there. The installer shows no progress, so its temporary folder and its target are watched instead: they also tell a
 * slow download from a dead one.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

export type Fetched = { readonly kind: 'fetched' } | { readonly kind: 'failed'; readonly why: string };

export interface FetchOptions {
  readonly packageFolder: string;
  /** Gives up after this long without a new byte. */
  readonly stallMs: number;
  readonly pollMs: number;
  readonly onProgress: (bytes: number) => void;
}

export function fetchElectron(options: FetchOptions): Promise<Fetched> {
  const temporary = mkdtempSync(path.join(os.tmpdir(), 'puzzle-workbench-electron-'));
  const target = path.join(options.packageFolder, 'dist');
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(options.packageFolder, 'install.js')], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, TMPDIR: temporary, TEMP: temporary, TMP: temporary },
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-20_000)));

    let bytes = 0;
    let grewAt = Date.now();
    const watch = setInterval(() => {
      const now = folderBytes(temporary) + folderBytes(target);
      if (now !== bytes) {
        bytes = now;
        grewAt = Date.now();
        options.onProgress(bytes);
      } else if (Date.now() - grewAt >= options.stallMs) {
        child.kill('SIGKILL');
        finish({ kind: 'failed', why: `its download received nothing for ${Math.round(options.stallMs / 1000)} s` });
      }
    }, options.pollMs);

    child.once('error', (error) => finish({ kind: 'failed', why: `its installer could not be run (${error.message})` }));
    child.once('close', (code) =>
      finish(code === 0 ? { kind: 'fetched' } : { kind: 'failed', why: explainInstaller(errors, process.versions.node) }),
    );

    function finish(result: Fetched): void {
      clearInterval(watch);
      rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
      resolve(result);
    }
  });
}

/** One clause from an installer's stack trace: the deepest cause it names, and the Node version where that may matter. */
export function explainInstaller(stderr: string, nodeVersion: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/Warning:|trace-warnings/.test(line));
  const cause = /(?:getaddrinfo )?(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EACCES|ENOSPC|EROFS)[^\n{]*/.exec(stderr);
  const network = /fetch failed|ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH/.test(stderr);
  const error = lines.find((line) => /^(?:\w*Error\b|Error:)/.test(line));
  const said = (cause?.[0] ?? error ?? lines.at(-1) ?? 'no reason given').trim();
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const old = !network && (major < 22 || (major === 22 && minor < 12));
  return (
    `its binary could not be ${network ? 'downloaded' : 'installed'} (${said})` +
    (old ? `; its installer asks for Node 22.12 or newer and this is ${nodeVersion}` : '')
  );
}

function folderBytes(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, entry) => sum + (statSync(path.join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0), 0);
  } catch {
    return 0;
  }
}
