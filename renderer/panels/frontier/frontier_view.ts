/** How the frontier is looked at; not shared in the address. */
import { createStore } from 'zustand/vanilla';

export interface FrontierView {
  /** Undefined: logarithmic where the scores span more than a hundredfold. */
  readonly logarithmic: boolean | undefined;
  readonly table: boolean;
}

export const frontierViewStore = createStore<FrontierView>(() => ({ logarithmic: undefined, table: false }));
