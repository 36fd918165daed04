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
  #drawnShapes = '[]';
  #running = false;
  #frame: number | undefined;
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

  /** Moves the marks with the next frame: a limit and the child that answers it may both move within one. */
  overlay(shapes: readonly Shape[]): void {
    this.#shapes = shapes;
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      if (this.#plot !== undefined && !this.#running) this.#moveShapes();
    });
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
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
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
    this.#drawnShapes = JSON.stringify(shapes);
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

  /** All at once: replacing the list only redraws shapes, while a lone coordinate makes Plotly recompute the plot. */
  #moveShapes(): void {
    if (JSON.stringify(this.#shapes) === this.#drawnShapes) return;
    this.#drawnShapes = JSON.stringify(this.#shapes);
    const moved = this.#plotly?.relayout(this.#element, { shapes: copy(this.#shapes) });
    this.#moving = Promise.resolve(moved).then(() => undefined, () => undefined);
  }
}

function copy(shapes: readonly Shape[]): Shape[] {
  return shapes.map((shape) => structuredClone(shape));
}

function idOf(points: readonly PlotlyPoint[]): string | undefined {
  const id = points.find((point) => typeof point.customdata === 'string')?.customdata;
  return typeof id === 'string' ? id : undefined;
}
