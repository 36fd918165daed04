/** The answer to "why this child?" in a few plain sentences, built from what is known; every figure says where it comes from. */
import type { LibraryView } from '../../../engine/protocol/library.ts';
import type { Problem } from '../../../engine/protocol/problem.ts';
import { quantityOf, type Quantity } from '../../state/columns.ts';
import { childCount, countText } from '../../state/derived_count.ts';
import { changeFigure, limitText, midSentence } from '../../state/derived_limit_text.ts';
import { heldText } from '../../state/derived_marks.ts';
import { formatPercent, formatValue } from '../../state/format.ts';
import type { Answer } from '../../state/solve_store.ts';
import { gainOf, type LimitReason } from './limit_reasons.ts';
import type { RegretSummary } from './regrets.ts';

/** A piece of a sentence. */
export interface Phrase {
  readonly text: string;
  /** A figure or name that the sentence is about. */
  readonly strong?: boolean;
  readonly estimated?: boolean;
  /** Where it comes from and how sure it is. */
  readonly source?: string;
}
export type Sentence = readonly Phrase[];

export interface LeadFacts {
  readonly view: LibraryView;
  readonly answer: Pick<Answer, 'problem' | 'certainty' | 'objective' | 'bound'>;
  readonly limits: readonly LimitReason[];
}

export function leadSentences(facts: LeadFacts): readonly Sentence[] {
  return [chosenSentence(facts), ...holdingSentence(facts), ...spareSentence(facts.limits)];
}

export function textOf(sentence: Sentence): string {
  return sentence.map(({ text }) => text).join('');
}

function chosenSentence({ view, answer, limits }: LeadFacts): Sentence {
  const objective = quantityOf(view, answer.problem.objective);
  const extreme = objective.better === 'lower' ? 'lowest' : 'highest';
  const start: Sentence = [
    { text: 'Of ' },
    { text: countText(childCount(view)), strong: true, source: countSource(view) },
    { text: ` children of ${view.header.parent.name}, this one has ` },
  ];
  const value: Phrase = {
    text: formatValue(answer.objective, objective.unit),
    strong: true,
    estimated: objective.estimated,
    source: objective.provenance,
  };
  const { certainty } = answer;
  const claim: Sentence =
    certainty.kind === 'optimal'
      ? [{ text: `the ${extreme} ${midSentence(objective.label)} (` }, value, { text: ', ' }, { text: 'proven optimal', source: provenSource(answer.bound) }, { text: ')' }]
      : [
          { text: `the ${extreme} ${midSentence(objective.label)} found (` },
          value,
          { text: ', ' },
          { text: `at most ${formatPercent(certainty.gap, certainty.gap < 0.001 ? 3 : 2)} from the best possible`, source: withinSource(answer.bound, certainty.refining) },
          { text: ')' },
        ];
  return [...start, ...claim, ...condition(answer.problem, limits), { text: '.' }];
}

function countSource(view: LibraryView): string {
  const spans = view.first_layer.some((first, choice) => first !== view.last_layer[choice]);
  return spans ? 'Counted: every way to cover the layers with the blocks of the library.' : 'Counted: the product of the variants per layer.';
}

function provenSource(bound: number): string {
  return `Proven by search: no child within the limits is better. Bound ${bound.toPrecision(7)}.`;
}

function withinSource(bound: number, refining: boolean): string {
  return `Not proven yet: a better child is excluded only beyond the bound ${bound.toPrecision(7)}.${refining ? ' The search goes on.' : ''}`;
}

/** What had to be met. */
function condition(problem: Problem, limits: readonly LimitReason[]): Sentence {
  const stated = limits.map(({ name, state }) => midSentence(limitText(name, state)));
  const held = heldText({ locks: [...(problem.locks ?? [])], bans: [...(problem.bans ?? [])] });
  if (stated.length === 0 && held === '') return [{ text: ', with no limit set' }];
  const all = [...(stated.length === 0 ? [] : [`while ${listed(stated)}`]), ...(held === '' ? [] : [`with ${held} kept`])];
  return [{ text: ` ${all.join(', ')}` }];
}

/** Which limits stand in the way, and what giving way would buy. */
function holdingSentence({ view, answer, limits }: LeadFacts): readonly Sentence[] {
  const binding = limits.filter(({ state }) => state.binding).sort((a, b) => Math.abs(gainOf(b).change) - Math.abs(gainOf(a).change));
  if (limits.length === 0) return [];
  if (binding.length === 0) return [[{ text: 'No limit holds it back: it would be the best without any of them.' }]];
  const objective = quantityOf(view, answer.problem.objective);
  const names = listed(binding.map(({ name }) => midSentence(name.label)));
  const gains = binding.slice(0, 2).map((limit): Sentence => gainSentence(limit, objective));
  return [
    [
      { text: capital(names), strong: true },
      { text: binding.length === 1 ? ' is what holds it back: ' : ' are what hold it back: ' },
      ...gains.flatMap((gain, index) => [...(index === 0 ? [] : [{ text: '; ' }]), ...gain]),
      { text: '.' },
    ],
  ];
}

function gainSentence(limit: LimitReason, objective: Quantity): Sentence {
  const gain = gainOf(limit);
  const { side } = limit.state;
  return [
    { text: `${gain.stepText} ${side === 'max' ? 'more' : 'less'} would buy ` },
    { text: changeFigure(gain.change), strong: true, source: gain.source, estimated: objective.estimated },
    { text: ` ${midSentence(objective.label)}` },
  ];
}

/** Room below this share of a limit is not worth naming. */
const WORTH_NAMING = 0.0005;

function spareSentence(limits: readonly LimitReason[]): readonly Sentence[] {
  const spare = limits.filter(({ state, share }) => !state.binding && share !== undefined && share >= WORTH_NAMING);
  if (spare.length === 0) return [];
  const parts = spare.map(({ name, state, share = 0 }) => `${midSentence(name.label)} ${state.side === 'max' || share < 1 ? `has ${formatPercent(share, share < 0.1 ? 1 : 0)} to spare` : `is ${(1 + share).toFixed(1)} times its limit`}`);
  return [[{ text: `${capital(listed(parts))}.` }]];
}

/** The one decision that matters most, and how many hardly matter. */
export function decisionSentence({ most, free, known, threshold }: RegretSummary, objective: { readonly label: string }): Sentence | undefined {
  if (most === undefined) return undefined;
  const first: Sentence = [
    { text: 'The choice that matters most is layer ' },
    { text: `${most.label} (${most.chosen})`, strong: true },
    { text: ': the next best there would cost ' },
    { text: changeFigure(most.regret), strong: true, source: most.proven ? 'Proven by search: the best child with another block here.' : 'Not proven yet: the best child found with another block here.' },
    { text: ` ${midSentence(objective.label)}` },
  ];
  if (free.length === 0) return [...first, { text: '.' }];
  return [...first, { text: `; ${free.length} of ${known} layers could take their second best for less than ${formatPercent(threshold)} each.` }];
}

/** `a, b and c`. */
export function listed(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts[parts.length - 1]}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
