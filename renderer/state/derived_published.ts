/**
 * Published models on the plane of Figure 1 of NVIDIA's Nemotron-51B article: combined accuracy over throughput.
 */
import type { Published } from '../../engine/protocol/api.ts';

type Model = Published['models'][number];

export interface PublishedPoint {
  readonly model: Model;
  readonly name: string;
  readonly throughput: number | undefined;
  readonly score: number;
  readonly efficient: boolean;
}

/** (10 x MT-Bench + MMLU) / 2: MT-Bench runs to 10 and MMLU to 100, so that both weigh the same. */
export function combinedAccuracy(mtBench: number, mmlu: number): number {
  return (10 * mtBench + mmlu) / 2;
}

/** Every model once: with its throughput under `measurement` where that was published, fastest last. */
export function publishedPoints(published: Published, measurement: string): readonly PublishedPoint[] {
  const byName = new Map<string, Model>();
  for (const model of published.models) {
    const known = byName.get(model.name);
    if (known === undefined || model.throughput?.measurement === measurement) byName.set(model.name, model);
  }
  const points = [...byName.values()].map((model) => ({
    model,
    name: model.name,
    throughput: model.throughput?.measurement === measurement ? model.throughput.value : undefined,
    score: combinedAccuracy(model.mt_bench.value, model.mmlu.value),
  }));
  return points
    .map((point) => ({ ...point, efficient: point.throughput !== undefined && !points.some((other) => dominates(other, point)) }))
    .sort((a, b) => (a.throughput ?? Infinity) - (b.throughput ?? Infinity) || b.score - a.score);
}

interface Place {
  readonly throughput: number | undefined;
  readonly score: number;
}

function dominates(a: Place, b: Place): boolean {
  if (a.throughput === undefined || b.throughput === undefined) return false;
  return a.throughput >= b.throughput && a.score >= b.score && (a.throughput > b.throughput || a.score > b.score);
}
