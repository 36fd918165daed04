/**
 * Marks of the map: a padlock under a locked layer, a struck circle under one with bans, an arrow head between
 * bar and strip where the block changed. Each has a shape and a place of its own, so that none depends on its colour.
 */
import type { MapMarks } from '../../state/derived_marks.ts';
import type { Theme } from '../../theme/theme.ts';
import { MARK_HEIGHT, SMALL, type Frame } from './map_frame.ts';
import { FONT, svg, text } from './svg.ts';

export interface Mark {
  /** A lock leaves nothing for bans to say. */
  readonly held: 'locked' | 'banned' | undefined;
  readonly changed: boolean;
}

interface Span {
  readonly firstLayer: number;
  readonly lastLayer: number;
}

const NONE: Mark = { held: undefined, changed: false };

/** A block over several layers carries the marks of any of them. */
export function markOf({ locked, banned, changed }: MapMarks, { firstLayer, lastLayer }: Span): Mark {
  if (locked.size + banned.size + changed.size === 0) return NONE;
  const any = (layers: ReadonlySet<number>): boolean => {
    for (let layer = firstLayer; layer <= lastLayer; layer++) if (layers.has(layer)) return true;
    return false;
  };
  return { held: any(locked) ? 'locked' : any(banned) ? 'banned' : undefined, changed: any(changed) };
}

/** For assistive technology, beside what the cell says of its block. */
export function markText({ held, changed }: Mark): string {
  const words = [held === undefined ? '' : held === 'locked' ? 'locked' : 'with banned variants', changed ? 'changed' : ''];
  return words.filter((word) => word !== '').join(', ');
}

export type MarkKind = 'locked' | 'banned' | 'changed';

export function usedMarks(marks: MapMarks): readonly MarkKind[] {
  return (['locked', 'banned', 'changed'] as const).filter((kind) => marks[kind].size > 0);
}

/** Below this a glyph would touch its neighbours. */
const GLYPH_WIDTH = 7;

/** A padlock centred under the cell; where there is no room, a solid bar. */
export function lockPath(left: number, width: number, top: number): string {
  if (width < GLYPH_WIDTH) return `M${left} ${top + 3}h${width}v4h${-width}z`;
  const x = left + width / 2;
  const shackle = `M${x - 2.4} ${top + 4.5}v-1.2a2.4 2.4 0 0 1 4.8 0v1.2h-1.2v-1.2a1.2 1.2 0 0 0 -2.4 0v1.2z`;
  return `${shackle}M${x - 3.5} ${top + 4.5}h7v4.5h-7z`;
}

/** A struck circle centred under the cell; where there is no room, a slash. */
export function banPath(left: number, width: number, top: number): string {
  if (width < GLYPH_WIDTH) return `M${left} ${top + 8}l${width} -6`;
  const x = left + width / 2;
  const y = top + 5.5;
  return `M${x - 3} ${y}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0M${x - 2.1} ${y - 2.1}l4.2 4.2`;
}

/** An arrow head between the bar and its strip; where there is no room, a line. */
export function changedPath(left: number, width: number, bottom: number): string {
  if (width < GLYPH_WIDTH) return `M${left} ${bottom + 1.5}h${width}v2h${-width}z`;
  return `M${left + width / 2} ${bottom + 0.8}l3.4 3.6h-6.8z`;
}

const LABELS: Readonly<Record<MarkKind, string>> = { locked: 'Locked', banned: 'Ban here', changed: 'Changed by the last move' };
const CHARACTER = 6;

/** At the right end of the axis title's line, from right to left. */
export function drawMarkLegend(group: SVGGElement, used: readonly MarkKind[], frame: Frame, height: number, theme: Theme): void {
  const baseline = height - 5;
  let right = frame.right;
  for (const kind of [...used].reverse()) {
    const left = right - LABELS[kind].length * CHARACTER;
    text(LABELS[kind], { x: left, y: baseline, 'font-family': FONT, 'font-size': SMALL, fill: theme.textMuted }, group);
    const top = baseline - MARK_HEIGHT + 0.5;
    if (kind === 'changed') svg('path', { d: changedPath(left - 16, 12, baseline - 6), fill: theme.text }, group);
    else if (kind === 'locked') svg('path', { d: lockPath(left - 16, 12, top), fill: theme.text }, group);
    else svg('path', { d: banPath(left - 16, 12, top), fill: 'none', stroke: theme.danger, 'stroke-width': 1.3 }, group);
    right = left - 16 - 14;
  }
}
