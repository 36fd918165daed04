/** A published figure and ours, put side by side. */
import type { PublishedRow } from '../../protocol/published_tables.ts';
import type { Prediction } from './prediction.ts';

export interface PublishedSide {
  readonly id: string;
  readonly label: string;
  readonly facts: readonly (string | number)[] | undefined;
  readonly published: number | undefined;
  readonly published_reason?: string;
  readonly release?: string | undefined;
  readonly source: string;
  readonly note?: string | undefined;
}

export function rowOf({ id, label, facts, published, published_reason: why, release, source, note }: PublishedSide, prediction: Prediction): PublishedRow {
  return {
    id,
    label,
    facts: [...(facts ?? ('value' in prediction ? prediction.facts : undefined) ?? [])],
    ...(release !== undefined && { release }),
    ...(published !== undefined && { published }),
    ...(published === undefined && why !== undefined && { published_reason: why }),
    source,
    ...(note !== undefined && { note }),
    ...('value' in prediction
      ? {
          ours: prediction.value,
          low: prediction.low,
          high: prediction.high,
          provenance: prediction.provenance,
          ...(prediction.basis !== undefined && { basis: prediction.basis }),
          ...(published !== undefined && { error: prediction.value / published - 1 }),
        }
      : { reason: prediction.reason }),
  };
}
