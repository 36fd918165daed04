/** Which device, serving program and version the rows belong to: one of each, or an error that names them all. */
import { badInput } from '../../protocol/errors.ts';
import type { Device } from '../../protocol/hardware.ts';
import { deviceId } from '../devices.ts';
import type { Collected, KernelTables, Origin } from './kernel_rows.ts';

export interface Source {
  readonly device: Device;
  readonly backend: string;
  readonly version: string | undefined;
}

/**
 * Keeps the rows of `chosen`, or of the one device that all rows name. Rows that name no device belong to any. A chosen
 * device none of the files names takes all rows if they name one other device, with a warning.
 * @throws WorkbenchError `bad_input` for an unknown device, several devices, or several serving programs
 */
export function oneSource(collected: Collected, devices: readonly Device[], chosen: string | undefined): { readonly source: Source; readonly tables: KernelTables } {
  const rows = [...collected.gemm, ...collected.decode, ...collected.prefill, ...collected.allReduce];
  const origins = [...new Set(rows.map(({ origin }) => origin))];
  const named = distinct(origins, ({ device }) => device);
  const file = origins[0]?.file ?? '';
  const wanted = chosen === undefined ? undefined : deviceId(chosen);
  if (wanted === undefined && named.length !== 1) {
    throw badInput(file, 'column device', 'rows of one device', named.length === 0 ? 'no device' : named.join(', '), 'Say which device it is (--device ID).');
  }
  const id = wanted ?? named[0] ?? '';
  const device = devices.find((known) => known.id === id);
  if (device === undefined) {
    throw badInput(file, 'column device', 'a device of the device table', JSON.stringify(id), `Add the device, or choose the one it is (--device ID): ${devices.map((known) => known.id).join(', ')}.`);
  }
  const renamed = !named.includes(id) && named.length === 1 ? named[0] : undefined;
  if (!named.includes(id) && named.length > 1) {
    throw badInput(file, 'column device', `rows of ${id}`, named.join(', '), 'Choose one of these devices, or pick the files of one of them.');
  }
  if (renamed !== undefined) {
    collected.notes.push({ severity: 'warning', text: `The tables name the device ${renamed}; they are taken as measured on ${id}, as chosen.` });
  }
  const kept = (origin: Origin): boolean => origin.device === undefined || origin.device === id || origin.device === renamed;
  const others = named.filter((name) => name !== id && name !== renamed);
  if (others.length > 0) collected.notes.push({ severity: 'info', text: `Rows of ${others.join(', ')} are left out.` });

  const tables: KernelTables = {
    gemm: collected.gemm.filter(({ origin }) => kept(origin)),
    decode: collected.decode.filter(({ origin }) => kept(origin)),
    prefill: collected.prefill.filter(({ origin }) => kept(origin)),
    allReduce: collected.allReduce.filter(({ origin }) => kept(origin)),
  };
  // All-reduce is often a library's own and says so instead of the program it was measured for.
  const timed = [...tables.gemm, ...tables.decode, ...tables.prefill];
  const ofKernels = [...new Set((timed.length > 0 ? timed : tables.allReduce).map(({ origin }) => origin))];
  const backends = distinct(ofKernels, ({ backend }) => backend);
  if (backends.length > 1) {
    throw badInput(file, 'column framework', 'timings of one serving program', backends.join(', '), 'Pick the tables of one of them.');
  }
  const versions = distinct(ofKernels, ({ version }) => version);
  if (versions.length > 1) {
    collected.notes.push({ severity: 'warning', text: `The tables mix versions (${versions.join(', ')}); where a kernel was measured in several, their median is taken.` });
  }
  return { source: { device, backend: backends[0] ?? 'own', version: versions.length === 1 ? versions[0] : undefined }, tables };
}

function distinct(origins: readonly Origin[], of: (origin: Origin) => string | undefined): string[] {
  return [...new Set(origins.map(of).filter((value) => value !== undefined))].sort();
}
