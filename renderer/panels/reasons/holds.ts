/** Locks and bans with what each costs against the optimum without it. */
import { allowVariant, unlockLayer } from '../../state/document_store.ts';
import type { Held } from '../../state/derived_marks.ts';
import type { HoldExplanation } from '../../state/explain_store.ts';

export interface Hold {
  readonly key: string;
  readonly text: string;
  readonly layer: number | undefined;
  /** What it costs; undefined until it is searched. */
  readonly cost: number | undefined;
  /** Objective without it. */
  readonly free: number | undefined;
  readonly proven: boolean;
  readonly action: 'Unlock' | 'Allow';
  readonly lift: () => void;
}

export function holdsOf(held: Held, pieces: readonly HoldExplanation[]): readonly Hold[] {
  const known = (hold: 'lock' | 'ban', layer: number | undefined, variant: string): Pick<Hold, 'cost' | 'free' | 'proven'> => {
    const piece = pieces.find((candidate) => candidate.hold === hold && candidate.layer === layer && candidate.variant === variant);
    return { cost: piece?.cost, free: piece?.free, proven: piece?.proven ?? false };
  };
  const locks = held.locks.map(({ layer, variant }): Hold => ({
    key: `lock ${layer}`,
    text: `Layer ${layer} locked to ${variant}`,
    layer,
    ...known('lock', layer, variant),
    action: 'Unlock',
    lift: () => unlockLayer(layer),
  }));
  const bans = held.bans.map(({ layer, variant }): Hold => ({
    key: `ban ${layer ?? 'all'} ${variant}`,
    text: `${variant} banned ${layer === undefined ? 'in all layers' : `in layer ${layer}`}`,
    layer,
    ...known('ban', layer, variant),
    action: 'Allow',
    lift: () => allowVariant(variant, layer),
  }));
  return [...locks, ...bans];
}
