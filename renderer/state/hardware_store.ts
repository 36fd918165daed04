/** Devices, calibrations and models that recipes can name: the product's tables and what the project adds to them. */
import { createStore } from 'zustand/vanilla';
import type { EngineClient } from '../../engine/protocol/client.ts';
import type { Calibration, Device } from '../../engine/protocol/hardware.ts';
import type { ParentModel } from '../../engine/protocol/variant.ts';

export interface HardwareState {
  /** False until the engine sent them. */
  readonly loaded: boolean;
  /** One per id: an added device stands in the place of the built-in one whose id it has. */
  readonly devices: readonly Device[];
  /** Ids of built-in devices that an added one stands for. */
  readonly replaced: readonly string[];
  readonly calibrations: readonly Calibration[];
  /** Parents that come with the product, and those of the project. */
  readonly presets: readonly ParentModel[];
  readonly models: readonly ParentModel[];
}

export const hardwareStore = createStore<HardwareState>(() => ({ loaded: false, devices: [], replaced: [], calibrations: [], presets: [], models: [] }));

/** Asks the engine for all of them. */
export async function refreshHardware(client: EngineClient): Promise<void> {
  const [{ devices, calibrations }, { models }, { parents }] = await Promise.all([
    client.call('hardware.list', {}),
    client.call('model.list', {}),
    client.call('architecture.references', {}),
  ]);
  const added = new Set(devices.filter(({ origin }) => origin === 'user').map(({ id }) => id));
  hardwareStore.setState({
    loaded: true,
    devices: [...new Map(devices.map((device) => [device.id, device])).values()],
    replaced: devices.filter(({ id, origin }) => origin === 'built-in' && added.has(id)).map(({ id }) => id),
    calibrations: [...new Map(calibrations.map((calibration) => [calibration.id, calibration])).values()],
    presets: parents,
    models,
  });
}

export function deviceById(id: string): Device | undefined {
  return hardwareStore.getState().devices.find((device) => device.id === id);
}

/** Share of a device's memory for weights and KV cache; the rest is for activations, work space and the driver. */
const USABLE = 0.9;

/** What a child may take on one device, MiB; undefined for an unknown device. */
export function usableMemoryMib(deviceId: string): number | undefined {
  const device = deviceById(deviceId);
  return device === undefined ? undefined : Math.floor((USABLE * device.memory_bytes) / 2 ** 20 / 100) * 100;
}

/** The calibration that a device is computed with unless another is named: its own newest one. */
export function ownCalibration(deviceId: string): Calibration | undefined {
  return hardwareStore.getState().calibrations.findLast(({ device }) => device === deviceId);
}
