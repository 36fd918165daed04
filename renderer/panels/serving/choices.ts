/** What the controls offer: devices by kind, calibrations by device, and number formats by use. */
import { FORMATS, type Calibration, type Device, type Format } from '../../../engine/protocol/hardware.ts';
import type { Deployment } from '../../../engine/protocol/cost.ts';
import type { OptionGroup } from './control.tsx';
import { deviceName } from './figures.ts';

export const AUTO = 'auto';

/** A device that a document names and nobody knows stays choosable, so that its error can be read and mended. */
export function deviceGroups(devices: readonly Device[], chosen: string): readonly OptionGroup[] {
  const of = (title: string, wanted: (device: Device) => boolean): OptionGroup => ({
    title,
    options: devices.filter(wanted).map(({ id, name }) => ({ value: id, label: deviceName(name) })),
  });
  return [
    of('GPUs', ({ kind, origin }) => kind === 'gpu' && origin !== 'user'),
    of('TPUs', ({ kind, origin }) => kind === 'tpu' && origin !== 'user'),
    of('Yours', ({ origin }) => origin === 'user'),
    ...(devices.some(({ id }) => id === chosen) ? [] : [{ title: 'Unknown', options: [{ value: chosen, label: chosen }] }]),
  ].filter(({ options }) => options.length > 0);
}

export function calibrationGroups(calibrations: readonly Calibration[], { device, calibration }: Pick<Deployment, 'device' | 'calibration'>): readonly OptionGroup[] {
  const options = (wanted: (candidate: Calibration) => boolean): OptionGroup['options'] => calibrations.filter(wanted).map(({ id, name }) => ({ value: id, label: name }));
  const unknown = calibration !== undefined && !calibrations.some(({ id }) => id === calibration);
  return [
    { title: undefined, options: [{ value: AUTO, label: 'Auto: best for the device' }] },
    { title: 'Of this device', options: options((candidate) => candidate.device === device) },
    { title: 'Carried over from another', options: options((candidate) => candidate.device !== device) },
    { title: 'Unknown', options: unknown ? [{ value: calibration, label: calibration }] : [] },
  ].filter(({ options: all }) => all.length > 0);
}

/** `int4` is a format of weights alone. */
export function formatGroups(use: 'weights' | 'activations' | 'kv'): readonly OptionGroup[] {
  const formats: readonly Format[] = use === 'weights' ? FORMATS : FORMATS.filter((format) => format !== 'int4');
  return [{ title: undefined, options: formats.map((format) => ({ value: format, label: format })) }];
}

/** Ways to share layers; heads divide by powers of two. */
export function tensorGroups(chosen: number): readonly OptionGroup[] {
  const usual = [1, 2, 4, 8, 16, 32];
  const all = usual.includes(chosen) ? usual : [...usual, chosen].toSorted((a, b) => a - b);
  return [{ title: undefined, options: all.map((tp) => ({ value: String(tp), label: String(tp) })) }];
}
