/** The view of what serving costs. */
import { expect, type Locator } from '@playwright/test';
import type { Workbench } from './workbench.ts';

export type ServingSection = 'throughput' | 'load' | 'memory' | 'kernels' | 'parallelism';

export interface ServingRow {
  /** `current`, `parent`, `pin` or `model`. */
  readonly kind: string;
  readonly outputTokSPerGpu: number;
  readonly itlMs: number;
  readonly batch: number;
  readonly maxBatch: number;
}

export class Serving {
  readonly panel: Locator;
  readonly plot: Locator;
  readonly notes: Locator;
  readonly state: Locator;
  readonly device: Locator;
  readonly tp: Locator;
  readonly cliff: Locator;
  readonly memory: Locator;
  readonly kernels: Locator;
  readonly stages: Locator;
  readonly nothingFits: Locator;
  readonly card: Locator;
  readonly reset: Locator;
  readonly #app: Workbench;

  constructor(app: Workbench) {
    const { page } = app;
    this.#app = app;
    this.panel = page.getByTestId('serving');
    this.plot = page.getByTestId('serving-throughput-plot');
    this.notes = page.getByTestId('serving-notes');
    this.state = page.getByTestId('serving-state');
    this.device = page.getByTestId('serving-device');
    this.tp = page.getByTestId('serving-tp');
    this.cliff = page.getByTestId('serving-cliff');
    this.memory = page.getByTestId('serving-memory');
    this.kernels = page.getByTestId('serving-kernels');
    this.stages = page.getByTestId('serving-stages');
    this.nothingFits = page.getByTestId('serving-nothing-fits');
    this.card = this.panel.locator('.card');
    this.reset = page.getByTestId('serving-reset');
  }

  async show(): Promise<void> {
    await this.#app.page.getByTestId('tab-serving').click();
    await this.current();
  }

  /** Until the figures are for what the controls say. */
  async current(): Promise<void> {
    await this.#app.settled();
    await expect(this.state).toHaveAttribute('data-stale', 'false');
  }

  async section(section: ServingSection): Promise<void> {
    await this.#app.page.getByTestId(`serving-section-${section}`).click();
    await this.current();
  }

  async chooseDevice(id: string): Promise<void> {
    await this.device.selectOption(id);
    await this.current();
  }

  async chooseTp(tp: number): Promise<void> {
    await this.tp.selectOption(String(tp));
    await this.current();
  }

  /** Types into a number of the controls, such as `isl` or `pp`. */
  async set(field: 'pp' | 'dp' | 'isl' | 'osl' | 'batch' | 'reserve' | 'price' | 'drafts' | 'acceptance', value: string): Promise<void> {
    const input = this.#app.page.getByTestId(`serving-${field}`);
    await input.fill(value);
    await input.press('Enter');
    await this.current();
  }

  async setLayerFormats(text: string): Promise<void> {
    const input = this.#app.page.getByTestId('serving-layer-formats');
    await input.fill(text);
    await input.press('Enter');
    await this.current();
  }

  async toggle(what: 'cliff' | 'speculation'): Promise<void> {
    await this.#app.page.getByTestId(`serving-${what}`).click();
    await this.current();
  }

  async undo(): Promise<void> {
    await this.#app.command('edit.undo');
    await this.current();
  }

  /** The table, row by row. */
  async rows(): Promise<readonly ServingRow[]> {
    const rows = await this.#app.page
      .getByTestId('serving-summary')
      .locator('tbody tr[data-kind]')
      .evaluateAll((all) => all.map((row) => ['data-kind', 'data-value', 'data-itl', 'data-batch', 'data-max-batch'].map((name) => row.getAttribute(name))));
    return rows.map(([kind, perGpu, itl, batch, maxBatch]) => ({ kind: kind ?? '', outputTokSPerGpu: Number(perGpu), itlMs: Number(itl), batch: Number(batch), maxBatch: Number(maxBatch) }));
  }

  async row(kind: string): Promise<ServingRow> {
    const row = (await this.rows()).find((candidate) => candidate.kind === kind);
    if (row === undefined) throw new Error(`No row of kind ${kind}.`);
    return row;
  }

  rowText(kind: string): Locator {
    return this.#app.page.getByTestId('serving-summary').locator(`tbody tr[data-kind="${kind}"]`);
  }

  /** Lines of the throughput plot that have points, by name; marks and their names left out. */
  async lines(): Promise<readonly string[]> {
    return this.plot.locator('.js-plotly-plot').evaluate((element) => {
      const { data = [] } = element as Element & { data?: readonly { name?: string; mode?: string; x?: readonly unknown[] }[] };
      return data.filter(({ mode, x = [] }) => mode === 'lines+markers' && x.length > 0).map(({ name = '' }) => name);
    });
  }

  /** Switches an architecture on or off by its name. */
  async toggleArchitecture(name: string): Promise<void> {
    await this.#app.page.getByTestId('serving-legend').getByRole('button', { name, exact: true }).click();
    await this.current();
  }

  async addModel(id: string): Promise<void> {
    await this.#app.page.getByTestId('serving-add').click();
    await this.#app.page.getByTestId(`menu-item-serve-${id}`).click();
    await this.current();
  }

  /** A cell of the comparison of tensor and pipeline parallelism. */
  pair(tp: number, pp: number): Locator {
    return this.#app.page.getByTestId(`serving-pair-tp${tp}-pp${pp}`);
  }

  /** Throughput per device of every pair that fits, by `tp1-pp1`, and which is marked as the best. */
  async pairs(): Promise<{ readonly figures: ReadonlyMap<string, number>; readonly best: string | undefined }> {
    await expect(this.#app.page.getByTestId('serving-pairs')).toHaveAttribute('data-stale', 'false');
    const cells = await this.#app.page
      .locator('[data-testid^="serving-pair-"]')
      .evaluateAll((all) => all.map((cell) => [cell.getAttribute('data-testid') ?? '', cell.getAttribute('data-value'), cell.getAttribute('data-best')] as const));
    const name = (id: string): string => id.replace('serving-pair-', '');
    return {
      figures: new Map(cells.flatMap(([id, value]) => (value === null ? [] : [[name(id), Number(value)] as const]))),
      best: cells.filter(([, , best]) => best === 'true').map(([id]) => name(id))[0],
    };
  }

  async totals(what: 'memory' | 'step', attribute: string): Promise<readonly number[]> {
    return this.#app.page.locator(`tr[data-testid^="serving-${what}-"]`).evaluateAll((rows, name) => rows.map((row) => Number(row.getAttribute(name))), attribute);
  }
}
