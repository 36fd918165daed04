/** The strip over batch: neighbouring batches with the same layout as one stair, for FFN and attention apart. */
import type { AttentionLayout, FfnLayout, PlanPoint } from '../../../engine/protocol/plan.ts';

export interface Stair<T> {
  /** Undefined where no layout fits. */
  readonly layout: T | undefined;
  /** Places in the list of batches, both included. */
  readonly first: number;
  readonly last: number;
  readonly firstBatch: number;
  readonly lastBatch: number;
}

export interface Stairs {
  readonly ffn: readonly Stair<FfnLayout>[];
  readonly attention: readonly Stair<AttentionLayout>[];
}

/** `points` are of one phase, by batch. */
export function stairsOf(points: readonly PlanPoint[]): Stairs {
  return {
    ffn: runs(points, ({ winner }) => winner?.layout.ffn),
    attention: runs(points, ({ winner }) => winner?.layout.attention),
  };
}

function runs<T>(points: readonly PlanPoint[], of: (point: PlanPoint) => T | undefined): readonly Stair<T>[] {
  const stairs: Stair<T>[] = [];
  points.forEach((point, place) => {
    const layout = of(point);
    const before = stairs.at(-1);
    if (before !== undefined && before.layout === layout) stairs[stairs.length - 1] = { ...before, last: place, lastBatch: point.batch };
    else stairs.push({ layout, first: place, last: place, firstBatch: point.batch, lastBatch: point.batch });
  });
  return stairs;
}
