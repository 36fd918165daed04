/** Spans of consecutive parent layers that one block may replace together, as the wizard takes them: `2-3, 4-5`. */
import type { Read } from './train_numbers.ts';

/** `pairs`: every layer with the one behind it. `own`: those typed. */
export type SpanChoice = 'none' | 'pairs' | 'own';
export const SPAN_CHOICES: readonly { readonly value: SpanChoice; readonly label: string }[] = [
  { value: 'none', label: 'None' },
  { value: 'pairs', label: 'Every two neighbours' },
  { value: 'own', label: 'These' },
];

export type Span = readonly number[];

export function neighbours(layers: number): readonly Span[] {
  return Array.from({ length: Math.max(0, layers - 1) }, (_, first) => [first, first + 1]);
}

/** `layers` of the parent, where they are known; layers count from 0. */
export function readSpans(text: string, layers: number | undefined): Read<readonly Span[]> {
  const parts = text.replaceAll(/\s*[-–−]\s*/g, '-').split(/[\s,;]+/).filter((part) => part !== '');
  if (parts.length === 0) return { kind: 'wrong', why: 'Type the first and the last layer of each span, such as 2-3, 4-5.' };
  const spans: Span[] = [];
  const seen = new Set<string>();
  for (const part of parts) {
    const match = /^(\d{1,6})-(\d{1,6})$/.exec(part);
    if (match === null) return { kind: 'wrong', why: `"${part}" is no span; type its first and its last layer, such as 2-3.` };
    const [first, last] = [Number(match[1]), Number(match[2])];
    if (first === last) return { kind: 'wrong', why: `"${part}" is one layer; a span has two at least.` };
    if (first > last) return { kind: 'wrong', why: `"${part}" ends before it begins; type ${last}-${first}.` };
    if (layers !== undefined && last >= layers) return { kind: 'wrong', why: `"${part}" goes beyond the parent’s last layer, which is ${layers - 1}; layers count from 0.` };
    const name = `${first}-${last}`;
    if (seen.has(name)) return { kind: 'wrong', why: `${name} is there twice.` };
    seen.add(name);
    spans.push(Array.from({ length: last - first + 1 }, (_, i) => first + i));
  }
  return { kind: 'ok', value: spans };
}

export function spansText(spans: readonly Span[]): string {
  return spans.map((span) => `${span[0] ?? 0}-${span.at(-1) ?? 0}`).join(', ');
}

/** What the wizard shows for the spans of a plan. */
export function spanChoiceOf(spans: readonly Span[] | undefined, layers: number | undefined): SpanChoice {
  if (spans === undefined || spans.length === 0) return 'none';
  return layers !== undefined && spansText(spans) === spansText(neighbours(layers)) ? 'pairs' : 'own';
}
