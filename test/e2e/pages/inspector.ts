/** The card of one layer: its variants, what may be done with each, and the child edited by hand. */
import { expect, type Locator } from '@playwright/test';
import type { Workbench } from './workbench.ts';

export class Inspector {
  readonly card: Locator;
  readonly regret: Locator;
  readonly trial: Locator;
  readonly breaks: Locator;
  readonly #app: Workbench;

  constructor(app: Workbench) {
    this.#app = app;
    this.card = app.page.getByTestId('inspector');
    this.regret = app.page.getByTestId('inspector-regret');
    this.trial = app.page.getByTestId('inspector-trial');
    this.breaks = app.page.getByTestId('inspector-breaks');
  }

  /** Opens a layer as a keyboard user does. */
  async open(layer: number): Promise<void> {
    await this.#app.mapCell(layer).focus();
    await this.#app.press('Enter');
    await this.expectLayer(layer);
  }

  expectLayer(layer: number): Promise<void> {
    return expect(this.card).toHaveAttribute('data-layer', String(layer));
  }

  variant(id: string): Locator {
    return this.#app.page.getByTestId(`variant-${id}`);
  }

  async select(id: string): Promise<void> {
    await this.variant(id).click();
    await this.#app.settled();
  }

  async act(action: 'lock-variant' | 'ban-here' | 'ban-everywhere' | 'pin' | 'close' | 'next' | 'previous' | 'unlock'): Promise<void> {
    await this.card.getByTestId(`inspector-${action}`).click();
    await this.#app.settled();
  }
}
