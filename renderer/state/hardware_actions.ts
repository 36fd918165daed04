/** Changing what the project adds to the hardware tables. What was computed from them is computed anew. */
import { toErrorPayload, type ErrorPayload } from '../../engine/protocol/errors.ts';
import type { Calibration, Device } from '../../engine/protocol/hardware.ts';
import type { RpcClient } from '../../engine/protocol/client.ts';
import { isRecipeId } from '../../engine/protocol/recipe.ts';
import { track } from './activity.ts';
import { evaluationStore } from './derived_evaluations.ts';
import { engineClient } from './engine_store.ts';
import { refreshHardware } from './hardware_store.ts';
import { recomputeLibraries } from './library_opener.ts';
import { notifyError } from './notice_store.ts';

/** @returns why it was not kept. */
export function saveDevice(device: Device): Promise<ErrorPayload | undefined> {
  return change((client) => client.call('hardware.save_device', { device }));
}

/** @returns why it was not kept. */
export function saveCalibration(calibration: Calibration): Promise<ErrorPayload | undefined> {
  return change((client) => client.call('hardware.save_calibration', { calibration }));
}

/** Removes what the project added; built-in entries stay. @returns why it was not removed. */
export function removeHardware(kind: 'device' | 'calibration', id: string): Promise<ErrorPayload | undefined> {
  return change((client) => client.call('hardware.remove', { kind, id }));
}

async function change(work: (client: RpcClient) => Promise<unknown>): Promise<ErrorPayload | undefined> {
  const client = engineClient();
  if (client === undefined) return { code: 'engine_gone', message: 'The engine is not running yet; try again in a moment.', retryable: true };
  try {
    await track(work(client));
    await track(refreshHardware(client));
  } catch (error) {
    return toErrorPayload(error);
  }
  const known = evaluationStore.getState();
  evaluationStore.setState(Object.fromEntries(Object.entries(known).filter(([key]) => !isRecipeId(key))), true);
  try {
    await recomputeLibraries();
  } catch (error) {
    notifyError('The open library could not be computed again', error);
  }
  return undefined;
}
