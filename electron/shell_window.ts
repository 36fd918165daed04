/** Creates the one window: sandboxed, kept on our own page, its place remembered. */
import path from 'node:path';
import { BrowserWindow, screen, shell } from 'electron';
import { APP_URL, externalLink, mayNavigate, mayUsePermission, WEB_PREFERENCES } from './security.ts';
import { readStateFile, writeStateFile } from './state_file.ts';
import { MINIMUM_SIZE, placeWindow, windowStateSchema } from './window_state.ts';

export interface ShellWindowOptions {
  readonly preload: string;
  readonly icon: string;
  readonly stateFile: string;
}

/** A page that died twice within this time is left dead rather than reloaded for ever. */
const RELOAD_AT_MOST_EVERY_MS = 10_000;

export function createShellWindow(options: ShellWindowOptions): BrowserWindow {
  const primary = screen.getPrimaryDisplay();
  const others = screen.getAllDisplays().filter((display) => display.id !== primary.id);
  const state = placeWindow(
    readStateFile(options.stateFile, windowStateSchema),
    [primary, ...others].map((display) => display.workArea),
  );
  const window = new BrowserWindow({
    x: state.x,
    y: state.y,
    width: state.width,
    height: state.height,
    minWidth: Math.min(MINIMUM_SIZE.width, state.width),
    minHeight: Math.min(MINIMUM_SIZE.height, state.height),
    show: false,
    title: 'Puzzle Workbench',
    icon: options.icon,
    webPreferences: { ...WEB_PREFERENCES, preload: options.preload },
  });
  guard(window);
  window.once('ready-to-show', () => {
    if (state.maximized) window.maximize();
    window.show();
  });
  window.on('close', () => {
    writeStateFile(options.stateFile, { ...window.getNormalBounds(), maximized: window.isMaximized() });
  });
  return window;
}

/** Applies security.ts to a window and its session. */
function guard(window: BrowserWindow): void {
  const { webContents } = window;
  const { session } = webContents;
  webContents.on('will-navigate', (event) => {
    if (!mayNavigate(event.url)) event.preventDefault();
  });
  webContents.on('will-frame-navigate', (event) => {
    if (!mayNavigate(event.url)) event.preventDefault();
  });
  webContents.on('will-redirect', (event) => {
    if (!mayNavigate(event.url)) event.preventDefault();
  });
  webContents.on('will-attach-webview', (event) => event.preventDefault());
  webContents.setWindowOpenHandler(({ url }) => {
    const link = externalLink(url);
    if (link !== undefined) void shell.openExternal(link);
    return { action: 'deny' };
  });
  session.setPermissionRequestHandler((_contents, permission, answer, details) =>
    answer(mayUsePermission(permission, details.requestingUrl, details.isMainFrame)),
  );
  session.setPermissionCheckHandler((_contents, permission, origin, details) =>
    mayUsePermission(permission, details.requestingUrl ?? origin, details.isMainFrame),
  );
  session.setDevicePermissionHandler(() => false);

  let reloadedAt = Number.NEGATIVE_INFINITY;
  webContents.on('render-process-gone', (_event, { reason }) => {
    console.error(`The page's process ended: ${reason}.`);
    if (reason === 'clean-exit' || Date.now() - reloadedAt < RELOAD_AT_MOST_EVERY_MS) return;
    reloadedAt = Date.now();
    void window.loadURL(APP_URL);
  });
}

export function iconPath(dist: string): string {
  return path.join(dist, 'renderer', 'icon.png');
}
