/**
 * Trainer processes of an engine that is itself a utility process of Electron's, where only the main process can start one:
 * asks it to, and talks to the trainer over a port that it hands back.
 */
import type { EngineToHost, HostToEngine } from '../../protocol/host_bridge.ts';
import type { TrainerProcess } from '../../jobs/trainer.ts';
import type { ToTrainer } from '../../jobs/trainer_messages.ts';
import type { PortLike, PortMessage } from '../parent_port.ts';

export class HostedTrainers {
  readonly #host: Pick<PortLike, 'postMessage' | 'on' | 'off'>;
  readonly #trainers = new Map<string, HostedTrainer>();
  #next = 1;
  readonly #listen = ({ data, ports }: PortMessage): void => this.#heard(data as HostToEngine, ports[0]);

  constructor(host: Pick<PortLike, 'postMessage' | 'on' | 'off'>) {
    this.#host = host;
  }

  create(): TrainerProcess {
    const trainerId = `trainer-${this.#next++}`;
    const trainer = new HostedTrainer(() => this.#ask({ type: 'kill-trainer', trainerId }));
    // Listening keeps a process from ending by itself, so it lasts as long as there is somebody to hear of.
    if (this.#trainers.size === 0) this.#host.on('message', this.#listen);
    this.#trainers.set(trainerId, trainer);
    this.#ask({ type: 'fork-trainer', trainerId });
    return trainer;
  }

  #ask(message: EngineToHost): void {
    this.#host.postMessage(message);
  }

  #heard(message: HostToEngine, port: PortLike | undefined): void {
    if (message.type === 'trainer') {
      if (port === undefined) return;
      const trainer = this.#trainers.get(message.trainerId);
      if (trainer === undefined) port.close();
      else trainer.connect(port);
    } else if (message.type === 'trainer-gone') {
      const trainer = this.#trainers.get(message.trainerId);
      this.#trainers.delete(message.trainerId);
      if (this.#trainers.size === 0) this.#host.off('message', this.#listen);
      trainer?.gone(message.how);
    }
  }
}

class HostedTrainer implements TrainerProcess {
  readonly #kill: () => void;
  #port: PortLike | undefined;
  #unsent: ToTrainer[] = [];
  #onMessage: (message: unknown) => void = () => undefined;
  #onExit: (how: string) => void = () => undefined;

  constructor(kill: () => void) {
    this.#kill = kill;
  }

  post(message: ToTrainer): void {
    if (this.#port === undefined) this.#unsent.push(message);
    else this.#port.postMessage(message);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#onMessage = listener;
  }

  onExit(listener: (how: string) => void): void {
    this.#onExit = listener;
  }

  kill(): void {
    this.#kill();
  }

  connect(port: PortLike): void {
    this.#port = port;
    port.on('message', ({ data }) => this.#onMessage(data));
    port.start();
    for (const message of this.#unsent) port.postMessage(message);
    this.#unsent = [];
  }

  gone(how: string): void {
    this.#port?.close();
    this.#onExit(how);
  }
}
