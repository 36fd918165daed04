/**
 * What a limit costs or leaves, in one line: its price per step that a person would name, or the room to spare.
 * The price is the dual of the linear relaxation: exact for mixtures of variants, and for children a rate to judge by.
 */
import type { LimitState } from '../../../engine/protocol/problem.ts';
import { formatWithUnit } from '../../state/format.ts';
import type { LimitExplanation } from '../../state/explain_store.ts';

export interface Unit {
  readonly label: string;
  readonly unit: string;
}

/** A change of a limit that people think in. */
export interface HumanStep {
  /** In the unit of the limit. */
  readonly amount: number;
  readonly text: string;
}

/** GB are 10^9 bytes here as in `parseNumber`. */
const GB_IN_MIB = 1e9 / 2 ** 20;

/** Units in which totals become readable: size in the unit itself, and the name of the step. */
const STEPS: Readonly<Record<string, readonly (readonly [amount: number, name: string])[]>> = {
  MiB: [[GB_IN_MIB, 'GB']],
  bytes: [
    [1e9, 'GB'],
    [1e6, 'MB'],
  ],
  parameters: [
    [1e9, 'B'],
    [1e6, 'M'],
  ],
  params: [
    [1e9, 'B'],
    [1e6, 'M'],
  ],
  layers: [[1, 'layer']],
};

/** A step must be small beside the limit for a rate to say anything about it. */
const SMALL = 0.5;

/** 1 GB, 1 B parameters or 1 layer where the limit is larger than a few of them, else 1 % of the limit. */
export function humanStep({ unit }: Pick<Unit, 'unit'>, limit: number): HumanStep {
  const step = STEPS[unit]?.find(([amount]) => amount <= SMALL * Math.abs(limit) || unit === 'layers');
  return step === undefined ? { amount: Math.abs(limit) / 100, text: '1 %' } : { amount: step[0], text: `1 ${step[1]}` };
}

/** `+1 GB → −0.24 KL divergence`: what loosening the limit by a step would do to the objective. */
export function priceText(state: Pick<LimitState, 'side' | 'limit' | 'price'>, unit: Unit, objective: Unit): string {
  const step = humanStep(unit, state.limit);
  const [sign, by] = state.side === 'max' ? ['+', step.amount] : ['−', -step.amount];
  return `${sign}${step.text} → ${signed(state.price * by)} ${objective.label}`;
}

/** `12.3 GB to spare`. */
export function slackText(slack: number, unit: Unit): string {
  if (slack <= 0) return 'just met';
  const [amount, name] = STEPS[unit.unit]?.[0] ?? [Number.POSITIVE_INFINITY, ''];
  if (unit.unit === 'layers') return `${slack} ${slack === 1 ? 'layer' : 'layers'} to spare`;
  if (slack >= amount) return `${(slack / amount).toFixed(slack >= 100 * amount ? 0 : 1)} ${name} to spare`;
  return `${formatWithUnit(slack, unit.unit)} to spare`;
}

/** Where the price comes from, and what a search one step to either side found. */
export function priceDetails(state: LimitState, unit: Unit, objective: Unit, searched: LimitExplanation | undefined): string {
  const step = humanStep(unit, state.limit);
  const exact = step.text === '1 GB' && unit.unit === 'MiB' ? ` (${formatWithUnit(step.amount, 'MiB')})` : '';
  const lines = [
    state.binding
      ? `It holds the search back: per ${step.text}${exact} ${signed(Math.abs(step.amount) * state.price * (state.side === 'max' ? 1 : -1))} ${objective.label}.`
      : 'It does not hold the search back: loosening it changes nothing.',
    `Room left: ${formatWithUnit(Math.max(0, state.slack), unit.unit)}.`,
    'Price from the dual of the linear relaxation, in which variants may be mixed.',
  ];
  const found = searchedText(unit, searched);
  return [...lines, ...(found === undefined ? [] : [found])].join('\n');
}

function searchedText(unit: Unit, searched: LimitExplanation | undefined): string | undefined {
  const sides = [searched?.looser, searched?.tighter].flatMap((side) =>
    side === undefined ? [] : [`at ${formatWithUnit(side.limit, unit.unit)} ${side.proven ? '' : 'about '}${significant(side.objective, 5)}`],
  );
  return sides.length === 0 ? undefined : `Searched: ${sides.join(', ')}.`;
}

/** With its sign and three digits that matter. */
function signed(value: number): string {
  const text = significant(Math.abs(value), 3);
  return text === '0' ? '±0' : `${value > 0 ? '+' : '−'}${text}`;
}

function significant(value: number, digits: number): string {
  return Number(value.toPrecision(digits)).toLocaleString('en-US', { maximumSignificantDigits: digits });
}
