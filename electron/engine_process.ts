/** The engine and its trainers as Electron utility processes: forks them and passes messages and ports; others decide when. */
import process from 'node:process';
import { MessageChannelMain, utilityProcess, type MessagePortMain } from 'electron';
import type { EngineChild } from './engine_life.ts';
import { Trainers, type TrainerChild } from './trainers.ts';

export function forkEngine(script: string): EngineChild<MessagePortMain> {
  const child = utilityProcess.fork(script, [], { serviceName: 'Puzzle Workbench engine', stdio: 'inherit' });
  return {
    post: (message, port) => child.postMessage(message, port === undefined ? [] : [port]),
    kill: () => void child.kill(),
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => void child.once('exit', listener),
  };
}

/** Trainer processes that run `script`, for whoever is given them. */
export function trainersOf(script: string): Trainers<MessagePortMain> {
  return new Trainers({
    fork: () => forkTrainer(script),
    channel: () => {
      const { port1, port2 } = new MessageChannelMain();
      return [port1, port2];
    },
  });
}

function forkTrainer(script: string): TrainerChild<MessagePortMain> {
  // What native libraries print must not mix with the results of a command line.
  const child = utilityProcess.fork(script, [], { serviceName: 'Puzzle Workbench trainer', stdio: 'ignore' });
  let doomed = false;
  const kill = (): void => {
    doomed = true;
    // Nothing can be killed that is only about to start.
    if (child.pid === undefined) return;
    try {
      // A mere request to end would wait for a native call.
      process.kill(child.pid, 'SIGKILL');
    } catch {
      // It was faster.
    }
  };
  child.once('spawn', () => {
    if (doomed) kill();
  });
  return {
    connect: (port) => child.postMessage(undefined, [port]),
    kill,
    onExit: (listener) => void child.once('exit', listener),
  };
}

/** Runs a script to its end and gives its exit code; its standard input is empty, as Electron offers none. */
export function runScript(script: string, args: readonly string[], trainers: Trainers<MessagePortMain>): Promise<number> {
  const child = utilityProcess.fork(script, [...args], { serviceName: 'Puzzle Workbench CLI', stdio: 'inherit' });
  child.on('message', (message) => {
    trainers.handle(message, (answer, port) => child.postMessage(answer, port === undefined ? [] : [port]));
  });
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      trainers.endAll();
      resolve(code);
    });
  });
}
