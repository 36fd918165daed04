/** Starts a trainer process in whatever way this host can: Electron's main process does it for a utility process. */
import type { TrainerProcess } from '../../jobs/trainer.ts';
import { parentPort } from '../parent_port.ts';
import { forkTrainer } from './fork_trainer.ts';
import { HostedTrainers } from './hosted_trainers.ts';

let hosted: HostedTrainers | undefined;

export function createTrainer(): TrainerProcess {
  const host = parentPort();
  if (host === undefined) return forkTrainer();
  hosted ??= new HostedTrainers(host);
  return hosted.create();
}
