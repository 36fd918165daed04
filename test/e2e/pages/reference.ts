/** The view "51B and 40B" as a user sees it. */
import { expect, type Locator } from '@playwright/test';
import type { Workbench } from './workbench.ts';

export type ReferenceCase = '51b' | '40b';
export type ReferenceModelName = 'parent' | 'released' | ReferenceCase;

export class ReferenceView {
  readonly app: Workbench;
  readonly dialog: Locator;
  readonly sources: Locator;

  constructor(app: Workbench) {
    this.app = app;
    this.dialog = app.page.getByTestId('reference');
    this.sources = app.page.getByTestId('reference-sources');
  }

  /** By the palette, from anywhere. */
  async open(): Promise<void> {
    await this.app.page.keyboard.press('ControlOrMeta+k');
    await this.app.page.getByTestId('palette-input').fill('51B and 40B');
    await this.app.page.keyboard.press('Enter');
    await expect(this.dialog).toBeVisible();
  }

  /** Opens it and waits until both problems are solved. */
  async solved(): Promise<void> {
    await this.open();
    await expect(this.app.page.getByTestId('reference-content')).toHaveAttribute('data-state', 'done', { timeout: 40_000 });
    await this.app.settled();
  }

  async close(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Close' }).click();
    await expect(this.dialog).toBeHidden();
  }

  problem(id: ReferenceCase): Locator {
    return this.app.page.getByTestId(`reference-problem-${id}`);
  }

  fits(id: ReferenceCase): Locator {
    return this.app.page.getByTestId(`reference-fits-${id}`);
  }

  pinButton(id: ReferenceCase): Locator {
    return this.app.page.getByTestId(`reference-pin-${id}`);
  }

  /** Makes a problem the document's, and waits for its answer; the frontier around it takes much longer. */
  async openProblem(id: ReferenceCase): Promise<void> {
    await this.app.page.getByTestId(`reference-open-${id}`).click();
    await expect(this.dialog).toBeHidden();
    await this.app.settled();
  }

  /** The exact value behind a figure of the table. */
  async figure(row: string, model: ReferenceModelName): Promise<number> {
    return Number(await this.cell(row, model).getAttribute('data-value'));
  }

  cell(row: string, model: ReferenceModelName): Locator {
    return this.app.page.getByTestId(`reference-figure-${row}-${model}`);
  }

  /** A layer of one model's map. */
  layer(model: Exclude<ReferenceModelName, 'parent'>, layer: number): Locator {
    return this.app.page.getByTestId(`reference-${model}-layer-${layer}`);
  }

  layers(model: Exclude<ReferenceModelName, 'parent'>): Promise<readonly string[]> {
    return this.app.page.locator(`[data-testid^="reference-${model}-layer-"]`).evaluateAll((cells) => cells.map((cell) => cell.getAttribute('aria-label') ?? ''));
  }

  agreement(id: ReferenceCase): Locator {
    return this.app.page.getByTestId(`reference-agreement-${id}`);
  }

  /** What is said of the layer under the pointer. */
  get card(): Locator {
    return this.app.page.getByTestId('reference-card');
  }
}
