/**
 * A trainer process' way to its engine: the channel to the parent where Node forked it, or in Electron a port that its main
 * process hands over first.
 */
import process from 'node:process';
import type { FromTrainer, ToTrainer } from '../../jobs/trainer_messages.ts';
import { parentPort, type PortLike } from '../parent_port.ts';
import type { TrainerChannel } from './trainer_loop.ts';

/** How long the last messages may take to get out. */
const LEAVE_WITHIN_MS = 500;

export function trainerChannel(): TrainerChannel {
  const host = parentPort();
  return host === undefined ? forkedChannel() : portChannel(host);
}

function forkedChannel(): TrainerChannel {
  let unsent = 0;
  let ending = false;
  const leave = (): void => {
    if (ending && unsent === 0) process.exit(0);
  };
  return {
    send(message: FromTrainer) {
      unsent += 1;
      // Without a callback a broken channel would be an uncaught error.
      process.send?.(message, undefined, undefined, () => {
        unsent -= 1;
        leave();
      });
    },
    onMessage: (listener) => void process.on('message', (message) => listener(message as ToTrainer)),
    onClose: (listener) => void process.on('disconnect', listener),
    end() {
      ending = true;
      if (!process.connected) process.exit(0);
      setTimeout(() => process.exit(0), LEAVE_WITHIN_MS);
      leave();
    },
  };
}

/** @param host Brings one message, with the port. */
export function portChannel(host: Pick<PortLike, 'on'>): TrainerChannel {
  let port: PortLike | undefined;
  let closed = false;
  let onMessage: (message: ToTrainer) => void = () => undefined;
  let onClose: () => void = () => undefined;
  host.on('message', ({ ports }) => {
    const [own] = ports;
    if (own === undefined || port !== undefined) return;
    port = own;
    own.on('message', ({ data }) => onMessage(data as ToTrainer));
    own.on('close', () => {
      closed = true;
      onClose();
    });
    own.start();
  });
  return {
    send: (message) => port?.postMessage(message),
    onMessage(listener) {
      onMessage = listener;
    },
    onClose(listener) {
      onClose = listener;
    },
    end() {
      // Ports do not tell when a message is out.
      setTimeout(() => process.exit(0), closed ? 0 : LEAVE_WITHIN_MS / 2);
    },
  };
}
