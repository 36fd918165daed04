/** Runs the desktop app and waits for its ready line, keeping what it prints until then for the diagnosis. */
import { spawn, type ChildProcess } from 'node:child_process';
import process from 'node:process';
import { READY_LINE } from './app_arguments.ts';
import type { FailedStart } from './launch_plan.ts';

export type StartedElectron =
  | { readonly kind: 'ready'; readonly child: ChildProcess; readonly exit: Promise<number> }
  | { readonly kind: 'failed'; readonly failure: FailedStart; readonly output: string };

const KEPT_CHARACTERS = 20_000;
const KILL_AFTER_MS = 2_000;

/** Resolves once the window is there, or once Electron is gone after failing to show it within `readyWithinMs`. */
export function startElectron(executable: string, args: readonly string[], readyWithinMs: number): Promise<StartedElectron> {
  return new Promise((resolve) => {
    // Terminals of programs that are built on Electron themselves may pass this on, with which there would be no window.
    const { ELECTRON_RUN_AS_NODE: _, ...env } = process.env;
    const child = spawn(executable, [...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
    let phase: 'starting' | 'ready' | 'timeout' | 'settled' = 'starting';
    let output = '';
    let line = '';
    let ended: (code: number) => void = () => {};
    const exit = new Promise<number>((done) => (ended = done));

    const timer = setTimeout(() => {
      phase = 'timeout';
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS).unref();
    }, readyWithinMs);

    child.stdout.on('data', (chunk: Buffer) => {
      const text = chunk.toString();
      if (phase === 'ready') process.stdout.write(text);
      output = (output + text).slice(-KEPT_CHARACTERS);
      line = (line + text).slice(-KEPT_CHARACTERS);
      if (phase !== 'starting' || !line.split(/\r?\n/).includes(READY_LINE)) return;
      phase = 'ready';
      clearTimeout(timer);
      resolve({ kind: 'ready', child, exit });
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (phase === 'ready') process.stderr.write(chunk);
      else output = (output + chunk.toString()).slice(-KEPT_CHARACTERS);
    });

    const fail = (failure: FailedStart): void => {
      if (phase === 'ready' || phase === 'settled') return;
      phase = 'settled';
      clearTimeout(timer);
      resolve({ kind: 'failed', failure, output });
    };
    child.once('error', (error) => fail({ kind: 'spawn', message: error.message }));
    child.once('close', (code, signal) => {
      ended(code ?? 1);
      fail(
        phase === 'timeout'
          ? { kind: 'timeout', seconds: Math.round(readyWithinMs / 1000) }
          : { kind: 'exit', code: code ?? undefined, signal: signal ?? undefined },
      );
    });
  });
}
