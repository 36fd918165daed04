import { spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { UsageError } from './usage_error.ts';

/** Hands over to the browser-mode server, which reads the same options. */
export async function runServe(argv: readonly string[]): Promise<number> {
  if (process.versions['electron'] !== undefined) {
    throw new UsageError('The packaged app has no browser mode: start it without --cli, or run "npm start" in a checkout.');
  }
  // Built files are flat: the server's entry is beside this one.
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'serve.js'), ...argv], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 0)));
}
