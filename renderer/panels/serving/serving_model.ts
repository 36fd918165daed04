/** Everything the sections of the Serving view show, gathered from settings, architectures and reports. */
import type { CostReport } from '../../../engine/protocol/cost.ts';
import type { Device } from '../../../engine/protocol/hardware.ts';
import type { AnsweredReport } from '../../state/serving_reports.ts';
import type { Serving } from '../../state/serving_settings.ts';
import type { Served } from '../../state/serving_subjects.ts';

export interface ServedReport extends Served {
  readonly report: CostReport;
}

export interface ServingModel {
  /** What the figures are for; while they are stale, not what the controls say. */
  readonly serving: Serving;
  readonly device: Device | undefined;
  readonly reports: readonly ServedReport[];
  readonly failures: readonly { readonly name: string; readonly id: string; readonly message: string }[];
  readonly stale: boolean;
  /** One device: `GPU`, or `chip` for a TPU. */
  readonly unit: string;
}

export interface SectionProps {
  readonly model: ServingModel;
}

/** Undefined until anything was answered. */
export function servingModel(served: readonly Served[], shown: readonly AnsweredReport[], stale: boolean, devices: readonly Device[]): ServingModel | undefined {
  const [first] = shown;
  if (first === undefined) return undefined;
  const { deployment, traffic } = first.request;
  const device = devices.find(({ id }) => id === deployment.device);
  const known = shown.flatMap(({ id, outcome }) => served.filter((candidate) => candidate.id === id).map((who) => ({ ...who, outcome })));
  return {
    serving: { deployment, traffic },
    device,
    reports: known.flatMap(({ outcome, ...who }) => (outcome.kind === 'report' ? [{ ...who, report: outcome.report }] : [])),
    failures: known.flatMap(({ outcome, id, name }) => (outcome.kind === 'failed' ? [{ id, name, message: withHint(outcome.error) }] : [])),
    stale,
    unit: device?.kind === 'tpu' ? 'chip' : 'GPU',
  };
}

function withHint({ message, hint }: { readonly message: string; readonly hint?: string | undefined }): string {
  return hint === undefined ? message : `${message} ${hint}`;
}

/** The architecture that sections about one show. */
export function selectedReport<T extends { readonly id: string }>(reports: readonly T[], selected: string): T | undefined {
  return reports.find(({ id }) => id === selected) ?? reports[0];
}

/** Figures that are not backed by measured kernels of this very device and format look different. */
export function isEstimate({ provenance }: Pick<CostReport, 'provenance'>): boolean {
  return provenance.kind === 'estimated' || provenance.kind === 'transferred';
}
