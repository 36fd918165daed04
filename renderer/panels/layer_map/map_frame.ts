/** Everything of the map that does not change from one solution to the next: axes, grid, legend and where things lie. */
import type { MapData } from '../../state/derived_map.ts';
import type { Theme } from '../../theme/theme.ts';
import { FONT, svg, text, type Patterns } from './svg.ts';

export interface MapLook {
  readonly legend: boolean;
  /** Title and ticks of the horizontal axis. */
  readonly layerAxis: boolean;
  /** A row for what the user holds, below the strip, and its legend beside the axis title. */
  readonly marks?: boolean;
}

export interface Frame {
  readonly width: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  /** Lower edge of the bars' area. */
  readonly bottom: number;
  /** Upper edges of the strip's two rows. */
  readonly attentionRow: number;
  readonly ffnRow: number;
  /** Upper edge of the row of marks; it has no height where there are none. */
  readonly markRow: number;
  x(layer: number): number;
  y(value: number): number;
}

export const ROW_HEIGHT = 9;
export const MARK_HEIGHT = 10;
const LEFT = 66;
const RIGHT = 10;
export const SMALL = 11;

/** Left and right end of the layers in a drawing of this width; other strips line up with the map by it. */
export function layerSpan(width: number): readonly [number, number] {
  return [LEFT, Math.max(LEFT + 60, width - RIGHT)];
}

export function frameOf(data: MapData, width: number, height: number, look: MapLook): Frame {
  const top = look.legend ? 26 : 8;
  const markHeight = look.marks === true ? MARK_HEIGHT : 0;
  const bottom = Math.max(top + 24, height - (look.layerAxis ? 34 : 3) - 2 * ROW_HEIGHT - 9 - markHeight);
  const [left, right] = layerSpan(width);
  const { scale } = data;
  const low = scale.place(scale.smallest);
  const span = scale.place(scale.largest) - low || 1;
  return {
    width,
    left,
    right,
    top,
    bottom,
    attentionRow: bottom + 5,
    ffnRow: bottom + 8 + ROW_HEIGHT,
    markRow: bottom + 8 + 2 * ROW_HEIGHT,
    x: (layer) => Math.round(left + (layer / data.layers) * (right - left)),
    y: (value) => Math.round((bottom - ((scale.place(value) - low) / span) * (bottom - top)) * 2) / 2,
  };
}

export function drawFrame(group: SVGGElement, data: MapData, frame: Frame, theme: Theme, patterns: Patterns, look: MapLook): void {
  const { left, right, top, bottom, attentionRow, ffnRow } = frame;
  const small = { 'font-family': FONT, 'font-size': SMALL, fill: theme.textMuted };
  let above = Infinity;
  for (const tick of data.scale.ticks) {
    const y = Math.round(frame.y(tick.value)) + 0.5;
    if (above - y < 15) continue;
    above = y;
    svg('path', { d: `M${left} ${y}H${right}`, stroke: tick.value === 0 ? theme.borderStrong : theme.grid, fill: 'none' }, group);
    text(tick.label, { ...small, x: left - 8, y: y + 3.5, 'text-anchor': 'end', 'font-variant-numeric': 'tabular-nums' }, group);
  }
  const middle = (top + bottom) / 2;
  if (bottom - top > 90) text(data.axis, { ...small, x: 0, y: 0, 'text-anchor': 'middle', transform: `translate(11 ${middle}) rotate(-90)` }, group);
  for (const [label, y] of [['attn', attentionRow], ['FFN', ffnRow]] as const) {
    svg('rect', { x: left, y, width: right - left, height: ROW_HEIGHT, fill: theme.sunken }, group);
    text(label, { ...small, 'font-size': 10, x: left - 8, y: y + ROW_HEIGHT - 0.5, 'text-anchor': 'end' }, group);
  }
  if (look.layerAxis) drawLayerAxis(group, data, frame, small, look.marks === true ? MARK_HEIGHT : 0);
  if (look.legend) drawLegend(group, data, frame, theme, patterns);
}

function drawLayerAxis(group: SVGGElement, data: MapData, frame: Frame, small: Record<string, string | number>, marks: number): void {
  const perLayer = (frame.right - frame.left) / data.layers;
  const step = [1, 2, 5, 10, 20, 50].find((candidate) => candidate * perLayer >= 34) ?? 100;
  const y = frame.ffnRow + ROW_HEIGHT + marks + 13;
  for (let layer = 0; layer < data.layers; layer += step) {
    text(String(layer), { ...small, x: (frame.x(layer) + frame.x(layer + 1)) / 2, y, 'text-anchor': 'middle' }, group);
  }
  // The legend of the marks takes the right end of the same line.
  const title = marks > 0 ? { x: frame.left, 'text-anchor': 'start' } : { x: (frame.left + frame.right) / 2, 'text-anchor': 'middle' };
  text(data.layerAxis, { ...small, ...title, y: y + 14 }, group);
}

type Mark = 'fill' | 'line' | 'none';

function drawLegend(group: SVGGElement, data: MapData, frame: Frame, theme: Theme, patterns: Patterns): void {
  const entries: (readonly [string, string, Mark])[] = [];
  const has = (test: (bar: MapData['bars'][number]) => boolean): boolean => data.bars.some(test);
  if (data.kind === 'score') entries.push(['Quality lost by the layer alone', theme.block, 'fill']);
  else {
    entries.push(['Attention', theme.attention, 'fill'], ['FFN', theme.ffn, 'fill']);
    if (has((bar) => bar.unsplit > 0)) entries.push(['Block, not split', theme.block, 'fill']);
  }
  if (data.kind === 'cost') entries.push(['Saved', patterns.saved, 'fill'], ['Parent', theme.text, 'line']);
  if (has(({ block }) => block.attention.kind === 'linear' || block.ffn.kind === 'linear')) {
    entries.push(['Linear', patterns.linearAttention, 'fill']);
  }
  entries.push(['No-op', theme.textMuted, 'none']);
  let x = frame.left;
  for (const [label, paint, mark] of entries) {
    if (mark === 'fill') svg('rect', { x, y: 5, width: 10, height: 10, rx: 1.5, fill: paint, stroke: paint.startsWith('url') ? theme.borderStrong : undefined, 'stroke-width': 0.5 }, group);
    else if (mark === 'line') svg('path', { d: `M${x - 1} 10H${x + 12}`, stroke: paint, 'stroke-width': 1.5 }, group);
    else svg('path', { d: crossPath(x + 5, 10, 3), stroke: paint, 'stroke-width': 1.2 }, group);
    text(label, { x: x + 16, y: 14, 'font-family': FONT, 'font-size': SMALL, fill: theme.textMuted }, group);
    x += 16 + label.length * 6.1 + 18;
  }
}

/** The mark of a no-op. */
export function crossPath(x: number, y: number, reach: number): string {
  return `M${x - reach} ${y - reach}l${2 * reach} ${2 * reach}m0 ${-2 * reach}l${-2 * reach} ${2 * reach}`;
}
