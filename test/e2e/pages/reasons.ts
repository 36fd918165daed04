/** The view that says why this child was chosen. */
import { expect, type Locator } from '@playwright/test';
import type { Workbench } from './workbench.ts';

export class Reasons {
  readonly lead: Locator;
  readonly infeasible: Locator;
  readonly holds: Locator;
  readonly regrets: Locator;
  readonly regretText: Locator;
  readonly frontier: Locator;
  readonly #app: Workbench;

  constructor(app: Workbench) {
    this.#app = app;
    this.lead = app.page.getByTestId('reasons-lead');
    this.infeasible = app.page.getByTestId('reasons-infeasible');
    this.holds = app.page.getByTestId('reasons-holds');
    this.regrets = app.page.getByTestId('regret-strip');
    this.regretText = app.page.getByTestId('regret-strip-text');
    this.frontier = app.page.getByTestId('reasons-frontier');
  }

  async show(): Promise<void> {
    await this.#app.show('reasons');
  }

  /** Until the explanation of the child on screen is complete. */
  async complete(): Promise<void> {
    await this.#app.idle();
    await this.#app.explained();
    await expect(this.#app.page.getByTestId('reasons-state')).toHaveCount(0);
  }

  limit(column: string, side: 'max' | 'min' = 'max'): Locator {
    return this.#app.page.getByTestId(`reason-${column}-${side}`);
  }

  /** What the strip says of every layer, walked through by keyboard. */
  async regretTexts(layers: number): Promise<readonly string[]> {
    const texts: string[] = [];
    await this.regrets.focus();
    await this.#app.page.keyboard.press('Home');
    for (let layer = 0; layer < layers; layer++) {
      await expect(this.regretText).toContainText(`Layer ${layer}:`);
      texts.push((await this.regretText.textContent()) ?? '');
      await this.#app.page.keyboard.press('ArrowRight');
    }
    return texts;
  }
}
