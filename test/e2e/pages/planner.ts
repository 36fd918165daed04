/** The layout planner of the Serving view. */
import { expect, type Locator } from '@playwright/test';
import type { Workbench } from './workbench.ts';

export type PlannerPhase = 'prefill' | 'decode';

export interface PlannerStair {
  readonly layout: string;
  readonly first: number;
  readonly last: number;
}

export class PlannerPage {
  readonly app: Workbench;
  readonly root: Locator;
  readonly view: Locator;
  readonly table: Locator;
  readonly winner: Locator;
  readonly notes: Locator;
  readonly unfit: Locator;
  readonly failure: Locator;

  constructor(app: Workbench) {
    this.app = app;
    this.root = app.page.getByTestId('planner');
    this.view = app.page.getByTestId('planner-view');
    this.table = app.page.getByTestId('planner-table');
    this.winner = app.page.getByTestId('planner-winner');
    this.notes = app.page.getByTestId('planner-notes');
    this.unfit = app.page.getByTestId('planner-unfit');
    this.failure = app.page.getByTestId('planner-failure');
  }

  async open(): Promise<void> {
    await this.app.page.getByTestId('tab-serving').click();
    await this.app.page.getByTestId('serving-section-planner').click();
    await this.settled();
  }

  /** Until plans answer the controls. */
  async settled(): Promise<void> {
    await this.app.idle();
  }

  /** A list of the controls by its name: `model`, `device`, `chips`, `mesh`, `weights`, `activations`, `kv`, `overlap`. */
  async set(control: string, value: string): Promise<void> {
    await this.control(control).selectOption(value);
    await this.settled();
  }

  async type(control: 'isl' | 'osl' | 'cached', value: number): Promise<void> {
    await this.control(control).fill(String(value));
    await this.control(control).press('Enter');
    await this.settled();
  }

  control(name: string): Locator {
    return this.app.page.getByTestId(`planner-${name}`);
  }

  /** What wins over the batches of a phase, from the smallest batch on. */
  stairs(phase: PlannerPhase, lane: 'ffn' | 'attention'): Promise<readonly PlannerStair[]> {
    return this.app.page
      .getByTestId(`planner-stair-${phase}-${lane}`)
      .evaluateAll((bars) => bars.map((bar) => ({ layout: bar.getAttribute('data-layout') ?? '', first: Number(bar.getAttribute('data-first')), last: Number(bar.getAttribute('data-last')) })));
  }

  /** The winning layout at a batch. */
  async layoutAt(phase: PlannerPhase, lane: 'ffn' | 'attention', batch: number): Promise<string | undefined> {
    return (await this.stairs(phase, lane)).find(({ first, last }) => first <= batch && batch <= last)?.layout;
  }

  cell(phase: PlannerPhase, batch: number): Locator {
    return this.app.page.getByTestId(`planner-cell-${phase}-${batch}`);
  }

  async choose(phase: PlannerPhase, batch: number): Promise<void> {
    await this.cell(phase, batch).click();
    await this.settled();
    await expect(this.cell(phase, batch).getByRole('radio')).toBeChecked();
  }

  plot(phase: PlannerPhase): Locator {
    return this.app.page.getByTestId(`planner-plot-${phase}`);
  }

  /** Step of the winner in the table, milliseconds in full. */
  async winnerMs(): Promise<number> {
    return Number(await this.winner.getAttribute('data-value'));
  }
}
