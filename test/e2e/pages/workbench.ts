/** The window as a user sees it; scenarios speak of limits, maps and pins, and only this folder knows test ids. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, type Locator, type Page } from '@playwright/test';
import { projectFileSchema, type ProjectDocument } from '../../../engine/protocol/workspace.ts';
import type { Host, SavedFile } from '../hosts.ts';
import { Limit } from './limit.ts';

declare global {
  interface Window {
    workbench?: { whenIdle(): Promise<void>; whenExplained(): Promise<void> };
  }
}

export type TabName = 'frontier' | 'reasons' | 'layers' | 'compare' | 'published' | 'serving';

export class Workbench {
  readonly host: Host;
  readonly page: Page;
  readonly project: string;
  readonly status: Locator;
  readonly summary: Locator;
  readonly notices: Locator;
  readonly welcome: Locator;
  readonly librarySwitcher: Locator;
  readonly readOnly: Locator;
  readonly saveState: Locator;
  readonly objective: Locator;
  readonly frontier: Locator;
  readonly compare: Locator;
  readonly published: Locator;

  constructor(host: Host, project: string) {
    this.host = host;
    this.page = host.page;
    this.project = project;
    this.status = this.page.getByTestId('solve-status');
    this.summary = this.page.getByTestId('summary');
    this.notices = this.page.getByTestId('notice');
    this.welcome = this.page.getByTestId('welcome');
    this.librarySwitcher = this.page.getByTestId('library-switcher');
    this.readOnly = this.page.getByTestId('read-only');
    this.saveState = this.page.getByTestId('save-state');
    this.objective = this.page.getByTestId('objective');
    this.frontier = this.page.getByTestId('frontier-plot');
    this.compare = this.page.getByTestId('compare');
    this.published = this.page.getByTestId('published');
  }

  /** Waits until no call, solve, sweep, save or painting is on its way. */
  async idle(): Promise<void> {
    await this.page.waitForFunction(() => window.workbench !== undefined);
    await this.page.evaluate(() => window.workbench?.whenIdle());
  }

  /** Waits, besides, until everything is known about why the child is what it is. */
  async explained(): Promise<void> {
    await this.page.evaluate(() => window.workbench?.whenExplained());
  }

  /**
   * Waits until the child on screen answers the limits on screen and the project is saved; the frontier around it, a
   * whole series of solves, may still be on its way.
   */
  async settled(): Promise<void> {
    await this.page.waitForFunction(() => {
      const attribute = (id: string, name: string): string | undefined => document.querySelector(`[data-testid="${id}"]`)?.getAttribute(name) ?? undefined;
      const busy = ['library-loading', 'engine-starting', 'activity', 'engine-lost'].some((id) => document.querySelector(`[data-testid="${id}"]`) !== null);
      return (
        !busy &&
        attribute('engine-status', 'data-ready') === 'true' &&
        attribute('save-state', 'data-state') !== 'pending' &&
        attribute('solve-status', 'data-pending') !== 'true' &&
        attribute('solve-status', 'data-status') !== 'searching'
      );
    });
  }

  close(): Promise<void> {
    return this.host.close();
  }

  /** What the page's content security policy stopped since it was loaded. */
  async policyBreaches(): Promise<readonly string[]> {
    if (this.page.isClosed()) return [];
    return this.page.evaluate(() => ('policyBreaches' in window ? (window.policyBreaches as string[]) : []));
  }

  limit(column: string, side: 'max' | 'min' = 'max'): Limit {
    return new Limit(this, column, side);
  }

  /** The exact value behind a figure of the summary. */
  async figure(column: string): Promise<number> {
    return Number(await this.page.getByTestId(`summary-${column}`).getAttribute('data-value'));
  }

  async expectProven(): Promise<void> {
    await expect(this.status).toHaveAttribute('data-status', 'optimal');
    await expect(this.status).toHaveAttribute('data-pending', 'false');
    await expect(this.status).toContainText('Proven optimal');
  }

  /** What every layer of the map is, in words. */
  mapCells(): Promise<readonly string[]> {
    return this.page.locator('[data-testid^="map-cell-"]').evaluateAll((cells) => cells.map((cell) => cell.getAttribute('aria-label') ?? ''));
  }

  mapCell(layer: number): Locator {
    return this.page.getByTestId(`map-cell-${layer}`);
  }

  async show(tab: TabName): Promise<void> {
    await this.page.getByTestId(`tab-${tab}`).click();
    await this.settled();
  }

  async command(id: string): Promise<void> {
    await this.page.getByTestId(`command-${id}`).click();
    await this.settled();
  }

  async press(keys: string): Promise<void> {
    await this.page.keyboard.press(keys);
    await this.settled();
  }

  /** Drops files or folders from the disk onto the window, as the system does. */
  async drop(...files: readonly string[]): Promise<void> {
    const size = this.page.viewportSize() ?? { width: 1000, height: 700 };
    const session = await this.page.context().newCDPSession(this.page);
    const at = { x: size.width / 2, y: size.height / 2, data: { items: [], files: [...files], dragOperationsMask: 1 } };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await session.send('Input.dispatchDragEvent', { type, ...at });
    await session.detach();
  }

  async expectLibrary(name: string | RegExp): Promise<void> {
    await expect(this.librarySwitcher).toContainText(name);
    await this.settled();
  }

  /** Opens the sample from the welcome page. */
  async openSample(): Promise<void> {
    await this.page.getByTestId('welcome-sample').click();
    await this.expectLibrary(/Llama-3\.1-70B/);
  }

  async nextSolution(): Promise<void> {
    await this.page.getByTestId('solution-switcher').getByRole('button', { name: 'Next solution' }).click();
    await this.settled();
  }

  async pinCurrent(): Promise<void> {
    await this.page.getByTestId('pin-current').click();
    await this.settled();
  }

  async openReferences(): Promise<void> {
    await this.page.getByTestId('pin-reference').click();
  }

  async pinReference(id: string): Promise<void> {
    await this.openReferences();
    await this.page.getByTestId(`pin-reference-${id}`).click();
    await this.settled();
  }

  pins(): Locator {
    return this.page.locator('[data-testid^="pin-"].pin');
  }

  pin(index: number): Locator {
    return this.page.getByTestId(`pin-${index}`);
  }

  /** Exports one kind of file of the child on screen, or of a pin by its place. */
  async export(kind: string, pin?: number): Promise<SavedFile> {
    await this.page.getByTestId(pin === undefined ? 'export' : `pin-${pin}-export`).click();
    const dialog = this.page.getByTestId('export-dialog');
    await dialog.getByTestId(`export-${kind}`).click();
    await this.settled();
    const file = await this.host.save(() => dialog.getByTestId('export-save').click());
    await expect(dialog).toBeHidden();
    await this.settled();
    return file;
  }

  /** A notice of a kind, by what it says. */
  notice(kind: 'error' | 'warning' | 'info' | 'success', text: string | RegExp): Locator {
    return this.page.locator(`[data-testid="notice"][data-kind="${kind}"]`).filter({ hasText: text });
  }

  async dismissNotices(): Promise<void> {
    for (let left = await this.notices.count(); left > 0; left = await this.notices.count()) {
      await this.notices.first().getByRole('button', { name: 'Dismiss' }).click();
      await expect(this.notices).not.toHaveCount(left);
    }
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.settled();
  }

  /** The document as the disk has it. */
  async savedDocument(): Promise<ProjectDocument> {
    const text = await readFile(path.join(this.project, 'project.json'), 'utf8');
    return projectFileSchema.parse(JSON.parse(text)).document;
  }
}
