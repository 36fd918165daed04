/** What others published, and our figures beside it. */
import type { Locator } from '@playwright/test';
import type { Workbench } from './workbench.ts';

export class PublishedPage {
  readonly app: Workbench;
  readonly root: Locator;
  readonly table: Locator;
  readonly summary: Locator;
  readonly scatter: Locator;

  constructor(app: Workbench) {
    this.app = app;
    this.root = app.page.getByTestId('published');
    this.table = app.page.getByTestId('published-comparison');
    this.summary = app.page.getByTestId('published-summary');
    this.scatter = app.page.getByTestId('published-scatter');
  }

  /** Opens the tab and waits for the comparison with every table. */
  async open(): Promise<void> {
    await this.app.show('published');
    await this.entry('article-3').waitFor({ state: 'attached' });
  }

  entry(id: string): Locator {
    return this.app.page.getByTestId(`published-entry-${id}`);
  }

  /** A view or a table by its id, from the list. */
  async choose(id: string): Promise<void> {
    await this.entry(id).click();
    await this.app.settled();
  }

  /** The same where the window is too narrow for a list. */
  async chooseNarrow(id: string): Promise<void> {
    await this.app.page.getByTestId('published-select').selectOption(id);
    await this.app.settled();
  }

  async release(id: string): Promise<void> {
    await this.app.page.getByTestId(`published-release-${id}`).click();
  }

  row(id: string): Locator {
    return this.app.page.getByTestId(`published-row-${id}`);
  }

  /** ours / published - 1 of a row, in full. */
  async error(id: string): Promise<number> {
    return Number(await this.row(id).getAttribute('data-error'));
  }
}
