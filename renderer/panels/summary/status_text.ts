/** How good the answer on screen is known to be, in a few words, and in full for those who ask. */
import { formatPercent } from '../../state/format.ts';
import type { SolveState } from '../../state/solve_store.ts';

export type StatusKind = 'idle' | 'searching' | 'optimal' | 'feasible' | 'infeasible' | 'failed';

export interface StatusText {
  readonly kind: StatusKind;
  readonly text: string;
  readonly details: string;
}

/** A larger gap says little about the child on screen. */
const FIRM = 0.01;

/** @param following the limits have moved on, or did so a moment ago: a verdict about an earlier child would mislead */
export function statusText(solve: SolveState, following = solve.awaiting): StatusText {
  const { outcome, answer } = solve;
  switch (outcome.kind) {
    case 'none':
      return solve.pending
        ? { kind: 'searching', text: 'Searching…', details: 'The first answer is on its way.' }
        : { kind: 'idle', text: 'No search', details: 'Open a block library to search it.' };
    case 'infeasible':
      return {
        kind: solve.pending ? 'searching' : 'infeasible',
        text: solve.pending ? 'Searching…' : 'Infeasible',
        details: 'No child meets all limits. What is drawn is the last child that did; each limit says what would be reachable.',
      };
    case 'failed':
      return { kind: 'failed', text: 'Search failed', details: outcome.error.message };
    case 'answer': {
      if (answer === undefined) return { kind: 'idle', text: 'No search', details: '' };
      const figures = `Objective ${answer.objective.toPrecision(7)}\nProven bound ${answer.bound.toPrecision(7)}\nFound in ${formatTime(answer.solveMs)}`;
      const several = answer.exhausted ? '\nNo further solutions differ that much.' : '';
      if (following) {
        return {
          kind: 'searching',
          text: `Following · ${formatTime(answer.solveMs)}`,
          details: `The limits have changed; the child on screen is the last one found, and the next is on its way.\n${figures}`,
        };
      }
      if (answer.certainty.kind === 'optimal') {
        return {
          kind: 'optimal',
          text: `Proven optimal · ${formatTime(answer.solveMs)}`,
          details: `Gap 0: no child within the limits is better.\n${figures}${several}`,
        };
      }
      const { gap, refining } = answer.certainty;
      if (!(gap <= FIRM)) {
        return {
          kind: 'feasible',
          text: `Provisional · within ${gapText(gap)}`,
          details: `The best child so far; one better by up to ${gapText(gap)} is not excluded.${refining ? ' The search goes on.' : ''}\n${figures}${several}`,
        };
      }
      return {
        kind: 'feasible',
        text: `Within ${gapText(gap)}${refining ? ' · refining' : ''}`,
        details: `No child within the limits is better by more than ${gapText(gap)}.${refining ? ' The search goes on.' : ''}\n${figures}${several}`,
      };
    }
    default:
      return outcome satisfies never;
  }
}

/** Two digits that matter, never rounded to nothing. */
function gapText(gap: number): string {
  const percent = gap * 100;
  return percent >= 0.01 ? formatPercent(gap, 2) : `${Number(percent.toPrecision(1))} %`;
}

function formatTime(ms: number): string {
  return ms < 1000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`;
}
