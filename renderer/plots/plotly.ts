/** The part of Plotly that this product uses, loaded when the first plot is shown: its bundle is 1.5 MB. */

export type Trace = Readonly<Record<string, unknown>>;
export type Shape = Readonly<Record<string, unknown>>;
export type Layout = Readonly<Record<string, unknown>>;

export interface Figure {
  readonly data: readonly Trace[];
  readonly layout: Layout;
}

export interface PlotlyPoint {
  readonly customdata?: unknown;
}

export interface PlotElement extends HTMLElement {
  on(event: 'plotly_hover' | 'plotly_click', listener: (event: { readonly points: readonly PlotlyPoint[] }) => void): void;
  on(event: 'plotly_unhover' | 'plotly_relayout', listener: () => void): void;
  /** Plotly's own record of the axes, for putting our cards beside points. */
  readonly _fullLayout?: Readonly<Record<'xaxis' | 'yaxis', PlotAxis>>;
}

export interface PlotAxis {
  readonly _offset: number;
  readonly _length: number;
  d2p(value: number): number;
}

export interface ImageOptions {
  readonly format: 'png' | 'svg';
  readonly width: number;
  readonly height: number;
  readonly scale?: number;
}

export interface Plotly {
  react(element: HTMLElement, data: readonly Trace[], layout: Layout, config: Layout): Promise<PlotElement>;
  relayout(element: HTMLElement, update: Layout): Promise<PlotElement>;
  purge(element: HTMLElement): void;
  toImage(figure: Figure, options: ImageOptions): Promise<string>;
  readonly Plots: { resize(element: HTMLElement): Promise<void> | void };
}

let loading: Promise<Plotly> | undefined;

export function loadPlotly(): Promise<Plotly> {
  loading ??= import('plotly.js/dist/plotly-cartesian.min.js').then(
    (module) => module.default as Plotly,
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}
