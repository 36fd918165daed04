/** What each limit does to the child: whether it binds, what is left of it, and what moving it would change. */
import type { LibraryView } from '../../../engine/protocol/library.ts';
import type { LimitState } from '../../../engine/protocol/problem.ts';
import { limitName, type LimitName } from '../../state/derived_limit_text.ts';
import { looseningChange, searchedStep, slackShare, type SearchedStep } from '../../state/derived_price.ts';
import { limitKey, type ExplainState } from '../../state/explain_store.ts';
import { formatWithUnit } from '../../state/format.ts';
import type { Answer } from '../../state/solve_store.ts';
import { humanStep, type HumanStep } from '../limits/price_text.ts';

export interface LimitReason {
  readonly key: string;
  readonly name: LimitName;
  readonly state: LimitState;
  /** What is left, as a share of the limit. */
  readonly share: number | undefined;
  readonly step: HumanStep;
  /** Change of the objective when the limit gives way by a step, by the dual. */
  readonly price: number;
  readonly looser: SearchedStep | undefined;
  readonly tighter: SearchedStep | undefined;
}

/** In the order of the answer: the problem's own limits, then those of workloads. */
export function limitReasons(view: LibraryView, answer: Pick<Answer, 'problem' | 'limits' | 'objective'>, explain: Pick<ExplainState, 'state' | 'limits'>): readonly LimitReason[] {
  return answer.limits.map((state) => {
    const key = limitKey(state);
    const name = limitName(view, answer.problem, state);
    const step = humanStep(name, state.limit);
    // Pieces about an earlier problem compare with an optimum that is no longer this one.
    const piece = explain.state === 'stale' ? undefined : explain.limits.get(key);
    return {
      key,
      name,
      state,
      share: slackShare(state),
      step,
      price: state.binding ? looseningChange(state, step.amount) : 0,
      looser: searchedStep(piece, 'looser', state, answer.objective),
      tighter: searchedStep(piece, 'tighter', state, answer.objective),
    };
  });
}

export interface Gain {
  readonly stepText: string;
  readonly change: number;
  readonly source: string;
}

/** What giving way by a step changes: searched where that is known, else by the dual. */
export function gainOf({ name, state, step, price, looser }: LimitReason): Gain {
  if (looser !== undefined) {
    return {
      stepText: looser.step === step.amount ? step.text : formatWithUnit(looser.step, name.unit),
      change: looser.change,
      source: `${looser.proven ? 'Proven by search' : 'Found by search, not proven yet'}: the best child at ${formatWithUnit(looser.limit, name.unit)}.\nThe dual of the linear relaxation says ${signed(looseningChange(state, looser.step))}.`,
    };
  }
  return {
    stepText: step.text,
    change: price,
    source: 'From the dual of the linear relaxation: exact for mixtures of variants, for children a rate to judge by.',
  };
}

function signed(value: number): string {
  return `${value > 0 ? '+' : value < 0 ? '−' : ''}${Number(Math.abs(value).toPrecision(3))}`;
}
