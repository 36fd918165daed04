/**
 * A map of layers by variants as a plain class over one SVG: while blocks train, cells change ten times a second, and only
 * attributes that differ are touched. Every cell is focusable; arrow keys move, Enter chooses.
 */
import type { HeatCell, HeatData, HeatRow } from '../../state/train_cells.ts';
import { rowName } from '../../state/train_cells.ts';
import { figureText } from '../../state/train_numbers.ts';
import type { ToneScale } from '../../state/train_tones.ts';
import type { Theme } from '../../theme/theme.ts';
import { FONT, put, svg, text } from '../layer_map/svg.ts';
import { heatFrame, type HeatFrame } from './heat_frame.ts';
import { inkOn, toneAt } from './heat_tones.ts';

export interface HeatPlace {
  readonly layer: number;
  readonly row: string;
}

export interface HeatOptions {
  readonly theme: Theme;
  readonly name: string;
  /** Such as `normalised MSE`, for assistive technology. */
  readonly measure: string;
  readonly testId: string;
  /** Undefined when pointer or focus left the map. */
  onActive(place: HeatPlace | undefined, by: 'pointer' | 'focus'): void;
  onChoose(place: HeatPlace): void;
}

interface Drawn {
  readonly group: SVGGElement;
  readonly rect: SVGRectElement;
  readonly mark: SVGPathElement;
  readonly figure: SVGTextElement;
  cell: HeatCell;
  key: string;
}

const STATE_WORDS: Readonly<Record<HeatCell['state'], string>> = { waiting: 'waiting', running: 'under way', done: 'done', own: 'the parent’s own', absent: 'left out' };

export class HeatMapView {
  readonly element: SVGSVGElement;
  readonly #options: HeatOptions;
  #theme: Theme;
  #frameGroup: SVGGElement;
  #body: SVGGElement;
  #outline: SVGRectElement;
  #data: HeatData | undefined;
  #scale: ToneScale | undefined;
  #frame: HeatFrame | undefined;
  #cells: Drawn[] = [];
  #width = 0;
  #shape = '';
  #roving = 0;
  #selected: HeatPlace | undefined;

  constructor(options: HeatOptions) {
    this.#options = options;
    this.#theme = options.theme;
    this.element = svg('svg', { role: 'grid', 'aria-label': options.name, style: 'display:block;user-select:none' });
    this.#frameGroup = svg('g', { 'aria-hidden': 'true' }, this.element);
    this.#body = svg('g', { role: 'rowgroup' }, this.element);
    this.#outline = svg('rect', { fill: 'none', 'stroke-width': 2, rx: 3, 'pointer-events': 'none', visibility: 'hidden', 'aria-hidden': 'true' }, this.element);
    this.element.addEventListener('pointermove', (event) => options.onActive(this.#placeOf(event.target), 'pointer'));
    this.element.addEventListener('pointerleave', () => options.onActive(undefined, 'pointer'));
    this.element.addEventListener('click', this.#onClick);
    this.element.addEventListener('focusin', this.#onFocusIn);
    this.element.addEventListener('focusout', (event) => {
      if (!(event.relatedTarget instanceof Node && this.element.contains(event.relatedTarget))) options.onActive(undefined, 'focus');
    });
    this.element.addEventListener('keydown', this.#onKeyDown);
  }

  set(data: HeatData, scale: ToneScale): void {
    this.#data = data;
    this.#scale = scale;
    this.#draw();
  }

  resize(width: number): void {
    if (width === this.#width) return;
    this.#width = width;
    this.#draw();
  }

  setTheme(theme: Theme): void {
    if (theme === this.#theme) return;
    this.#theme = theme;
    this.#shape = '';
    this.#draw();
  }

  select(place: HeatPlace | undefined): void {
    this.#selected = place;
    this.#drawSelected();
  }

  /** In pixels of the SVG. */
  boxOf(place: HeatPlace): { readonly left: number; readonly right: number; readonly top: number } | undefined {
    const frame = this.#frame;
    const row = this.#data?.rows.findIndex(({ id }) => id === place.row) ?? -1;
    if (frame === undefined || row < 0) return undefined;
    return { left: frame.x(place.layer), right: frame.x(place.layer + 1), top: frame.rows[row] };
  }

  dispose(): void {
    this.element.remove();
  }

  #draw(): void {
    const [data, scale] = [this.#data, this.#scale];
    if (data === undefined || scale === undefined || this.#width < 60) return;
    const shape = `${this.#width} ${data.layers} ${data.rows.map(({ id }) => id).join()}`;
    if (shape !== this.#shape) this.#build(data, shape);
    data.cells.forEach((cell, i) => this.#drawCell(this.#cells[i], cell, scale, data.rows[Math.floor(i / data.layers)]));
    this.#drawSelected();
  }

  #build(data: HeatData, shape: string): void {
    const focused = this.#cells.findIndex(({ group }) => group === document.activeElement);
    this.#shape = shape;
    const frame = heatFrame(data, this.#width);
    this.#frame = frame;
    put(this.element, { width: frame.width, height: frame.height, viewBox: `0 0 ${frame.width} ${frame.height}`, 'aria-rowcount': data.rows.length, 'aria-colcount': data.layers });
    this.#drawFrame(data, frame);
    this.#body.replaceChildren();
    this.#roving = Math.min(this.#roving, Math.max(0, data.cells.length - 1));
    let row: SVGGElement | undefined;
    this.#cells = data.cells.map((cell, i) => {
      if (i % data.layers === 0) row = svg('g', { role: 'row' }, this.#body);
      const group = svg('g', { role: 'gridcell', tabindex: i === this.#roving ? 0 : -1, style: 'outline:none', 'data-testid': `${this.#options.testId}-${cell.layer}-${cell.row}` }, row);
      const x = frame.x(cell.layer);
      const y = frame.rows[Math.floor(i / data.layers)];
      const gap = frame.cellWidth > 12 ? 2 : 1;
      const rect = svg('rect', { x: x + gap / 2, y: y + 1, width: frame.cellWidth - gap, height: frame.rowHeight - 2, rx: 2 }, group);
      const mark = svg('path', { fill: 'none', 'pointer-events': 'none' }, group);
      const figure = text('', { x: x + frame.cellWidth / 2, y: y + frame.rowHeight / 2 + 3.5, 'text-anchor': 'middle', 'font-family': FONT, 'font-size': frame.rowHeight > 20 ? 11 : 10, 'font-weight': 500, 'pointer-events': 'none', 'aria-hidden': 'true' }, group);
      return { group, rect, mark, figure, cell, key: '' };
    });
    if (focused >= 0) this.#cells[Math.min(focused, this.#cells.length - 1)]?.group.focus();
  }

  #drawFrame({ rows, layers }: HeatData, frame: HeatFrame): void {
    const theme = this.#theme;
    this.#frameGroup.replaceChildren();
    const label = { 'font-family': FONT, 'font-size': 11, fill: theme.textMuted };
    text('layer', { ...label, x: frame.names, y: 11, 'text-anchor': 'end', fill: theme.textFaint }, this.#frameGroup);
    for (let layer = 0; layer < layers; layer += frame.every) text(String(layer), { ...label, x: frame.x(layer) + frame.cellWidth / 2, y: 11, 'text-anchor': 'middle' }, this.#frameGroup);
    rows.forEach(({ label: name }, i) => text(name, { ...label, x: frame.names, y: frame.rows[i] + frame.rowHeight / 2 + 4, 'text-anchor': 'end' }, this.#frameGroup));
    const colours = { attention: theme.attention, ffn: theme.ffn, block: theme.block };
    for (const { group, top, bottom } of frame.groups) svg('rect', { x: 1, y: top + 1, width: 3, height: bottom - top - 2, rx: 1.5, fill: colours[group] }, this.#frameGroup);
  }

  #drawCell(drawn: Drawn, cell: HeatCell, scale: ToneScale, row: HeatRow): void {
    drawn.cell = cell;
    const frame = this.#frame;
    const key = `${cell.state} ${cell.value} ${cell.first} ${scale.low} ${scale.high} ${this.#theme.name}`;
    if (key === drawn.key || frame === undefined) return;
    drawn.key = key;
    const theme = this.#theme;
    const { state, value, layer } = cell;
    const tone = value === undefined || state === 'own' ? undefined : toneAt(theme, scale.place(value));
    const running = state === 'running';
    put(drawn.rect, {
      fill: tone ?? (state === 'own' ? theme.sunken : 'none'),
      stroke: running ? theme.text : tone === undefined && state !== 'own' ? theme.borderStrong : 'none',
      'stroke-width': running ? 1.4 : 1,
      'stroke-dasharray': running ? '3 2' : 'none',
      opacity: state === 'absent' ? 0.35 : 1,
      'pointer-events': 'all',
    });
    put(drawn.group, {
      'data-state': state,
      'data-value': value ?? '',
      'aria-label': `Layer ${layer}, ${rowName(row)}: ${value === undefined ? '' : `${this.#options.measure} ${figureText(value)}, `}${STATE_WORDS[state]}`,
    });
    const x = frame.x(layer) + frame.cellWidth / 2;
    const y = Number(drawn.rect.getAttribute('y')) + (frame.rowHeight - 2) / 2;
    put(drawn.mark, { d: state === 'waiting' ? `M${x - 1.5} ${y}h3` : '', stroke: theme.borderStrong, 'stroke-width': 1.5 });
    const figure = !frame.figures ? '' : state === 'own' ? 'parent' : value === undefined ? '' : figureText(value);
    if (drawn.figure.textContent !== figure) drawn.figure.textContent = figure;
    put(drawn.figure, { fill: tone === undefined ? theme.textFaint : inkOn(theme, tone) });
  }

  #drawSelected(): void {
    const place = this.#selected;
    const box = place === undefined ? undefined : this.boxOf(place);
    for (const { group, cell } of this.#cells) {
      const chosen = String(cell.layer === place?.layer && cell.row === place.row);
      if (group.getAttribute('aria-selected') !== chosen) put(group, { 'aria-selected': chosen });
    }
    if (box === undefined || this.#frame === undefined) return put(this.#outline, { visibility: 'hidden' });
    put(this.#outline, { x: box.left, y: box.top, width: box.right - box.left, height: this.#frame.rowHeight, stroke: this.#theme.text, visibility: 'visible' });
  }

  #placeOf(target: EventTarget | null): HeatPlace | undefined {
    const found = this.#cells.find(({ group }) => target instanceof Node && group.contains(target));
    return found === undefined ? undefined : { layer: found.cell.layer, row: found.cell.row };
  }

  #onClick = (event: MouseEvent): void => {
    const index = this.#cells.findIndex(({ group }) => event.target instanceof Node && group.contains(event.target));
    if (index < 0) return;
    this.#focus(index);
    this.#choose();
  };

  #onFocusIn = (event: FocusEvent): void => {
    const index = this.#cells.findIndex(({ group }) => group === event.target);
    if (index < 0) return;
    const before = this.#cells[this.#roving];
    if (before !== undefined) put(before.group, { tabindex: -1 });
    put(this.#cells[index].group, { tabindex: 0 });
    this.#roving = index;
    const { layer, row } = this.#cells[index].cell;
    if (this.#cells[index].group.matches(':focus-visible')) this.#options.onActive({ layer, row }, 'focus');
  };

  #onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const layers = this.#data?.layers ?? 1;
    const [here, last] = [this.#roving, this.#cells.length - 1];
    const start = here - (here % layers);
    const targets: Readonly<Record<string, number>> = {
      ArrowLeft: Math.max(start, here - 1),
      ArrowRight: Math.min(start + layers - 1, here + 1),
      ArrowUp: here - layers < 0 ? here : here - layers,
      ArrowDown: here + layers > last ? here : here + layers,
      Home: start,
      End: start + layers - 1,
    };
    if (event.key === 'Enter' || event.key === ' ') this.#choose();
    else if (event.key === 'Escape') this.#options.onActive(undefined, 'focus');
    else if (targets[event.key] !== undefined) this.#focus(targets[event.key]);
    else return;
    event.preventDefault();
  };

  #focus(index: number): void {
    this.#cells[index]?.group.focus();
  }

  #choose(): void {
    const cell = this.#cells[this.#roving]?.cell;
    if (cell !== undefined) this.#options.onChoose({ layer: cell.layer, row: cell.row });
  }
}
