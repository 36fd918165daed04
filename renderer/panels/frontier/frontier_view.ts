/** How the frontier is looked at; not shared in the address. */
import { createStore } from 'zustand/vanilla';
import type { Baseline } from '../../../engine/protocol/problem.ts';

/** What the legend can switch. */
export type Series = 'dominated' | 'relaxation' | Baseline;
/** What the axes must show: the frontier and what lies near it, or simpler methods' children too. */
export type Fit = 'frontier' | 'all';

export interface FrontierView {
  /** Undefined: logarithmic where the scores span more than a hundredfold. */
  readonly logarithmic: boolean | undefined;
  /** The colours of the map over two limits; undefined as above. */
  readonly contourLogarithmic: boolean | undefined;
  readonly table: boolean;
  readonly fit: Fit;
  readonly off: ReadonlySet<Series>;
}

export const frontierViewStore = createStore<FrontierView>(() => ({
  logarithmic: undefined,
  contourLogarithmic: undefined,
  table: false,
  fit: 'frontier',
  off: new Set<Series>(['random']),
}));

export function toggleSeries(series: Series): void {
  frontierViewStore.setState(({ off }) => {
    const next = new Set(off);
    if (!next.delete(series)) next.add(series);
    return { off: next };
  });
}
