/** Layers by regret: what the best child with another block there would lose, and so how much each decision matters. */
import type { LibraryView } from '../../../engine/protocol/library.ts';
import type { Lock } from '../../../engine/protocol/problem.ts';
import { layerLabel } from '../../state/derived_layers.ts';
import { changeText } from '../../state/derived_limit_text.ts';
import { choiceByLayer } from '../../state/derived_marks.ts';
import type { LayerExplanation } from '../../state/explain_store.ts';

export interface LayerRegret {
  readonly layer: number;
  /** The layer, or those of the block that covers it. */
  readonly label: string;
  readonly chosen: string;
  /** `unknown` until it is searched; `forced` where no other block lets the limits be met. */
  readonly kind: 'unknown' | 'forced' | 'known';
  readonly variant: string;
  /** Never below 0. */
  readonly regret: number;
  readonly proven: boolean;
  /** Found for an earlier problem; shown until the new one is there. */
  readonly old: boolean;
  readonly locked: boolean;
}

type Pieces = ReadonlyMap<number, LayerExplanation>;

/** `before` stands in for layers that are not searched yet. */
export function layerRegrets(view: LibraryView, choices: readonly number[], pieces: Pieces, locks: readonly Lock[] = [], before?: Pieces): readonly LayerRegret[] {
  return choiceByLayer(view, choices).map((choice, layer) => {
    const piece = pieces.get(layer) ?? before?.get(layer);
    const chosen = view.variants[view.variant[choice]].id;
    const [firstLayer, lastLayer] = [view.first_layer[choice], view.last_layer[choice]];
    const locked = locks.some((lock) => firstLayer <= lock.layer && lock.layer <= lastLayer);
    const none = { layer, label: layerLabel({ firstLayer, lastLayer }), chosen, variant: '', regret: 0, proven: false, old: !pieces.has(layer), locked };
    if (piece === undefined) return { ...none, kind: 'unknown' };
    if (piece.runner_up === undefined) return { ...none, kind: 'forced', proven: true };
    const { variant, regret, proven } = piece.runner_up;
    return { ...none, kind: 'known', variant, regret: Math.max(0, regret), proven };
  });
}

export interface RegretSummary {
  /** Layers searched, those without any other block included. */
  readonly known: number;
  readonly most: LayerRegret | undefined;
  readonly forced: readonly number[];
  /** Layers whose second best costs less than `threshold` of the objective. */
  readonly free: readonly number[];
  readonly threshold: number;
}

/** A tenth of a per cent of the objective is below what any benchmark resolves. */
const NEARLY_FREE = 0.001;

export function summarise(regrets: readonly LayerRegret[], objective: number): RegretSummary {
  const fresh = regrets.filter((entry) => !entry.old);
  const known = fresh.filter((entry) => entry.kind === 'known');
  return {
    known: fresh.filter((entry) => entry.kind !== 'unknown').length,
    most: known.reduce<LayerRegret | undefined>((most, entry) => (most === undefined || entry.regret > most.regret ? entry : most), undefined),
    forced: fresh.filter((entry) => entry.kind === 'forced' && !entry.locked).map((entry) => entry.layer),
    free: known.filter((entry) => entry.regret < NEARLY_FREE * Math.abs(objective)).map((entry) => entry.layer),
    threshold: NEARLY_FREE,
  };
}

export function regretText(entry: LayerRegret, objective: { readonly label: string }): string {
  const start = `Layer ${entry.label}: ${entry.chosen}${entry.old && entry.kind !== 'unknown' ? '; for the previous limits' : ''}`;
  switch (entry.kind) {
    case 'unknown':
      return `${start}; its second best is not known yet`;
    case 'forced':
      return entry.locked ? `${start}; locked` : `${start}; no other block here lets the limits be met`;
    case 'known':
      return `${start}; second best ${entry.variant}, ${entry.proven ? '' : 'at most '}${changeText(entry.regret, objective)} (${entry.proven ? 'proven' : 'not proven yet'})`;
    default:
      return entry.kind satisfies never;
  }
}
