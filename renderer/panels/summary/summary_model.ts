/** Which figures the summary shows, and how each differs from the parent's. */
import type { WireSolution } from '../../../engine/protocol/problem.ts';
import type { LimitSetting } from '../../../engine/protocol/workspace.ts';
import { quantityOf } from '../../state/columns.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { formatDelta, formatPercent } from '../../state/format.ts';

export interface SummaryItem {
  readonly id: string;
  readonly isObjective: boolean;
  readonly value: number | undefined;
  readonly parent: number | undefined;
  readonly change: { readonly text: string; readonly kind: 'better' | 'worse' | 'same' } | undefined;
}

export function summaryItems(
  library: OpenLibrary,
  objective: string,
  limits: readonly LimitSetting[],
  solution: WireSolution | undefined,
): readonly SummaryItem[] {
  // One throughput is enough: all tokens, unless it is the generated ones that are limited.
  const limited = (id: string): boolean => limits.some((limit) => limit.enabled && limit.column === id);
  const throughputs = ['total_tok_s', 'output_tok_s'].filter((id) => id in library.parent.costs);
  const throughput = throughputs.find(limited) ?? throughputs[0];
  const costs = ['memory_mib', throughput, 'runtime_ms', 'num_params'].filter(
    (id) => id !== undefined && id !== objective && id in library.parent.costs,
  );
  return [objective, ...costs].map((id): SummaryItem => {
    const isObjective = id === objective;
    const parent = library.parent.costs[id];
    const value = isObjective ? (solution?.costs[id] ?? solution?.objective) : solution?.costs[id];
    const change = value === undefined || parent === undefined ? undefined : changeOf(value, parent, quantityOf(library.view, id));
    return { id, isObjective, value, parent, change };
  });
}

/** In per cent of the parent, or as a plain difference where the parent has nothing. */
function changeOf(value: number, parent: number, { better, unit }: { readonly better: 'lower' | 'higher'; readonly unit: string }): NonNullable<SummaryItem['change']> {
  const difference = value - parent;
  if (Math.abs(difference) <= 1e-9 * Math.max(Math.abs(value), Math.abs(parent))) return { text: '±0 %', kind: 'same' };
  const kind = difference < 0 === (better === 'lower') ? 'better' : 'worse';
  if (parent === 0) return { text: formatDelta(difference, unit), kind };
  return { text: `${difference > 0 ? '+' : '−'}${formatPercent(Math.abs(difference / parent))}`, kind };
}
