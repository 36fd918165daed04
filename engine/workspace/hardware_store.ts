/**
 * What a project adds to the product's tables: devices and calibrations in `hardware.json`, parents in
 * `models/<id>.json`. A file that cannot be read is left where it is and reported, never overwritten.
 */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { WorkbenchError } from '../protocol/errors.ts';
import { hardwareFileSchema, type Calibration, type Device, type HardwareFile } from '../protocol/hardware.ts';
import { parentModelSchema, type ParentModel } from '../protocol/variant.ts';
import { writeFileAtomic } from './atomic_write.ts';

const HARDWARE_FILE = 'hardware.json';
const MODELS = 'models';
const NOTHING: HardwareFile = { format: 'puzzle-workbench/hardware', version: 1, devices: [], calibrations: [] };

export interface HardwareStoreOptions {
  readonly folder: string;
  readonly writable: boolean;
}

export class HardwareStore {
  readonly #options: HardwareStoreOptions;
  #file: HardwareFile = NOTHING;
  readonly #models = new Map<string, ParentModel>();
  /** What could not be read, and so must not be written over. */
  #damaged: string | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(options: HardwareStoreOptions) {
    this.#options = options;
  }

  static async open(options: HardwareStoreOptions): Promise<HardwareStore> {
    const store = new HardwareStore(options);
    const file = path.join(options.folder, HARDWARE_FILE);
    try {
      const text = await textOf(file);
      if (text !== undefined) store.#file = hardwareFileSchema.parse(JSON.parse(text));
    } catch (error) {
      store.#damaged = `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    }
    await store.#readModels();
    return store;
  }

  get devices(): readonly Device[] {
    return this.#file.devices;
  }

  get calibrations(): readonly Calibration[] {
    return this.#file.calibrations;
  }

  get models(): readonly ParentModel[] {
    return [...this.#models.values()];
  }

  /** A problem met while reading, for the user to see. */
  get damaged(): string | undefined {
    return this.#damaged;
  }

  /** Adds a device, or replaces the user's own one of the same id. */
  saveDevice(device: Device): Promise<void> {
    return this.#write((file) => ({ ...file, devices: [...file.devices.filter(({ id }) => id !== device.id), { ...device, origin: 'user' }] }));
  }

  saveCalibration(calibration: Calibration): Promise<void> {
    return this.#write((file) => ({ ...file, calibrations: [...file.calibrations.filter(({ id }) => id !== calibration.id), { ...calibration, origin: 'user' }] }));
  }

  remove(kind: 'device' | 'calibration', id: string): Promise<void> {
    return this.#write((file) => ({
      ...file,
      devices: file.devices.filter((device) => kind !== 'device' || device.id !== id),
      calibrations: file.calibrations.filter((calibration) => kind !== 'calibration' || calibration.id !== id),
    }));
  }

  async saveModel(parent: ParentModel): Promise<void> {
    this.#models.set(parent.id, parent);
    // Where the project can only be read, the model lives as long as the process.
    if (!this.#options.writable) return;
    await mkdir(path.join(this.#options.folder, MODELS), { recursive: true });
    await writeFileAtomic(path.join(this.#options.folder, MODELS, `${parent.id}.json`), `${JSON.stringify(parent, undefined, 1)}\n`);
  }

  /** One change after the other, each of what the one before left. */
  async #write(change: (file: HardwareFile) => HardwareFile): Promise<void> {
    if (this.#damaged !== undefined) {
      throw new WorkbenchError('io', `${this.#damaged}.`, { hint: 'Put it right or move it away, then open the project again; nothing was changed.' });
    }
    const write = this.#writing.then(async () => {
      const changed = hardwareFileSchema.parse(change(this.#file));
      if (this.#options.writable) await writeFileAtomic(path.join(this.#options.folder, HARDWARE_FILE), `${JSON.stringify(changed, undefined, 1)}\n`);
      this.#file = changed;
    });
    this.#writing = write.catch(() => undefined);
    await write;
  }

  async #readModels(): Promise<void> {
    const folder = path.join(this.#options.folder, MODELS);
    let names: string[] = [];
    try {
      names = await readdir(folder);
    } catch {
      return;
    }
    for (const name of names.filter((candidate) => candidate.endsWith('.json')).sort()) {
      const text = await textOf(path.join(folder, name));
      try {
        const parent = parentModelSchema.parse(JSON.parse(text ?? ''));
        this.#models.set(parent.id, parent);
      } catch (error) {
        this.#damaged ??= `${path.join(folder, name)} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
      }
    }
  }
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
