/** Changing what the project adds to the hardware tables. What was computed from them is computed anew. */
import type { Calibration, Device } from '../../engine/protocol/hardware.ts';
import type { RpcClient } from '../../engine/protocol/client.ts';
import { isRecipeId } from '../../engine/protocol/recipe.ts';
import { track } from './activity.ts';
import { evaluationStore } from './derived_evaluations.ts';
import { engineClient } from './engine_store.ts';
import { refreshHardware } from './hardware_store.ts';
import { recomputeLibraries } from './library_opener.ts';
import { notify, notifyError } from './notice_store.ts';

/** @returns whether it was kept. */
export function saveDevice(device: Device): Promise<boolean> {
  return change('The device could not be kept', `Kept ${device.name}`, (client) => client.call('hardware.save_device', { device }));
}

/** @returns whether it was kept. */
export function saveCalibration(calibration: Calibration): Promise<boolean> {
  return change('The calibration could not be kept', `Kept ${calibration.name}`, (client) => client.call('hardware.save_calibration', { calibration }));
}

/** Removes what the project added; built-in entries stay. */
export function removeHardware(kind: 'device' | 'calibration', id: string, name: string): Promise<boolean> {
  return change(`The ${kind} could not be removed`, `Removed ${name}`, (client) => client.call('hardware.remove', { kind, id }));
}

async function change(problem: string, done: string, work: (client: RpcClient) => Promise<unknown>): Promise<boolean> {
  const client = engineClient();
  if (client === undefined) {
    notify({ kind: 'warning', title: problem, text: 'The engine is not running yet; try again in a moment.' });
    return false;
  }
  try {
    await track(work(client));
    await track(refreshHardware(client));
  } catch (error) {
    notifyError(problem, error);
    return false;
  }
  notify({ kind: 'success', title: done });
  const known = evaluationStore.getState();
  evaluationStore.setState(Object.fromEntries(Object.entries(known).filter(([key]) => !isRecipeId(key))), true);
  try {
    await recomputeLibraries();
  } catch (error) {
    notifyError('The open library could not be computed again', error);
  }
  return true;
}
