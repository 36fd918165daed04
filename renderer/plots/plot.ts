/**
 * One Plotly plot as a plain class. Traces are redrawn only when a new figure comes, at most once per frame and never
 * two at a time (a redraw takes tens of milliseconds); marks that move with a slider are layout shapes, which take
 * half a millisecond. Plotly mutates what it is given, so it gets copies.
 */
import { track } from '../state/activity.ts';
import { loadPlotly, type Figure, type Layout, type PlotElement, type Plotly, type PlotlyPoint, type Shape } from './plotly.ts';

export interface PlotHandlers {
  /** Ids are what traces carry as `customdata`. */
  onHover?(id: string | undefined): void;
  onClick?(id: string): void;
  onFailure?(error: unknown): void;
  /** Drawn anew: places of points may have changed. */
  onDrawn?(): void;
}

const CONFIG: Layout = { displayModeBar: false, responsive: false, doubleClick: false, showTips: false };

export class Plot {
  readonly #element: HTMLElement;
  readonly #handlers: PlotHandlers;
  readonly #resize: ResizeObserver;
  #plotly: Plotly | undefined;
  #plot: PlotElement | undefined;
  #wanted: Figure | undefined;
  #shapes: readonly Shape[] = [];
  #drawnShapes: readonly Shape[] = [];
  #running = false;
  #disposed = false;
  /** Settles when the marks moved last are on screen. */
  #moving: Promise<void> = Promise.resolve();

  constructor(element: HTMLElement, handlers: PlotHandlers) {
    this.#element = element;
    this.#handlers = handlers;
    this.#resize = new ResizeObserver(() => {
      if (this.#plot !== undefined && this.#element.clientWidth > 0) {
        void Promise.resolve(this.#plotly?.Plots.resize(this.#element)).then(() => this.#handlers.onDrawn?.());
      }
    });
    this.#resize.observe(element);
  }

  /** Shows `figure`; one that comes while another is being drawn replaces any that waits. */
  draw(figure: Figure): void {
    this.#wanted = figure;
    if (!this.#running) void track(this.#run());
  }

  /** Moves the marks. */
  overlay(shapes: readonly Shape[]): void {
    this.#shapes = shapes;
    if (this.#plot === undefined || this.#running) return;
    this.#moveShapes();
  }

  /** Where a place in axis units is, in pixels of the element. */
  pixelOf(x: number, y: number): { readonly left: number; readonly right: number; readonly top: number } | undefined {
    const axes = this.#plot?._fullLayout;
    if (axes === undefined) return undefined;
    const left = axes.xaxis._offset + axes.xaxis.d2p(x);
    return { left, right: left, top: axes.yaxis._offset + axes.yaxis.d2p(y) };
  }

  dispose(): void {
    this.#disposed = true;
    this.#resize.disconnect();
    // Purging under a drawing makes Plotly stumble over what is gone; `#react` purges after itself.
    void this.#moving.then(() => this.#running || this.#plotly?.purge(this.#element));
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      this.#plotly ??= await loadPlotly();
      while (this.#wanted !== undefined && !this.#disposed) {
        // oxlint-disable-next-line no-await-in-loop -- one drawing after another is the point
        await new Promise(requestAnimationFrame);
        const figure = this.#wanted;
        this.#wanted = undefined;
        if (this.#disposed) return;
        // oxlint-disable-next-line no-await-in-loop
        await this.#react(this.#plotly, figure);
      }
    } catch (error) {
      if (!this.#disposed) this.#handlers.onFailure?.(error);
    } finally {
      this.#running = false;
    }
  }

  async #react(plotly: Plotly, figure: Figure): Promise<void> {
    const shapes = this.#shapes;
    const plot = await plotly.react(
      this.#element,
      figure.data.map((trace) => ({ ...trace })),
      { ...figure.layout, autosize: true, shapes: copy(shapes) },
      CONFIG,
    );
    if (this.#disposed) return plotly.purge(this.#element);
    this.#drawnShapes = shapes;
    if (this.#plot === undefined) {
      this.#plot = plot;
      plot.on('plotly_hover', ({ points }) => this.#handlers.onHover?.(idOf(points)));
      plot.on('plotly_unhover', () => this.#handlers.onHover?.(undefined));
      plot.on('plotly_click', ({ points }) => {
        const id = idOf(points);
        if (id !== undefined) this.#handlers.onClick?.(id);
      });
    }
    if (this.#shapes !== shapes) this.#moveShapes();
    this.#handlers.onDrawn?.();
  }

  #moveShapes(): void {
    const update = shapeChanges(this.#drawnShapes, this.#shapes);
    this.#drawnShapes = this.#shapes;
    if (update === undefined || this.#plotly === undefined) return;
    this.#moving = this.#plotly.relayout(this.#element, update).then(
      () => undefined,
      () => undefined,
    );
  }
}

/** Only what differs, since Plotly redraws a lone changed shape alone; all of them where their number changed. */
export function shapeChanges(before: readonly Shape[], after: readonly Shape[]): Layout | undefined {
  if (before.length !== after.length) return { shapes: copy(after) };
  const update: Record<string, unknown> = {};
  after.forEach((shape, i) => {
    for (const key of new Set([...Object.keys(before[i]), ...Object.keys(shape)])) {
      if (JSON.stringify(shape[key]) === JSON.stringify(before[i][key])) continue;
      const value = shape[key];
      if (typeof value === 'object' && value !== null) {
        for (const [inner, innerValue] of Object.entries(value)) {
          if (typeof innerValue !== 'object') update[`shapes[${i}].${key}.${inner}`] = innerValue;
        }
      } else update[`shapes[${i}].${key}`] = value ?? null;
    }
  });
  return Object.keys(update).length === 0 ? undefined : update;
}

function copy(shapes: readonly Shape[]): Shape[] {
  return shapes.map((shape) => structuredClone(shape));
}

function idOf(points: readonly PlotlyPoint[]): string | undefined {
  const id = points.find((point) => typeof point.customdata === 'string')?.customdata;
  return typeof id === 'string' ? id : undefined;
}
