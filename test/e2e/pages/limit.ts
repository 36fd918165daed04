/** One row of the limits: switch, slider, number and what it says. */
import { expect, type Locator, type Page } from '@playwright/test';
import type { Workbench } from './workbench.ts';

const RESTING_MS = 3_000;

/** What was seen during a drag. */
export interface Dragged {
  /** Milliseconds between frames; collections that the measurement itself asked for are left out. */
  readonly frames: readonly number[];
  /** The same before the drag, with nothing to do. */
  readonly resting: readonly number[];
  /** Different children drawn. */
  readonly answers: number;
  /** Frames in which a child was called proven or current that answers another limit than the one on screen. */
  readonly stale: readonly string[];
  readonly heapGrowthMib: number;
}

declare global {
  interface Window {
    watched?: { pause(paused: boolean): void; end(): Omit<Dragged, 'heapGrowthMib' | 'resting'> };
  }
}

/** Notes in every frame when it came, and whether what is drawn answers the limit on screen where it claims to. */
function watchFrames(page: Page, field: string | null): Promise<void> {
  return page.evaluate((fieldId) => {
    const frames: number[] = [];
    const stale: string[] = [];
    const drawn = new Set<string>();
    let live = true;
    let paused = false;
    let before: number | undefined;
    const frame = (at: number): void => {
      if (!live) return;
      if (before !== undefined && !paused) frames.push(at - before);
      before = paused ? undefined : at;
      const status = document.querySelector<HTMLElement>('[data-testid="solve-status"]');
      const map = document.querySelector<SVGElement>('[data-testid="layer-map"] svg[data-current]');
      const value = Number((document.querySelector<HTMLInputElement>(`[data-testid="${fieldId}"]`)?.value ?? '').replaceAll(',', ''));
      const answered = status?.dataset['answers'] ?? '';
      drawn.add(answered);
      const limit = Number(/:([^;]+);/.exec(answered)?.[1]);
      const claims = status?.dataset['status'] === 'optimal' || map?.dataset['current'] === 'true';
      // The field shows the limit rounded.
      if (claims && !(Math.abs(limit - value) <= 1e-4 * value)) stale.push(`${answered} shown as current for ${value}`);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    window.watched = {
      pause: (now) => {
        paused = now;
        before = undefined;
      },
      end: () => {
        live = false;
        return { frames, stale, answers: drawn.size };
      },
    };
  }, field);
}

function pauseFrames(page: Page, paused: boolean): Promise<void> {
  return page.evaluate((now) => window.watched?.pause(now), paused);
}

export class Limit {
  readonly row: Locator;
  readonly slider: Locator;
  readonly number: Locator;
  readonly toggle: Locator;
  readonly message: Locator;
  readonly setReachable: Locator;
  /** How far it can go while the others hold. */
  readonly reach: Locator;
  /** What it costs or leaves. */
  readonly price: Locator;
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
    this.reach = page.getByTestId(`${id}-reach`);
    this.price = page.getByTestId(`${id}-price`);
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

  /**
   * Drags the thumb to and fro for `ms`, a pointer move every 16 ms, and watches every frame meanwhile.
   * The heap is measured after collections, two seconds into the drag and at its end.
   */
  async dragFor(ms: number): Promise<Dragged> {
    await this.slider.scrollIntoViewIfNeeded();
    const box = await this.slider.boundingBox();
    if (box === null) throw new Error('The slider is not on screen.');
    const { page } = this.#workbench;
    const session = await page.context().newCDPSession(page);
    const heapMib = async (): Promise<number> => {
      await session.send('HeapProfiler.collectGarbage');
      return (await session.send('Runtime.getHeapUsage')).usedSize / 2 ** 20;
    };
    const x = (fraction: number): number => box.x + 8 + fraction * (box.width - 16);
    const y = box.y + box.height / 2;
    const now = await this.slider.evaluate((input: HTMLInputElement) => (Number(input.value) - Number(input.min)) / (Number(input.max) - Number(input.min)));
    const fieldId = await this.number.getAttribute('data-testid');
    // What the machine manages with a pointer that moves and nothing else to do.
    await watchFrames(page, fieldId);
    const restingFrom = performance.now();
    while (performance.now() - restingFrom < RESTING_MS) {
      await page.mouse.move(x(now), y + 3 * Math.sin(performance.now() / 100));
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    }
    const resting = await page.evaluate(() => window.watched?.end().frames);
    await page.mouse.move(x(now), y);
    await page.mouse.down();
    await watchFrames(page, fieldId);
    const startedAt = performance.now();
    let heapBefore: number | undefined;
    for (let passed = 0; passed < ms; passed = performance.now() - startedAt) {
      // Between a tenth and all of the range, to and fro in four seconds.
      await page.mouse.move(x(0.55 + 0.45 * Math.sin((passed / 4000) * Math.PI)), y);
      if (heapBefore === undefined && passed > ms / 5) {
        await pauseFrames(page, true);
        heapBefore = await heapMib();
        await pauseFrames(page, false);
      }
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    }
    const seen = await page.evaluate(() => window.watched?.end());
    const heapAfter = await heapMib();
    await page.mouse.up();
    await session.detach();
    if (seen === undefined) throw new Error('No frame was watched.');
    return { ...seen, resting: resting ?? [], heapGrowthMib: heapAfter - (heapBefore ?? heapAfter) };
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
