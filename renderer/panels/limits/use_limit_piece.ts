/**
 * What is known of a limit's reach. An explanation starts afresh after every change; until its piece for this limit
 * arrives, the one before is kept and said to be stale, so that the track does not go blank at every step.
 */
import { useState } from 'react';
import { useStore } from 'zustand';
import { explainStore, limitKey, type LimitExplanation } from '../../state/explain_store.ts';
import type { KnownPiece } from './feasible_range.ts';

interface Kept {
  /** Pieces of one library or side mean nothing for another. */
  readonly of: string;
  readonly piece: LimitExplanation;
}

export function useLimitPiece(libraryId: string, limit: Parameters<typeof limitKey>[0]): KnownPiece | undefined {
  const key = limitKey(limit);
  const of = `${libraryId} ${key}`;
  const piece = useStore(explainStore, (state) => state.limits.get(key));
  const stale = useStore(explainStore, (state) => state.state !== 'running' && state.state !== 'done');
  const [kept, setKept] = useState<Kept>();
  if (piece !== undefined && kept?.piece !== piece) setKept({ of, piece });
  if (piece !== undefined) return { piece, stale };
  return kept?.of === of ? { piece: kept.piece, stale: true } : undefined;
}
