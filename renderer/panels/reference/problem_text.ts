/** A reference problem and its answer in words. */
import type { ReferenceAnswer, ReferenceProblem } from '../../../engine/protocol/reference.ts';
import { formatPercent } from '../../state/format.ts';
import { WORKLOAD_MEASURES } from '../../state/derived_workloads.ts';

/** One text per side of each limit, such as `generated ≥ 5,372 tok/s`. */
export function limitTexts({ workload }: Pick<ReferenceProblem, 'workload'>): readonly string[] {
  return workload.limits.flatMap(({ column, min, max }) => {
    const { label, unit } = WORKLOAD_MEASURES[column];
    const text = (value: number): string => (unit === 'MiB' ? `${decimal((value * 2 ** 20) / 1e9)} GB` : `${decimal(value)}${unit === 'tokens' ? '' : ` ${unit}`}`);
    return [...(min === undefined ? [] : [`${label} ≥ ${text(min)}`]), ...(max === undefined ? [] : [`${label} ≤ ${text(max)}`])];
  });
}

function decimal(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: value < 1000 ? 4 : 6, maximumFractionDigits: 0, roundingPriority: 'lessPrecision' });
}

export interface Proof {
  readonly tone: 'ok' | 'warning' | 'danger';
  readonly text: string;
  readonly details: string;
}

export function proofText({ status, gap, solve_ms: ms }: Pick<ReferenceAnswer, 'status' | 'gap' | 'solve_ms'>): Proof {
  const time = ms < 1000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`;
  switch (status) {
    case 'optimal':
      return { tone: 'ok', text: `Proven optimal · ${time}`, details: 'Gap 0: no child within the limits has a lower estimated KL.' };
    case 'feasible': {
      const percent = gap >= 1e-4 ? formatPercent(gap, 2) : `${Number((100 * gap).toPrecision(1))} %`;
      return { tone: 'warning', text: `Within ${percent} · ${time}`, details: `No child within the limits is better by more than ${percent}.` };
    }
    case 'infeasible':
      return { tone: 'danger', text: 'Nothing fits', details: 'No child meets all limits on the device as it is described now.' };
    case 'cancelled':
      return { tone: 'warning', text: 'Not solved', details: 'The search was stopped before it found a child.' };
    default:
      return status satisfies never;
  }
}
