/** The view of the best quality at every level of one limit, or of two. */
import { expect, type Locator } from '@playwright/test';
import type { Workbench } from './workbench.ts';

export interface FrontierRow {
  readonly level: number;
  readonly value: number | undefined;
  readonly place: string;
}

export interface ContourCell {
  readonly across: number;
  readonly up: number;
  readonly value: number | undefined;
  readonly kind: string;
}

interface DrawnTrace {
  readonly name: string;
  readonly points: number;
}

export class Frontier {
  readonly plot: Locator;
  readonly progress: Locator;
  readonly stop: Locator;
  readonly again: Locator;
  readonly contour: Locator;
  readonly contourProgress: Locator;
  readonly legend: Locator;
  readonly card: Locator;
  readonly #app: Workbench;

  constructor(app: Workbench) {
    const { page } = app;
    this.#app = app;
    this.plot = page.getByTestId('frontier-plot');
    this.progress = page.getByTestId('frontier-progress');
    this.stop = page.getByTestId('frontier-progress-cancel');
    this.again = page.getByTestId('frontier-progress-again');
    this.contour = page.getByTestId('contour-plot');
    this.contourProgress = page.getByTestId('contour-progress');
    this.legend = page.getByTestId('frontier-legend');
    this.card = page.getByTestId('frontier').locator('.card');
  }

  /** Sweeps one limit and waits for all of its levels. */
  async over(column: string): Promise<void> {
    await this.#app.page.getByTestId('sweep-column').selectOption(column);
    await this.complete();
  }

  /** Spans two limits and waits for all of their pairs. */
  async overTwo(across: string, up: string): Promise<void> {
    await this.#app.page.getByTestId('frontier-mode-two').click();
    await this.#app.page.getByTestId('contour-across').selectOption(across);
    await this.#app.page.getByTestId('contour-up').selectOption(up);
    await this.#app.idle();
    await expect(this.contourProgress).toHaveAttribute('data-state', 'done');
  }

  async complete(): Promise<void> {
    await this.#app.idle();
    await expect(this.progress).toHaveAttribute('data-state', 'done');
  }

  async asTable(shown: boolean): Promise<void> {
    const toggle = this.#app.page.getByTestId('frontier-table-toggle');
    if ((await toggle.getAttribute('aria-pressed')) !== String(shown)) await toggle.click();
  }

  async feasibleOnly(on: boolean): Promise<void> {
    await this.#app.page.getByTestId('feasible-only').setChecked(on);
    await this.#app.idle();
  }

  /** The table of one limit, level by level. */
  async rows(): Promise<readonly FrontierRow[]> {
    await this.asTable(true);
    const rows = await this.#app.page.getByTestId('frontier-table').locator('tbody tr').evaluateAll((all) =>
      all.map((row) => ({ level: row.getAttribute('data-level'), value: row.getAttribute('data-value'), place: row.getAttribute('data-place') ?? '' })),
    );
    return rows.map(({ level, value, place }) => ({ level: Number(level), value: value === null ? undefined : Number(value), place }));
  }

  /** The table of two limits, pair by pair. */
  async cells(): Promise<readonly ContourCell[]> {
    await this.asTable(true);
    const cells = await this.#app.page.getByTestId('contour-table').locator('td').evaluateAll((all) =>
      all.map((cell) => ['data-across', 'data-up', 'data-value', 'data-kind'].map((name) => cell.getAttribute(name))),
    );
    return cells.map(([across, up, value, kind]) => ({ across: Number(across), up: Number(up), value: value === null || value === undefined ? undefined : Number(value), kind: kind ?? '' }));
  }

  /** A switch of the legend. */
  series(name: string): Locator {
    return this.#app.page.getByTestId(`legend-${name}`);
  }

  /** What Plotly has drawn, by the names that have points. */
  async drawn(): Promise<readonly DrawnTrace[]> {
    return this.plot.locator('.js-plotly-plot').evaluate((element) => {
      const { data = [] } = element as Element & { data?: readonly { name?: string; x?: readonly unknown[] }[] };
      return data.map(({ name = '', x = [] }) => ({ name, points: x.length }));
    });
  }

  /**
   * Counts, until the returned function is called, how often the traces and how often the marks upon them change on
   * screen.
   */
  async watch(): Promise<() => Promise<{ readonly traces: number; readonly marks: number }>> {
    await this.plot.evaluate((plot) => {
      const count = { traces: 0, marks: 0 };
      const observer = new MutationObserver((records) => {
        const touched = (layer: string): boolean => records.some(({ target }) => target instanceof Element && target.closest(layer) !== null);
        if (touched('.scatterlayer')) count.traces++;
        if (touched('.shapelayer') || touched('.layer-above')) count.marks++;
      });
      observer.observe(plot, { subtree: true, childList: true, attributes: true });
      Object.assign(plot, { watched: () => (observer.disconnect(), count) });
    });
    return () => this.plot.evaluate((plot) => (plot as unknown as { watched(): { traces: number; marks: number } }).watched());
  }
}
