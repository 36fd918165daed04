/** What the side column offers where nothing fits. */
import type { Locator } from '@playwright/test';
import type { Workbench } from './workbench.ts';

export class InfeasibleNotice {
  readonly box: Locator;
  /** One per statement of the contradiction; pressing it lifts the statement. */
  readonly held: Locator;
  readonly #workbench: Workbench;

  constructor(workbench: Workbench) {
    this.#workbench = workbench;
    this.box = workbench.page.getByTestId('infeasible');
    this.held = workbench.page.getByTestId('infeasible-lift');
  }

  /** The line that says how far a limit has to give way. */
  way(column: string, side: 'max' | 'min' = 'max'): Locator {
    return this.#workbench.page.getByTestId(`infeasible-way-${column}-${side}`);
  }

  /** Sets a limit to the nearest value with which a child fits; there, at the very edge, a proof may take its time. */
  async set(column: string, side: 'max' | 'min' = 'max'): Promise<void> {
    await this.#workbench.page.getByTestId(`infeasible-set-${column}-${side}`).click();
  }

  /** Lifts the statement that says so. */
  async lift(words: string | RegExp): Promise<void> {
    await this.held.filter({ hasText: words }).click();
    await this.#workbench.settled();
  }
}
