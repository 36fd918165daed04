/** What the Serving view is about: hardware, number formats, parallelism and traffic, kept in the document. */
import { deploymentSchema, type CostTraffic, type Deployment } from '../../engine/protocol/cost.ts';
import { formatSchema, type Calibration, type Device, type Format } from '../../engine/protocol/hardware.ts';
import type { LibraryView } from '../../engine/protocol/library.ts';
import type { ProjectDocument } from '../../engine/protocol/workspace.ts';
import { changeDocument } from './document_store.ts';

export type Serving = NonNullable<ProjectDocument['serving']>;

const FALLBACK = { device: 'h100-sxm', format: 'fp8', isl: 128, osl: 1024 } as const;

/** As the library was measured first; what it does not say, or says in words that are not known here, falls back. */
export function defaultServing(view: LibraryView, devices: readonly Pick<Device, 'id'>[]): Serving {
  const measurement = view.header.measurements[0];
  const { isl, osl } = measurement ?? {};
  const split = isl !== undefined && osl !== undefined && Number.isInteger(isl) && Number.isInteger(osl) && osl > 0;
  return {
    deployment: deploymentSchema.parse({
      device: devices.find(({ id }) => id === measurement?.device)?.id ?? FALLBACK.device,
      weights: formatOf(measurement?.dtypes.weights),
      activations: formatOf(measurement?.dtypes.activations),
      kv: formatOf(measurement?.dtypes.kv),
      tp: measurement?.tp ?? 1,
    }),
    traffic: split ? { isl, osl } : { isl: FALLBACK.isl, osl: FALLBACK.osl },
  };
}

function formatOf(name: string | undefined): Format {
  const known = formatSchema.safeParse(name?.toLowerCase());
  return known.success ? known.data : FALLBACK.format;
}

export function changeDeployment(label: string, serving: Serving, change: Partial<Deployment>, gesture?: string): void {
  setServing(label, { ...serving, deployment: { ...serving.deployment, ...change } }, gesture);
}

export function changeTraffic(label: string, serving: Serving, change: Partial<CostTraffic>, gesture?: string): void {
  setServing(label, { ...serving, traffic: { ...serving.traffic, ...change } }, gesture);
}

/** Undefined goes back to the library's own circumstances. */
export function setServing(label: string, serving: Serving | undefined, gesture?: string): void {
  changeDocument(label, (document) => ({ ...document, serving }), gesture);
}

/** A calibration measured on another device is a choice for that one device: another device starts with its best. */
export function withDevice(serving: Serving, device: string): Serving {
  return { ...serving, deployment: { ...serving.deployment, device, calibration: undefined } };
}

/** Whether the constants in use are the device's own, so that its attention kernel's habits are known. */
export function usesOwnCalibration({ device, calibration }: Pick<Deployment, 'device' | 'calibration'>, calibrations: readonly Pick<Calibration, 'id' | 'device'>[]): boolean {
  return calibrations.some((candidate) => candidate.device === device && (calibration === undefined || candidate.id === calibration));
}
