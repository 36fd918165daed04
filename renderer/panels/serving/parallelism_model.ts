/** Tensor by pipeline parallelism: which pairs are compared, and which of them gives most per device. */
import type { CostSubject } from '../../../engine/protocol/cost_api.ts';
import type { CostReport } from '../../../engine/protocol/cost.ts';
import type { AnsweredReport, WantedReport } from '../../state/serving_reports.ts';
import type { Serving } from '../../state/serving_settings.ts';

const TENSOR = [1, 2, 4, 8] as const;
const PIPELINE = [1, 2, 4] as const;

export interface Pair {
  readonly tp: number;
  readonly pp: number;
}

export interface PairCell extends Pair {
  readonly report: CostReport | undefined;
  /** Why there is no figure. */
  readonly problem: string | undefined;
}

/** The usual ones and the present one. */
export function comparedPairs({ tp, pp }: Pair): { readonly tensor: readonly number[]; readonly pipeline: readonly number[] } {
  return { tensor: withOne(TENSOR, tp), pipeline: withOne(PIPELINE, pp) };
}

function withOne(usual: readonly number[], own: number): readonly number[] {
  return usual.includes(own) ? usual : [...usual, own].toSorted((a, b) => a - b);
}

export function pairId({ tp, pp }: Pair): string {
  return `tp${tp} pp${pp}`;
}

export function wantedPairs(subject: CostSubject, { deployment, traffic }: Serving): readonly WantedReport[] {
  const { tensor, pipeline } = comparedPairs(deployment);
  return tensor.flatMap((tp) => pipeline.map((pp) => ({ id: pairId({ tp, pp }), request: { subject, deployment: { ...deployment, tp, pp }, traffic } })));
}

export function pairCells(shown: readonly AnsweredReport[]): readonly PairCell[] {
  return shown.map(({ request: { deployment }, outcome }) => {
    const { tp, pp } = deployment;
    if (outcome.kind === 'failed') return { tp, pp, report: undefined, problem: outcome.error.message };
    const { report } = outcome;
    const fits = report.output_tok_s_per_gpu > 0 && report.batch <= report.max_batch;
    return fits ? { tp, pp, report, problem: undefined } : { tp, pp, report: undefined, problem: 'does not fit' };
  });
}

/** The most throughput per device; the fewest devices of equals. */
export function bestPair(cells: readonly PairCell[]): PairCell | undefined {
  return cells
    .filter(({ report }) => report !== undefined)
    .toSorted((a, b) => (b.report?.output_tok_s_per_gpu ?? 0) - (a.report?.output_tok_s_per_gpu ?? 0) || a.tp * a.pp - b.tp * b.pp)[0];
}

/** How much longer the slowest stage takes than the mean: devices wait for the difference. */
export function imbalance(stages: CostReport['stages']): number {
  const times = stages.map((stage) => stage.step_ms);
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  return mean > 0 ? Math.max(...times) / mean : 1;
}
