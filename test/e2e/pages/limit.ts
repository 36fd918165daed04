/** One row of the limits: switch, slider, number and what it says. */
import { expect, type Locator } from '@playwright/test';
import type { Workbench } from './workbench.ts';

export class Limit {
  readonly row: Locator;
  readonly slider: Locator;
  readonly number: Locator;
  readonly toggle: Locator;
  readonly message: Locator;
  readonly setReachable: Locator;
  readonly #workbench: Workbench;

  constructor(workbench: Workbench, column: string, side: 'max' | 'min') {
    const id = `limit-${column}-${side}`;
    const { page } = workbench;
    this.#workbench = workbench;
    this.row = page.getByTestId(id);
    this.slider = page.getByTestId(`${id}-slider`);
    this.number = page.getByTestId(`${id}-number`);
    this.toggle = page.getByTestId(`${id}-toggle`);
    this.message = page.getByTestId(`${id}-message`);
    this.setReachable = page.getByTestId(`${id}-set-reachable`);
  }

  /** Types a value and waits for the answer. */
  async set(value: number): Promise<void> {
    await this.type(value);
    await this.#workbench.settled();
  }

  /** Types a value and waits for nothing. */
  async type(value: number): Promise<void> {
    await this.number.fill(String(value));
    await this.number.press('Enter');
  }

  async value(): Promise<number> {
    return Number((await this.number.inputValue()).replaceAll(',', ''));
  }

  async expectValue(value: number): Promise<void> {
    await expect.poll(() => this.value()).toBeCloseTo(value, 2);
  }

  /** Drags the thumb with the pointer to a place between the smallest (0) and the largest (1) value. */
  async drag(to: number, steps = 20, during?: () => Promise<void>): Promise<void> {
    await this.slider.scrollIntoViewIfNeeded();
    const box = await this.slider.boundingBox();
    if (box === null) throw new Error('The slider is not on screen.');
    const { low, high, now } = await this.slider.evaluate((input: HTMLInputElement) => ({ low: Number(input.min), high: Number(input.max), now: Number(input.value) }));
    const x = (fraction: number): number => box.x + 8 + fraction * (box.width - 16);
    const y = box.y + box.height / 2;
    const { mouse } = this.#workbench.page;
    await mouse.move(x((now - low) / (high - low)), y);
    await mouse.down();
    await mouse.move(x(to), y, { steps });
    await during?.();
    await mouse.up();
    await this.#workbench.settled();
  }
}
