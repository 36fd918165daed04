/** A phase's points over batch: which of them none other beats in time and cost, and where the layout changes. */
import type { PlanPoint, PlanStair } from '../../protocol/plan.ts';

/** `points` are of one phase. */
export function onFrontier(points: readonly Omit<PlanPoint, 'on_frontier'>[]): PlanPoint[] {
  return points.map((point) => ({ ...point, on_frontier: point.winner !== undefined && !points.some((other) => beats(other, point)) }));
}

function beats({ winner: a }: Pick<PlanPoint, 'winner'>, { winner: b }: Pick<PlanPoint, 'winner'>): boolean {
  if (a === undefined || b === undefined) return false;
  const noWorse = a.step_ms <= b.step_ms && a.chip_seconds_per_token <= b.chip_seconds_per_token;
  return noWorse && (a.step_ms < b.step_ms || a.chip_seconds_per_token < b.chip_seconds_per_token);
}

/** Runs of batches with the same FFN layout and attention; a batch where nothing fits ends a run. */
export function staircase(points: readonly PlanPoint[]): PlanStair[] {
  const stairs: PlanStair[] = [];
  let open: PlanStair | undefined;
  for (const { phase, batch, winner } of points) {
    if (winner === undefined) {
      open = undefined;
      continue;
    }
    const { ffn, attention } = winner.layout;
    if (open !== undefined && open.phase === phase && open.ffn === ffn && open.attention === attention) {
      open.last_batch = batch;
      continue;
    }
    open = { phase, first_batch: batch, last_batch: batch, ffn, attention };
    stairs.push(open);
  }
  return stairs;
}
