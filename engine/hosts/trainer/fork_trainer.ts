/** Trainer processes of a host that runs on plain Node: forked, and linked to it by Node's own channel. */
import { fork } from 'node:child_process';
import path from 'node:path';
import type { TrainerProcess } from '../../jobs/trainer.ts';

/** How much of what a process last wrote to its standard error is kept, and how much of it is told when it dies. */
const KEPT_CHARACTERS = 4_000;
const TOLD_CHARACTERS = 300;

/**
 * @param script The built entry; beside the built host where absent.
 * @param env Added to the environment.
 */
export function forkTrainer(script = path.join(import.meta.dirname, 'trainer-process.js'), env: Readonly<Record<string, string>> = {}): TrainerProcess {
  // Nothing a native library prints may reach standard output, which belongs to results.
  const child = fork(script, { serialization: 'advanced', execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env: { ...process.env, ...env } });
  let lastWords = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-KEPT_CHARACTERS);
  });
  return {
    post(message) {
      // A channel that breaks while the process dies is reported by its exit.
      if (child.connected) child.send(message, () => undefined);
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit(listener) {
      let told = false;
      const tell = (how: string): void => {
        if (told) return;
        told = true;
        const words = tellingLine(lastWords);
        listener(words === undefined ? how : `${how}, saying: ${words}`);
      };
      child.on('error', (error) => {
        if (child.pid === undefined) tell(`as it could not be started (${error.message})`);
      });
      // `close` comes after the last message and the last words.
      child.on('close', (code, signal) => tell(signal === null ? `with exit code ${code}` : `by ${signal}`));
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** The line that says what was wrong, among stacks and the like; the last one where none stands out. */
function tellingLine(words: string): string | undefined {
  const lines = words.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  return (lines.find((line) => /\b(?:fatal|\w*error|abort\w*|terminate)\b/i.test(line)) ?? lines.at(-1))?.slice(0, TOLD_CHARACTERS);
}
