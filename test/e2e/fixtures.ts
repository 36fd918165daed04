/**
 * What every scenario starts from: a project and a home of its own, the product opened on them in the host that the
 * project of the Playwright configuration names, and a watch that fails the scenario on any error of the page or any
 * breach of its content security policy.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test as base, expect, type BrowserContextOptions, type Page } from '@playwright/test';
import { documentSchema, type ProjectDocument } from '../../engine/protocol/workspace.ts';
import { removeFolder, temporaryFolder } from '../fixtures/server.mjs';
import { openInBrowser, openInElectron } from './hosts.ts';
import { Workbench } from './pages/workbench.ts';

export { expect };
export const SAMPLE_ID = 'sample:llama-3.1-70b';

export interface LaunchOptions {
  /** What the project holds at the start; an empty project where undefined. */
  readonly document?: Partial<ProjectDocument>;
  /** Another opener of this project. */
  readonly project?: string;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'light' | 'dark';
}

interface Fixtures {
  /** A folder of this scenario's own, removed afterwards. */
  readonly scratch: string;
  readonly launch: (options?: LaunchOptions) => Promise<Workbench>;
}

export const test = base.extend<Fixtures>({
  scratch: async ({}, use) => {
    const folder = await temporaryFolder();
    await use(folder);
    await removeFolder(folder);
  },
  launch: async ({ browser, scratch, viewport }, use, testInfo) => {
    const opened: Workbench[] = [];
    const problems: string[] = [];
    await use(async (options = {}) => {
      const own = path.join(scratch, String(opened.length));
      const project = options.project ?? path.join(own, 'project');
      await mkdir(own, { recursive: true });
      if (options.document !== undefined) await writeProject(project, options.document);
      const context: BrowserContextOptions = {
        viewport: options.viewport ?? viewport,
        colorScheme: options.colorScheme ?? 'light',
        reducedMotion: 'reduce',
      };
      const hostOptions = { project, home: path.join(own, 'home'), scratch: own, context, prepare: (page: Page) => watch(page, problems) };
      const host = testInfo.project.name === 'electron' ? await openInElectron(hostOptions) : await openInBrowser(browser, hostOptions);
      const workbench = new Workbench(host, project);
      opened.push(workbench);
      await workbench.settled();
      return workbench;
    });
    for (const workbench of opened) {
      problems.push(...(await workbench.policyBreaches()));
      await workbench.close();
    }
    expect(problems, 'errors of the page and breaches of its policy').toEqual([]);
  },
});

/** Writes `project.json` as an earlier run of the product would have left it. */
export async function writeProject(folder: string, document: Partial<ProjectDocument>): Promise<void> {
  const file = {
    format: 'puzzle-workbench/project',
    version: 1,
    saved_at: '2026-01-01T00:00:00.000Z',
    document: documentSchema.parse({ name: 'Scenario', ...document }),
  };
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'project.json'), JSON.stringify(file));
}

/** The sample with one upper limit on memory, the usual starting point. */
export function sampleAt(memoryMib: number): Partial<ProjectDocument> {
  return { library_id: SAMPLE_ID, limits: [{ column: 'memory_mib', side: 'max', value: memoryMib, enabled: true }] };
}

async function watch(page: Page, problems: string[]): Promise<void> {
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
  page.on('crash', () => problems.push('the page crashed'));
  await page.addInitScript(() => {
    const breaches: string[] = [];
    Object.assign(window, { policyBreaches: breaches });
    document.addEventListener('securitypolicyviolation', (event) => breaches.push(`${event.violatedDirective}: ${event.blockedURI}`));
  });
}
