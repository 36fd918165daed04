import { spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';

/** Hands over to the browser-mode server, which reads the same options. */
export function runServe(argv: readonly string[]): Promise<number> {
  // Built files are flat: the server's entry is beside this one.
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'serve.js'), ...argv], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 0)));
}
