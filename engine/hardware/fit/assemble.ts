/** Fitted constants as a calibration, filled up with what was not measured from the calibration that served so far. */
import {
  calibrationSchema,
  type AllReduceConstants,
  type Calibration,
  type DecodeAttentionConstants,
  type FitError,
  type GemmConstants,
  type GroupPath,
  type PrefillAttentionConstants,
} from '../../protocol/hardware.ts';
import type { MeasurementNote } from '../measurements/kernel_rows.ts';
import type { Measurements } from '../measurements/read_measurements.ts';

/** By format, all-reduce by number of devices. */
export interface FittedConstants {
  readonly gemm: ReadonlyMap<string, GemmConstants>;
  readonly decode: ReadonlyMap<string, DecodeAttentionConstants>;
  readonly prefill: ReadonlyMap<string, PrefillAttentionConstants>;
  readonly allReduce: ReadonlyMap<string, AllReduceConstants>;
  readonly groupPath: GroupPath | undefined;
}

/**
 * @param base what serves the device so far: its own calibration or that of a similar device. Errors of constants that
 * are taken over come along only from the device's own.
 */
export function assemble(
  { source, files }: Measurements,
  name: string | undefined,
  fitted: FittedConstants,
  errors: readonly FitError[],
  base: Calibration | undefined,
  notes: MeasurementNote[],
): Calibration {
  const { device, backend, version } = source;
  const taken: string[] = [];
  const filled = <C>(kind: string, own: ReadonlyMap<string, C>, rest: Readonly<Record<string, C | undefined>> | undefined): Record<string, C> => {
    const missing = Object.entries(rest ?? {}).flatMap(([of, constants]): [string, C][] => (constants === undefined || own.has(of) ? [] : [[of, constants]]));
    if (missing.length > 0) taken.push(`${kind} (${missing.map(([of]) => of).join(', ')})`);
    return Object.fromEntries([...own, ...missing]);
  };
  const gemm = filled('matrix products', fitted.gemm, base?.gemm);
  const decode = filled('decode attention', fitted.decode, base?.decode_attention);
  const prefill = filled('prefill attention', fitted.prefill, base?.prefill_attention);
  const allReduce = filled('all-reduce', fitted.allReduce, base?.all_reduce);
  if (fitted.groupPath === undefined && base?.group_path !== undefined) taken.push('the KV-head cliff');
  if (base?.end_to_end !== undefined) taken.push('end-to-end constants (overhead of a step, memory reserve), which kernel tables do not contain');

  const release = [backend, version].filter((part) => part !== undefined).join(' ');
  const fittedTo = `Fitted to measured kernel times of ${device.name}, ${release} (${files.map(({ path, rows }) => `${path}: ${rows} rows`).join('; ')}).`;
  const takenOver = base === undefined || taken.length === 0 ? '' : ` Taken over from "${base.name}": ${taken.join('; ')}.`;
  if (takenOver !== '') notes.push({ severity: base?.device === device.id ? 'info' : 'warning', text: `Not measured, taken over from "${base?.name ?? ''}": ${taken.join('; ')}.` });
  const known = new Set(errors.map(({ kernel, of }) => `${kernel} ${of}`));
  const kept = base?.device === device.id ? base.errors.filter(({ kernel, of }) => !known.has(`${kernel} ${of}`)) : [];
  return calibrationSchema.parse({
    id: slug(name ?? `${device.id}-${backend}${version === undefined ? '' : `-${version}`}-fitted`),
    name: name ?? `${device.name}, ${release}, fitted`,
    device: device.id,
    backend,
    version,
    origin: 'user',
    provenance: `${fittedTo}${takenOver} Times in seconds, sizes in bytes.`,
    gemm,
    decode_attention: decode,
    prefill_attention: prefill,
    all_reduce: allReduce,
    group_path: fitted.groupPath ?? base?.group_path,
    end_to_end: base?.end_to_end,
    errors: [...errors, ...kept],
  });
}

/** Small letters, digits, `.` and `-`, as ids are written. */
function slug(text: string): string {
  const id = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '');
  return id === '' ? 'fitted' : id;
}
