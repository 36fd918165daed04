/** The two hosts a scenario can run in, behind one interface: the browser-mode server with a page, and Electron. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { _electron, type Browser, type BrowserContextOptions, type Page } from '@playwright/test';
import { ROOT, startServer } from '../fixtures/server.mjs';

export interface SavedFile {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface Host {
  readonly kind: 'browser' | 'electron';
  readonly page: Page;
  /** Address with token; undefined in Electron. */
  readonly address: string | undefined;
  enginePid(): Promise<number | undefined>;
  /** Does what opens the host's file dialog, and picks `file` in it. */
  pick(file: string, action: () => Promise<unknown>): Promise<void>;
  /** Does what saves a file, and gives that file. */
  save(action: () => Promise<unknown>): Promise<SavedFile>;
  close(): Promise<void>;
}

export interface HostOptions {
  readonly project: string;
  readonly home: string;
  readonly scratch: string;
  readonly context: BrowserContextOptions;
  /** Runs before anything of the page does. */
  readonly prepare: (page: Page) => Promise<void>;
}

export async function openInBrowser(browser: Browser, options: HostOptions): Promise<Host> {
  const server = await startServer(options);
  const context = await browser.newContext({ ...options.context, acceptDownloads: true });
  const page = await context.newPage();
  await options.prepare(page);
  await page.goto(server.address);
  return {
    kind: 'browser',
    page,
    address: server.address,
    enginePid: () => Promise.resolve(server.enginePid()),
    async pick(file, action) {
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), action()]);
      await chooser.setFiles(file);
    },
    async save(action) {
      const [download] = await Promise.all([page.waitForEvent('download'), action()]);
      return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
    },
    async close() {
      await context.close();
      await server.stop();
    },
  };
}

export async function openInElectron(options: HostOptions): Promise<Host> {
  const executablePath = process.env['PUZZLE_E2E_ELECTRON'];
  if (executablePath === undefined) throw new Error('PUZZLE_E2E_ELECTRON names no Electron; start the scenarios with npm run test:e2e.');
  const extra = JSON.parse(process.env['PUZZLE_E2E_ELECTRON_ARGS'] ?? '[]') as string[];
  const app = await _electron.launch({
    executablePath,
    args: [...extra, `--user-data-dir=${path.join(options.scratch, 'electron')}`, ROOT, '--project', options.project],
    env: { ...(process.env as Record<string, string>), PUZZLE_HOME: options.home },
    colorScheme: options.context.colorScheme ?? 'light',
  });
  const page = await app.firstWindow();
  await options.prepare(page);
  const size = options.context.viewport;
  if (size !== undefined && size !== null) {
    await app.evaluate(({ BrowserWindow }, { width, height }) => BrowserWindow.getAllWindows()[0]?.setContentSize(width, height), size);
  }
  let saves = 0;
  return {
    kind: 'electron',
    page,
    address: undefined,
    enginePid: () =>
      app.evaluate(({ app: main }) => main.getAppMetrics().find((metric) => metric.type === 'Utility' && metric.serviceName === 'node.mojom.NodeService')?.pid),
    async pick(file, action) {
      await app.evaluate(({ dialog }, picked) => {
        dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [picked] });
      }, file);
      await action();
    },
    async save(action) {
      const folder = path.join(options.scratch, `saved-${saves++}`);
      await app.evaluate(({ dialog }, target) => {
        const answer = (given: unknown): Promise<{ canceled: boolean; filePath: string }> => {
          const suggested = String((given as { defaultPath?: string } | undefined)?.defaultPath ?? 'file');
          return Promise.resolve({ canceled: false, filePath: `${target}-${suggested.split(/[\\/]/).at(-1)}` });
        };
        dialog.showSaveDialog = ((_: unknown, given: unknown) => answer(given)) as typeof dialog.showSaveDialog;
      }, folder);
      await action();
      const notice = page.getByTestId('notice').filter({ hasText: /^Saved/ }).last();
      const title = await notice.innerText();
      const saved = title.replace(/^Saved /, '').trim();
      return { name: saved.slice(path.basename(folder).length + 1), bytes: await readFile(path.join(options.scratch, saved)) };
    },
    close: () => app.close(),
  };
}
