/** The composer of the objective: one score or several with weights. */
import type { Locator } from '@playwright/test';
import type { Workbench } from './workbench.ts';

export class Objective {
  readonly choice: Locator;
  readonly text: Locator;
  readonly noise: Locator;
  readonly change: Locator;
  readonly add: Locator;
  readonly #workbench: Workbench;

  constructor(workbench: Workbench) {
    const { page } = workbench;
    this.#workbench = workbench;
    this.choice = page.getByTestId('objective');
    this.text = page.getByTestId('objective-text');
    this.noise = page.getByTestId('objective-noise');
    this.change = page.getByTestId('objective-change');
    this.add = page.getByTestId('objective-add');
  }

  async choose(column: string): Promise<void> {
    await this.choice.selectOption(column);
    await this.#workbench.settled();
  }

  /** Goes from one score to a sum of several. */
  chooseWeighted(): Promise<void> {
    return this.choose('weighted…');
  }

  weight(index: number): Locator {
    return this.#workbench.page.getByTestId(`objective-weight-${index}`);
  }

  async weigh(index: number, weight: string): Promise<void> {
    await this.weight(index).fill(weight);
    await this.weight(index).press('Enter');
    await this.#workbench.settled();
  }

  async remove(index: number): Promise<void> {
    await this.#workbench.page.getByTestId(`objective-remove-${index}`).click();
    await this.#workbench.settled();
  }
}
