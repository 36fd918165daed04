/** One workload of the side column, by the number it was added as. */
import type { Locator } from '@playwright/test';
import type { Workbench } from './workbench.ts';

export class Workload {
  readonly row: Locator;
  readonly toggle: Locator;
  readonly open: Locator;
  readonly name: Locator;
  readonly result: Locator;
  readonly problem: Locator;
  readonly #workbench: Workbench;
  readonly #id: string;

  constructor(workbench: Workbench, id: string) {
    const { page } = workbench;
    this.#workbench = workbench;
    this.#id = `workload-${id}`;
    this.row = page.getByTestId(this.#id);
    this.toggle = page.getByTestId(`${this.#id}-toggle`);
    this.open = page.getByTestId(`${this.#id}-open`);
    this.name = page.getByTestId(`${this.#id}-name`);
    this.result = page.getByTestId(`${this.#id}-result`);
    this.problem = page.getByTestId(`${this.#id}-problem`);
  }

  /** `isl`, `osl`, `batch`, or a limit such as `memory_mib-max-number`. */
  field(name: string): Locator {
    return this.#workbench.page.getByTestId(`${this.#id}-${name}`);
  }

  async type(name: string, text: string): Promise<void> {
    await this.field(name).fill(text);
    await this.field(name).press('Enter');
    await this.#workbench.settled();
  }

  async addLimit(quantity: string): Promise<void> {
    await this.field('add-limit').click();
    await this.#workbench.page.getByTestId(`menu-item-${quantity}`).click();
    await this.#workbench.settled();
  }

  async batch(kind: 'largest' | 'fixed'): Promise<void> {
    await this.field('batch-kind').selectOption(kind);
    await this.#workbench.settled();
  }

  /** Adds one of the library's own traffic, which is then open and about to be named. */
  static async add(workbench: Workbench): Promise<Workload> {
    await workbench.page.getByTestId('add-workload').click();
    await workbench.settled();
    const last = workbench.page.locator('[data-testid^="workload-"].workload').last();
    return new Workload(workbench, ((await last.getAttribute('data-testid')) ?? '').replace(/^workload-/, ''));
  }
}
