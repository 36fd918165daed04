/** Why a layout won, why another one is slower, and why none fits, in sentences. */
import { ATTENTION_LAYOUT_NAMES, FFN_LAYOUT_NAMES, type PlanDiscard, type PlanSettings } from '../../protocol/plan.ts';
import type { Placed } from './candidates.ts';
import { chipsOf, type Layout } from './layouts.ts';
import type { StepTerms } from './step.ts';

const CAUSES: Readonly<Record<keyof StepTerms, string>> = {
  compute: 'multiplying with the weights',
  attentionCompute: 'multiplying with keys and values',
  weights: 'loading weights',
  kv: 'loading keys and values',
  activationTraffic: 'sending activations',
  weightTraffic: 'collecting weights',
  attentionTraffic: 'sending queries to the chips of their sequences and back',
  latency: 'the fixed time per layer',
};

const NAMES: Readonly<Record<PlanDiscard['reason'], string>> = { weights: 'weights', kv: 'keys and values', buffers: 'activations and collected weights' };

export function layoutText(layout: Layout): string {
  const { x, y, z } = layout.mesh;
  return `${FFN_LAYOUT_NAMES[layout.ffn]} on ${x} x ${y} x ${z}, ${ATTENTION_LAYOUT_NAMES[layout.attention]}`;
}

export function whyWinner(winner: Placed, next: Placed | undefined): string {
  const causes = causesOf(winner.cost.terms);
  const total = causes.reduce((sum, [, seconds]) => sum + seconds, 0);
  const largest = causes.filter(([, seconds]) => seconds >= 0.15 * total).slice(0, 3);
  const spent = largest.map(([cause, seconds]) => `${percent(seconds / total)} ${CAUSES[cause]}`).join(', ');
  const alone = chipsOf(winner.layout.mesh) === 1 ? 'One chip leaves no choice.' : 'No other kind of layout fits.';
  const beside = next === undefined ? alone : `Next best: ${layoutText(next.layout)}, ${slower(winner, next)}.`;
  return `Its time goes into ${spent}. ${beside}`;
}

export function whySlower(winner: Placed, other: Placed): string {
  const differences = (Object.keys(CAUSES) as readonly (keyof StepTerms)[])
    .map((cause) => ({ cause, seconds: other.cost.terms[cause] - winner.cost.terms[cause] }))
    .sort((a, b) => b.seconds - a.seconds);
  const step = winner.cost.seconds;
  const more = differences.filter(({ seconds }) => seconds > 1e-3 * step).slice(0, 2);
  const less = differences.filter(({ seconds }) => seconds < -1e-3 * step).at(-1);
  if (more.length === 0) return `${capital(slower(winner, other))}.`;
  const causes = more.map(({ cause, seconds }) => `${milliseconds(seconds)} more for ${CAUSES[cause]}`).join(' and ');
  const relief = less === undefined ? '' : `, though ${milliseconds(-less.seconds)} less for ${CAUSES[less.cause]}`;
  return `${capital(slower(winner, other))}: ${causes}${relief}.`;
}

export function whyNothingFits(discarded: readonly PlanDiscard[], capacityBytes: number, settings: Pick<PlanSettings, 'chips' | 'reserve_share'>): string {
  const nearest = discarded.toSorted((a, b) => a.least_bytes_per_chip - b.least_bytes_per_chip)[0];
  if (nearest === undefined) return 'There is no layout for this number of chips.';
  const usable = capacityBytes * (1 - settings.reserve_share);
  const chips = settings.chips === 1 ? 'one chip' : `each of ${settings.chips} chips`;
  return `No layout fits: the most frugal needs ${gigabytes(nearest.least_bytes_per_chip)} on ${chips}, which has ${gigabytes(usable)} to give; there is no room for ${NAMES[nearest.reason]}.`;
}

function causesOf(terms: StepTerms): readonly (readonly [keyof StepTerms, number])[] {
  return (Object.keys(CAUSES) as readonly (keyof StepTerms)[]).map((cause) => [cause, terms[cause]] as const).sort(([, a], [, b]) => b - a);
}

function slower(winner: Placed, other: Placed): string {
  const by = other.cost.seconds / winner.cost.seconds - 1;
  if (by < 5e-5) return 'equally fast';
  return by < 1 ? `${percent(by)} slower` : `${(1 + by).toPrecision(2)} times the time`;
}

function percent(share: number): string {
  return `${share < 0.1 ? (share * 100).toPrecision(2) : Math.round(share * 100)} %`;
}

function milliseconds(seconds: number): string {
  const ms = seconds * 1e3;
  return `${ms >= 1000 ? Math.round(ms).toLocaleString('en-US') : ms.toPrecision(3)} ms`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
