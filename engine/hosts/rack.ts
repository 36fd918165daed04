/** Devices, calibrations and parents that a session can use: the product's own and those of its project. */
import { builtInCalibrations, type Hardware } from '../hardware/calibrations.ts';
import { builtInDevices } from '../hardware/devices.ts';
import { parentArchitecture, parentModel, parents, presetArchitecture, referenceArchitectures } from '../architecture/presets.ts';
import { WorkbenchError } from '../protocol/errors.ts';
import type { Architecture, ParentModel } from '../protocol/variant.ts';
import type { HardwareStore } from '../workspace/hardware_store.ts';

export class Rack {
  readonly store: HardwareStore | undefined;
  readonly #models: readonly ParentModel[];

  /** Without a store: the product's own tables, as on the command line, and the parents given. */
  constructor(store?: HardwareStore, models: readonly ParentModel[] = []) {
    this.store = store;
    this.#models = models;
  }

  /** Parents beside the presets. */
  get models(): readonly ParentModel[] {
    return [...this.#models, ...(this.store?.models ?? [])];
  }

  /** Later entries of an id go before earlier ones. */
  hardware(): Hardware {
    return {
      devices: [...builtInDevices(), ...(this.store?.devices ?? [])],
      calibrations: [...builtInCalibrations(), ...(this.store?.calibrations ?? [])],
    };
  }

  parent(id: string): ParentModel | undefined {
    return this.models.find((model) => model.id === id) ?? parentModel(id);
  }

  parentIds(): readonly string[] {
    return [...parents(), ...this.models].map(({ id }) => id);
  }

  /** @throws WorkbenchError `not_found` with the ids there are. */
  architecture(id: string): Architecture {
    const parent = this.parent(id);
    const found = parent === undefined ? presetArchitecture(id) : parentArchitecture(parent);
    if (found !== undefined) return found;
    const known = [...this.parentIds(), ...referenceArchitectures().map((model) => model.id)];
    throw new WorkbenchError('not_found', `There is no model "${id}".`, { hint: `Known models: ${known.join(', ')}.` });
  }
}
