/** The engine as an Electron utility process: forks it and passes messages and ports; engine_life.ts decides when. */
import { utilityProcess, type MessagePortMain } from 'electron';
import type { EngineChild } from './engine_life.ts';

export function forkEngine(script: string): EngineChild<MessagePortMain> {
  const child = utilityProcess.fork(script, [], { serviceName: 'Puzzle Workbench engine', stdio: 'inherit' });
  return {
    post: (message, port) => child.postMessage(message, port === undefined ? [] : [port]),
    kill: () => void child.kill(),
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => void child.once('exit', listener),
  };
}

/** Runs a script to its end and gives its exit code; its standard input is empty, as Electron offers none. */
export function runScript(script: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    utilityProcess.fork(script, [...args], { serviceName: 'Puzzle Workbench CLI', stdio: 'inherit' }).once('exit', resolve);
  });
}
