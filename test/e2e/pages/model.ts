/** Models and estimated libraries: what a dropped config.json is for, the dialog that computes a library, and the deployment. */
import { expect, type Locator, type Page } from '@playwright/test';
import type { Workbench } from './workbench.ts';

export class ModelOffer {
  readonly #app: Workbench;
  readonly dialog: Locator;

  constructor(app: Workbench) {
    this.#app = app;
    this.dialog = app.page.getByTestId('model-offer');
  }

  async useAsParent(): Promise<RecipeDialog> {
    await this.dialog.getByTestId('model-offer-parent').click();
    return new RecipeDialog(this.#app);
  }

  async pin(): Promise<void> {
    await this.dialog.getByTestId('model-offer-pin').click();
  }
}

/** "New estimated library". */
export class RecipeDialog {
  readonly #app: Workbench;
  readonly dialog: Locator;
  readonly cost: Locator;
  readonly unread: Locator;
  readonly missing: Locator;

  constructor(app: Workbench) {
    this.#app = app;
    this.dialog = app.page.getByTestId('recipe-dialog');
    this.cost = this.dialog.getByTestId('parent-cost');
    this.unread = this.dialog.getByTestId('recipe-unread');
    this.missing = this.dialog.getByTestId('recipe-missing');
  }

  async choose(field: 'parent' | 'device' | 'formats' | 'tp' | 'traffic' | 'quality', value: string): Promise<void> {
    await this.dialog.getByTestId(`recipe-${field}`).selectOption(value);
  }

  async enter(field: string, text: string): Promise<void> {
    await this.dialog.getByTestId(`model-form-${field}`).fill(text);
  }

  /** Waits until what the parent costs answers the fields as they are. */
  async costed(): Promise<void> {
    await expect(this.cost).toHaveAttribute('data-stale', 'false');
  }

  async create(): Promise<void> {
    await this.dialog.getByTestId('recipe-create').click();
    await expect(this.dialog).toBeHidden();
    await this.#app.settled();
  }
}

/** What the open computed library is served with. */
export class Deployment {
  readonly #app: Workbench;
  readonly panel: Locator;
  readonly basis: Locator;
  readonly memoryHint: Locator;

  constructor(app: Workbench) {
    this.#app = app;
    this.panel = app.page.getByTestId('deployment');
    this.basis = app.page.getByTestId('deployment-basis');
    this.memoryHint = app.page.getByTestId('deployment-memory-hint');
  }

  field(name: 'device' | 'formats' | 'weights' | 'activations' | 'kv' | 'tp' | 'batch' | 'traffic'): Locator {
    return this.panel.getByTestId(`deployment-${name}`);
  }

  async choose(name: Parameters<Deployment['field']>[0], value: string): Promise<void> {
    const before = await this.library();
    await this.field(name).selectOption(value);
    await expect(this.panel).not.toHaveAttribute('data-library', before);
    await this.#app.settled();
  }

  async setLength(name: 'isl' | 'osl', tokens: number): Promise<void> {
    const before = await this.library();
    await this.panel.getByTestId(`deployment-${name}`).fill(String(tokens));
    await this.panel.getByTestId(`deployment-${name}`).press('Enter');
    await expect(this.panel).not.toHaveAttribute('data-library', before);
    await this.#app.settled();
  }

  /** Id of the library whose figures are on screen. */
  async library(): Promise<string> {
    return (await this.panel.getAttribute('data-library')) ?? '';
  }

  /** Notes every frame in which a map is called current that belongs to another device than the one chosen. */
  async watch(): Promise<() => Promise<readonly string[]>> {
    await watchDevice(this.#app.page);
    return () => this.#app.page.evaluate(() => window.deviceWatched?.() ?? []);
  }
}

declare global {
  interface Window {
    deviceWatched?: () => readonly string[];
  }
}

function watchDevice(page: Page): Promise<void> {
  return page.evaluate(() => {
    const seen: string[] = [];
    let live = true;
    const find = <E extends Element>(selector: string): E | null => document.querySelector<E>(selector);
    const frame = (): void => {
      if (!live) return;
      const chosen = find<HTMLSelectElement>('[data-testid="deployment-device"]')?.value;
      const library = find<HTMLElement>('[data-testid="deployment"]')?.dataset['library'] ?? '';
      const map = find<SVGElement>('[data-testid="layer-map"] svg[data-current]');
      const shown = library.startsWith('sample:') ? 'h100-sxm' : new URLSearchParams(library.split('?')[1]).get('device');
      if (map === null) seen.push('no map');
      else if (map.dataset['current'] === 'true' && chosen !== shown) seen.push(`the map of ${shown} is current while ${chosen} is chosen`);
      if (find('[data-testid="library-loading"]') !== null) seen.push('the explorer is gone');
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    window.deviceWatched = () => {
      live = false;
      return [...new Set(seen)];
    };
  });
}
