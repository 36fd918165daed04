/** What the calls of `protocol/hardware_api.ts` do. */
import { createHash } from 'node:crypto';
import type { Worker, WorkerOptions } from 'node:worker_threads';
import { builtInDevices } from '../hardware/devices.ts';
import { calibrationFromStats, statsIn } from '../library/stats_calibration.ts';
import { fitInWorker } from '../hardware/fit/fit_in_worker.ts';
import type { ImportSource } from '../protocol/sources.ts';
import type { Handlers } from './rpc_server.ts';
import type { Rack } from './rack.ts';
import { readModelFile } from './architecture_files.ts';
import { WorkbenchError } from '../protocol/errors.ts';
import type { HardwareStore } from '../workspace/hardware_store.ts';
import { parentFromForm } from '../architecture/parent.ts';
import { parentModel } from '../architecture/presets.ts';
import type { hardwareCalls } from '../protocol/hardware_api.ts';

/** `changed` is told whenever devices, calibrations or models did. */
export function hardwareHandlers(rack: Rack, changed: () => void): Pick<Handlers['calls'], keyof typeof hardwareCalls> {
  return {
    'hardware.list': () => ({ devices: [...rack.hardware().devices], calibrations: [...rack.hardware().calibrations] }),
    'hardware.save_device': async ({ device }) => {
      if (builtInDevices().some(({ id }) => id === device.id)) {
        throw new WorkbenchError('bad_input', `"${device.id}" is a device of the product, whose figures others rely on.`, { hint: 'Give yours an id of its own.' });
      }
      await storeOf(rack).saveDevice(device);
      changed();
      return {};
    },
    'hardware.save_calibration': async ({ calibration }) => {
      await storeOf(rack).saveCalibration(calibration);
      changed();
      return {};
    },
    'hardware.remove': async ({ kind, id }) => {
      await storeOf(rack).remove(kind, id);
      changed();
      return {};
    },
    'model.list': () => ({ models: [...(rack.store?.models ?? [])] }),
    'model.read': ({ file }) => readModelFile(file),
    'model.from_form': ({ form }) => ({ parent: parentFromForm(form) }),
    'model.save': async ({ parent }) => {
      // Two files may have one name: the shape is part of the id. A preset's own id stays with it.
      const digest = createHash('sha256').update(JSON.stringify(parent.shape) + parent.num_hidden_layers + parent.intermediate_size + parent.num_key_value_heads);
      const name = parent.name.toLowerCase().replaceAll(/[^a-z0-9.]+/g, '-').replaceAll(/^[-.]+|[-.]+$/g, '') || 'model';
      const id = `${name.slice(0, 60)}-${digest.digest('hex').slice(0, 6)}`;
      if (parentModel(parent.id) !== undefined && JSON.stringify(parentModel(parent.id)) === JSON.stringify(parent)) return { id: parent.id };
      await storeOf(rack).saveModel({ ...parent, id });
      changed();
      return { id };
    },
  };
}

function storeOf(rack: Rack): HardwareStore {
  if (rack.store !== undefined) return rack.store;
  throw new WorkbenchError('internal', 'There is no project to keep this in.');
}

export interface FitOptions {
  readonly createWorker: (options: WorkerOptions) => Worker;
  /** The path of a file that the user picked, or undefined where the handle is not known. */
  readonly pathOf: (source: Exclude<ImportSource, { kind: 'upload' }>) => string | undefined;
}

/** The stream `calibration.fit`: runs in a worker, which ends with the subscription. */
export function fitHandler(rack: Rack, { createWorker, pathOf }: FitOptions): Handlers['streams']['calibration.fit'] {
  return ({ source, device, name }, { emit, end, fail }) => {
    emit({ kind: 'started' });
    const controller = new AbortController();
    const run = async (): Promise<void> => {
      const path = source.kind === 'upload' ? undefined : pathOf(source);
      if (source.kind !== 'upload' && path === undefined) {
        throw new WorkbenchError('not_found', 'That file is no longer known.', { hint: 'Pick it again.' });
      }
      const { devices, calibrations } = rack.hardware();
      const stats = source.kind === 'upload' ? statsIn(source.files) : undefined;
      if (stats !== undefined) {
        const made = calibrationFromStats(stats, rack.hardware(), { device, name });
        emit({ kind: 'finished', calibration: made.calibration, errors: [...made.errors], residuals: [...made.residuals], notes: [...made.notes] });
        end();
        return;
      }
      const fitted = await fitInWorker({
        createWorker,
        task: { source: source.kind === 'upload' ? { files: source.files } : { paths: path === undefined ? [] : [path] }, device, name, devices, calibrations },
        onProgress: ({ stage, done, total }) => emit({ kind: 'progress', stage, done, total }),
        signal: controller.signal,
      });
      emit({ kind: 'finished', calibration: fitted.calibration, errors: [...fitted.errors], residuals: [...fitted.residuals], notes: fitted.notes.map(({ severity, text }) => ({ severity: severity === 'info' ? 'note' : severity, text })) });
      end();
    };
    run().catch(fail);
    return () => controller.abort();
  };
}
