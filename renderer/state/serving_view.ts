/** How the Serving view is looked at: neither undoable nor shared in the address. */
import { createStore } from 'zustand/vanilla';

export type ServingSection = 'throughput' | 'load' | 'memory' | 'kernels' | 'parallelism' | 'planner';

export interface ServingView {
  readonly section: ServingSection;
  /** Architecture whose layers and stages are shown; the first where it is not there. */
  readonly selected: string;
  /** Architectures switched on or off by hand. */
  readonly toggled: ReadonlyMap<string, boolean>;
  /** Presets added to the plots, by id. */
  readonly models: readonly string[];
  readonly logarithmic: boolean;
}

export const servingViewStore = createStore<ServingView>(() => ({
  section: 'throughput',
  selected: 'current',
  toggled: new Map<string, boolean>(),
  models: [],
  logarithmic: false,
}));

/** More lines than this are hard to tell apart; further ones wait to be switched on. */
const MOST = 6;

export function isShown({ toggled }: Pick<ServingView, 'toggled'>, id: string, place: number): boolean {
  return toggled.get(id) ?? place < MOST;
}

export function showServed(id: string, shown: boolean): void {
  servingViewStore.setState(({ toggled }) => ({ toggled: new Map(toggled).set(id, shown) }));
}

export function addServedModel(id: string): void {
  servingViewStore.setState(({ models, toggled }) => ({
    models: models.includes(id) ? models : [...models, id],
    toggled: new Map(toggled).set(`model:${id}`, true),
  }));
}

export function removeServedModel(id: string): void {
  servingViewStore.setState(({ models }) => ({ models: models.filter((other) => other !== id) }));
}
