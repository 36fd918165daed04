/** The Train screen: runs, the wizard, and one run with its steps. */
import { expect, type Locator } from '@playwright/test';
import type { Workbench } from './workbench.ts';

/** Runs compute in processes of their own; on a busy machine they take their time. */
const RUN_MS = 150_000;

export class TrainPage {
  readonly app: Workbench;
  readonly root: Locator;
  readonly empty: Locator;
  readonly wizard: Locator;
  readonly runs: Locator;
  readonly run: Locator;
  readonly state: Locator;

  constructor(app: Workbench) {
    this.app = app;
    this.root = app.page.getByTestId('train');
    this.empty = app.page.getByTestId('train-empty');
    this.wizard = app.page.getByTestId('train-wizard');
    this.runs = app.page.getByTestId('run-row');
    this.run = app.page.getByTestId('run');
    this.state = app.page.getByTestId('run-state');
  }

  async open(): Promise<void> {
    await this.app.page.getByTestId('screen-train').click();
    await expect(this.root).toBeVisible();
    await this.app.idle();
  }

  async openWizard(): Promise<void> {
    await this.app.page.getByTestId('train-new').click();
    await expect(this.wizard.getByTestId('train-preset-smoke')).toBeVisible();
  }

  field(name: string): Locator {
    return this.wizard.getByTestId(`train-${name}`);
  }

  problem(name: string): Locator {
    return this.wizard.getByTestId(`train-${name}-problem`);
  }

  async type(values: Readonly<Record<string, string | number>>): Promise<void> {
    for (const [name, value] of Object.entries(values)) await this.field(name).fill(String(value));
  }

  /** Presses Enter wherever the keyboard is, which leads on. */
  async enter(): Promise<void> {
    await this.app.page.keyboard.press('Enter');
    await this.app.idle();
  }

  async next(): Promise<void> {
    await this.wizard.getByTestId('train-next').click();
    await this.app.idle();
  }

  async back(): Promise<void> {
    await this.wizard.getByTestId('train-back').click();
    await this.app.idle();
  }

  async expectPage(page: 'parent' | 'training' | 'review'): Promise<void> {
    await expect(this.wizard.getByTestId('train-page')).toHaveAttribute('data-page', page);
  }

  /** What the search minimises, for which device, and which spans of layers one block may replace. */
  async search(choice: { readonly objective: string; readonly device: string; readonly spans: string }): Promise<void> {
    await this.field('objective').selectOption(choice.objective);
    await this.field('targetDevice').selectOption(choice.device);
    if (!(await this.field('span-choice-own').isVisible())) await this.wizard.getByTestId('train-more-space').locator('summary').click();
    await this.field('span-choice-own').click();
    await this.type({ spans: choice.spans });
  }

  /** Makes the smoke preset as small as it goes: seconds rather than a minute. */
  async makeSmall(steps: { readonly parent: number; readonly bld: number; readonly gkd: number }): Promise<void> {
    await this.expectPage('training');
    await this.type({ parent_steps: steps.parent, bld_steps: steps.bld, gkd_steps: steps.gkd });
    for (const set of [0, 1, 3, 4]) await this.wizard.getByTestId(`train-remove-limit-${set}`).click();
    await this.wizard.getByTestId('train-sizes').locator('summary').click();
    await this.type({ trainTokens: 16_384, heldOutTokens: 4096, scoreSequences: 8, evaluateSequences: 16, taskExamples: 5, architectures: 6, narrow: 2, randomChildren: 1 });
  }

  step(kind: string): Locator {
    return this.app.page.getByTestId(`step-${kind}`);
  }

  async show(kind: string): Promise<void> {
    await this.step(kind).click();
    await expect(this.run).toHaveAttribute('data-part', kind);
    await this.app.idle();
  }

  async reachesState(state: string): Promise<void> {
    await expect(this.state).toHaveAttribute('data-state', state, { timeout: RUN_MS });
  }

  /** Until a step is done, or at least begun. */
  async reaches(kind: string, state: 'running' | 'done'): Promise<void> {
    await expect(this.step(kind)).toHaveAttribute('data-state', state === 'running' ? /running|done/ : 'done', { timeout: RUN_MS });
  }

  async cancel(): Promise<void> {
    await this.app.page.getByTestId('run-cancel').click();
    await this.reachesState('cancelled');
  }

  async resume(): Promise<void> {
    await this.app.page.getByTestId('run-resume').click();
    await this.reachesState('running');
  }

  async remove(): Promise<void> {
    await this.app.page.getByTestId('run-more').click();
    await this.app.page.getByTestId('menu-item-remove').click();
    await this.app.page.getByTestId('run-remove-confirm').click();
    await this.app.idle();
  }
}
