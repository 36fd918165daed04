/** Runs the built command line as a script would. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { ROOT } from '../fixtures/server.mjs';

export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function runCli(...args: readonly string[]): Promise<CliRun> {
  const child = spawn(process.execPath, [path.join(ROOT, 'dist', 'engine', 'cli.js'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Standard output as exactly one JSON value. */
export function parseOnly(run: CliRun): unknown {
  if (run.code !== 0 && run.code !== 3) throw new Error(`exit code ${run.code}: ${run.stderr}`);
  return JSON.parse(run.stdout);
}
