/** The hardware dialog: devices, calibrations, and fitting one's own timings. */
import { expect, type Locator } from '@playwright/test';
import type { Workbench } from './workbench.ts';

export class HardwareDialog {
  readonly #app: Workbench;
  readonly dialog: Locator;
  readonly editor: Locator;
  readonly calibrations: Locator;
  readonly finished: Locator;

  constructor(app: Workbench) {
    this.#app = app;
    this.dialog = app.page.getByTestId('hardware-dialog');
    this.editor = this.dialog.getByTestId('device-editor');
    this.calibrations = this.dialog.getByTestId('calibrations');
    this.finished = this.dialog.getByTestId('fit-finished');
  }

  async open(): Promise<void> {
    await this.#app.page.keyboard.press('ControlOrMeta+k');
    await this.#app.page.getByTestId('palette-input').fill('hardware');
    await this.#app.page.keyboard.press('Enter');
    await expect(this.dialog).toBeVisible();
  }

  async close(): Promise<void> {
    await this.#app.page.keyboard.press('Escape');
    await expect(this.dialog).toBeHidden();
    await this.#app.settled();
  }

  device(id: string): Locator {
    return this.dialog.getByTestId(`device-${id}`);
  }

  /** Built-in devices are duplicated, added ones changed. */
  async edit(id: string): Promise<void> {
    await this.dialog.getByTestId(`device-${id}-edit`).click();
    await expect(this.editor).toBeVisible();
  }

  removeButton(id: string): Locator {
    return this.dialog.getByTestId(`device-${id}-remove`);
  }

  async type(field: string, text: string): Promise<void> {
    await this.editor.getByTestId(`device-${field}`).fill(text);
  }

  problems(): Promise<readonly string[]> {
    return this.editor.getByRole('alert').allInnerTexts();
  }

  /** Tries to keep it; where something is wrong the editor stays. */
  async keep(): Promise<void> {
    await this.editor.getByTestId('device-save').click();
  }

  async showCalibrations(): Promise<void> {
    await this.dialog.getByTestId('hardware-page-calibrations').click();
    await expect(this.calibrations).toBeVisible();
  }

  calibration(id: string): Locator {
    return this.dialog.getByTestId(`calibration-${id}`);
  }

  async startImport(path: string, kind: 'folder' | 'files'): Promise<void> {
    await this.dialog.getByTestId('hardware-import').click();
    await this.#app.host.pick(path, () => this.dialog.getByTestId(`fit-open-${kind}`).click());
  }
}
