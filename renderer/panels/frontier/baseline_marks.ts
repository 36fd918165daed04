/** Where the children of a simpler method fall on axes that are fitted to the frontier: they may be far worse. */
import type { Baseline } from '../../../engine/protocol/problem.ts';
import type { BaselineMark } from '../../state/derived_methods.ts';
import type { Theme } from '../../theme/theme.ts';
import type { FrontierModel } from './frontier_model.ts';

export interface PlacedBaseline {
  readonly inside: readonly BaselineMark[];
  /** Worse than the axis shows, at a place across that it does show. */
  readonly worse: readonly BaselineMark[];
  /** Nowhere near. */
  readonly beyond: number;
}

export function placedBaseline({ baselines, extent, across, place }: FrontierModel, method: Baseline): PlacedBaseline {
  const inside: BaselineMark[] = [];
  const worse: BaselineMark[] = [];
  let beyond = 0;
  const [worst, best] = extent.y;
  for (const mark of baselines[method]) {
    const x = across(mark.x);
    // Above 1 it would be better than the frontier, which only a sweep without proof allows.
    const height = (place(mark.y) - worst) / (best - worst);
    if (!(x >= extent.x[0] && x <= extent.x[1])) beyond++;
    else if (height < 0) worse.push(mark);
    else inside.push(mark);
  }
  return { inside, worse, beyond };
}

export interface BaselineLook {
  readonly symbol: string;
  readonly dash: 'solid' | 'dash' | 'dot';
  readonly size: number;
  readonly lines: boolean;
}

/** Symbol and dash tell the methods apart where colours do not. */
export const BASELINE_LOOKS: Readonly<Record<Baseline, BaselineLook>> = {
  greedy: { symbol: 'x-thin-open', dash: 'dot', size: 6, lines: true },
  max_params: { symbol: 'cross-thin-open', dash: 'dot', size: 6, lines: true },
  one_variant: { symbol: 'diamond-open', dash: 'solid', size: 7, lines: false },
  random: { symbol: 'circle', dash: 'solid', size: 3, lines: false },
};

export function baselineColour(theme: Theme, method: Baseline): string {
  switch (method) {
    case 'greedy':
      return theme.linear;
    case 'max_params':
      return theme.block;
    case 'one_variant':
      return theme.textMuted;
    case 'random':
      return theme.textFaint;
    default:
      return method satisfies never;
  }
}
