/**
 * One block of the map: its bar, what it is in the strip below, and its marks. Elements are made once; drawing sets only
 * their attributes, and nothing at all where the cell looks as before.
 */
import type { MapBar, MapData } from '../../state/derived_map.ts';
import type { Theme } from '../../theme/theme.ts';
import { crossPath, ROW_HEIGHT, type Frame } from './map_frame.ts';
import { banPath, changedPath, lockPath, markText, type Mark } from './map_marks.ts';
import { put, svg, type Patterns } from './svg.ts';

export interface Cell {
  readonly group: SVGGElement;
  readonly saved: SVGRectElement;
  readonly attention: SVGRectElement;
  readonly ffn: SVGRectElement;
  readonly unsplit: SVGRectElement;
  readonly attentionShare: SVGRectElement;
  readonly ffnShare: SVGRectElement;
  readonly none: SVGPathElement;
  readonly changed: SVGPathElement;
  readonly lock: SVGPathElement;
  readonly ban: SVGPathElement;
  bar: MapBar | undefined;
  /** What the bar looked like when it was drawn. */
  key: string;
}

export interface CellLook {
  readonly data: MapData;
  readonly frame: Frame;
  readonly theme: Theme;
  readonly patterns: Patterns;
  /** It steps back behind others. */
  readonly faint: boolean;
  /** Undefined where the map has no marks. */
  readonly mark: Mark | undefined;
  /** Prefix of its test id. */
  readonly testId: string | undefined;
}

export function newCell(row: SVGGElement, theme: Theme, patterns: Patterns): Cell {
  const group = svg('g', { role: 'gridcell', tabindex: -1, style: 'outline:none' }, row);
  return {
    group,
    saved: svg('rect', { fill: patterns.saved }, group),
    attention: svg('rect', { fill: theme.attention }, group),
    ffn: svg('rect', { fill: theme.ffn }, group),
    unsplit: svg('rect', { fill: theme.block }, group),
    attentionShare: svg('rect', {}, group),
    ffnShare: svg('rect', {}, group),
    none: svg('path', { fill: 'none', stroke: theme.textMuted, 'stroke-width': 1.1 }, group),
    changed: svg('path', { fill: theme.text }, group),
    lock: svg('path', { fill: theme.text }, group),
    ban: svg('path', { fill: 'none', stroke: theme.danger, 'stroke-width': 1.3 }, group),
    bar: undefined,
    key: '',
  };
}

export function drawCell(cell: Cell, bar: MapBar, look: CellLook): void {
  const { frame, theme, faint, mark, testId } = look;
  const marks = mark === undefined ? '' : markText(mark);
  const key = `${bar.firstLayer} ${bar.lastLayer} ${bar.attention} ${bar.ffn} ${bar.unsplit} ${bar.parent} ${faint} ${bar.label} ${marks}`;
  if (key === cell.key) return;
  cell.key = key;
  const left = frame.x(bar.firstLayer);
  const next = frame.x(bar.lastLayer + 1);
  const width = Math.max(1, next - left - (next - left >= 5 ? 1 : 0));
  const zero = frame.y(0);
  const attentionTop = frame.y(bar.attention);
  const ffnTop = frame.y(bar.attention + bar.ffn);
  const top = frame.y(bar.attention + bar.ffn + bar.unsplit);
  box(cell.attention, left, width, attentionTop, zero);
  box(cell.ffn, left, width, ffnTop, attentionTop);
  box(cell.unsplit, left, width, Math.min(top, ffnTop), Math.max(top, ffnTop));
  put(cell.unsplit, { fill: bar.unsplit < 0 ? theme.saved : theme.block });
  box(cell.saved, left, next - left, bar.parent === undefined ? zero : frame.y(bar.parent), bar.parent === undefined ? zero : top);
  drawStrip(cell, bar, left, width, look);
  if (mark !== undefined) drawMark(cell, mark, left, width, frame);
  put(cell.group, { 'aria-label': bar.label, 'aria-description': marks, opacity: faint ? 0.28 : 1 });
  if (testId !== undefined) put(cell.group, { 'data-testid': `${testId}-${bar.firstLayer}` });
}

/** The two rows below the bars: what each sub-block is, whatever is mapped. */
function drawStrip(cell: Cell, { block }: MapBar, left: number, width: number, { frame, data, theme, patterns }: CellLook): void {
  const { attention, ffn } = block;
  const attentionShare = attention.kind === 'gqa' ? attention.kv_heads / data.widest.kvHeads : attention.kind === 'linear' ? 1 : 0;
  const ffnShare = ffn.kind === 'swiglu' ? Math.min(1, ffn.intermediate_size / data.widest.ffn) : ffn.kind === 'linear' ? 1 : 0;
  const share = (element: SVGRectElement, row: number, part: number, paint: string): void => {
    box(element, left, width, row + ROW_HEIGHT - Math.max(part > 0 ? 1.5 : 0, part * ROW_HEIGHT), row + ROW_HEIGHT);
    put(element, { fill: paint });
  };
  share(cell.attentionShare, frame.attentionRow, attentionShare, attention.kind === 'linear' ? patterns.linearAttention : theme.attention);
  share(cell.ffnShare, frame.ffnRow, ffnShare, ffn.kind === 'linear' ? patterns.linearFfn : theme.ffn);
  const reach = Math.min(2.5, width / 2 - 0.5);
  const cross = (row: number): string => crossPath(left + width / 2, row + ROW_HEIGHT / 2, reach);
  put(cell.none, {
    d: `${attention.kind === 'no_op' ? cross(frame.attentionRow) : ''}${ffn.kind === 'no_op' ? cross(frame.ffnRow) : ''}`,
  });
}

function drawMark(cell: Cell, mark: Mark, left: number, width: number, frame: Frame): void {
  put(cell.changed, { d: mark.changed ? changedPath(left, width, frame.bottom) : '' });
  put(cell.lock, { d: mark.held === 'locked' ? lockPath(left, width, frame.markRow) : '' });
  put(cell.ban, { d: mark.held === 'banned' ? banPath(left, width, frame.markRow) : '' });
}

function box(element: SVGRectElement, x: number, width: number, top: number, bottom: number): void {
  put(element, { x, y: top, width, height: Math.max(0, bottom - top) });
}
