/**
 * What `npm start` does, as pure decisions: which host to try, and what to say in one line when Electron cannot be it.
 * Never `--no-sandbox` on the user's behalf.
 */
import type { ElectronBinary } from './find_electron.ts';

export interface LaunchOptions {
  readonly browser: boolean;
  readonly fetch: boolean;
  readonly open: boolean;
  readonly port: number | undefined;
  readonly project: string | undefined;
}

export type ParsedLaunch =
  | { readonly kind: 'options'; readonly options: LaunchOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly why: string };

export const LAUNCH_HELP = `Usage: npm start -- [options]
  --browser       serve the window to your web browser instead of opening the desktop app (also PUZZLE_BROWSER=1)
  --port N        browser mode: listen on this port instead of a free one
  --no-open       browser mode: print the address without opening it
  --project DIR   open this project folder
  --no-fetch      do not download Electron's binary where it is missing`;

export function parseLaunch(args: readonly string[], environment: Readonly<Record<string, string | undefined>>): ParsedLaunch {
  const wish = environment['PUZZLE_BROWSER'];
  let options: LaunchOptions = {
    browser: wish !== undefined && wish !== '' && wish !== '0',
    fetch: true,
    open: true,
    port: undefined,
    project: undefined,
  };
  for (let i = 0; i < args.length; i++) {
    const [flag = '', joined] = splitFlag(args[i] ?? '');
    const value = (): string | undefined => joined ?? args[++i];
    if (flag === '--help' || flag === '-h') return { kind: 'help' };
    else if (flag === '--browser') options = { ...options, browser: true };
    else if (flag === '--no-fetch') options = { ...options, fetch: false };
    else if (flag === '--no-open') options = { ...options, open: false };
    else if (flag === '--port') {
      const text = value() ?? '';
      const port = Number(text);
      if (!/^\d+$/.test(text) || port > 65_535) return { kind: 'wrong', why: `--port needs a number from 0 to 65535, not "${text}".` };
      options = { ...options, port };
    } else if (flag === '--project') {
      const project = value();
      if (project === undefined || project === '') return { kind: 'wrong', why: '--project needs a folder.' };
      options = { ...options, project };
    } else return { kind: 'wrong', why: `Unknown option "${flag}".` };
  }
  return { kind: 'options', options };
}

function splitFlag(arg: string): readonly [string, string | undefined] {
  const at = arg.indexOf('=');
  return at === -1 ? [arg, undefined] : [arg.slice(0, at), arg.slice(at + 1)];
}

export interface LaunchFacts {
  readonly platform: string;
  readonly hasDisplay: boolean;
  /** Electron does not run as the super-user without giving up its sandbox. */
  readonly isRoot: boolean;
  readonly electron: ElectronBinary;
}

export type LaunchPlan =
  | { readonly kind: 'electron'; readonly executable: string }
  | { readonly kind: 'fetch'; readonly packageFolder: string }
  /** `why` is absent where the user asked for it. */
  | { readonly kind: 'browser'; readonly why: string | undefined };

export function planLaunch(options: Pick<LaunchOptions, 'browser' | 'fetch'>, facts: LaunchFacts): LaunchPlan {
  if (options.browser) return { kind: 'browser', why: undefined };
  if (!facts.hasDisplay) return { kind: 'browser', why: 'there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)' };
  if (facts.isRoot) return { kind: 'browser', why: 'Electron does not run as root with its sandbox on' };
  const { electron } = facts;
  switch (electron.kind) {
    case 'found':
      return { kind: 'electron', executable: electron.executable };
    case 'missing':
      return { kind: 'browser', why: electron.why };
    case 'fetchable':
      return options.fetch
        ? { kind: 'fetch', packageFolder: electron.packageFolder }
        : { kind: 'browser', why: "Electron's binary is not installed, and --no-fetch was given" };
  }
}

/** Only Linux can lack a display in a way that can be seen from here. */
export function hasDisplay(platform: string, environment: Readonly<Record<string, string | undefined>>): boolean {
  if (platform === 'win32' || platform === 'darwin') return true;
  return Boolean(environment['DISPLAY']) || Boolean(environment['WAYLAND_DISPLAY']);
}

/** How an Electron that never got ready ended. */
export type FailedStart =
  | { readonly kind: 'timeout'; readonly seconds: number }
  | { readonly kind: 'exit'; readonly code: number | undefined; readonly signal: string | undefined }
  | { readonly kind: 'spawn'; readonly message: string };

/** An instance that finds another one running leaves at once, and well. */
export function isAlreadyOpen(failure: FailedStart): boolean {
  return failure.kind === 'exit' && failure.code === 0;
}

/** The cause as one clause, from what Electron printed. */
export function explainFailedStart(failure: FailedStart, output: string): string {
  if (failure.kind === 'spawn') return `Electron could not be run (${failure.message})`;
  if (/running as root without --no-sandbox/i.test(output)) return 'Electron does not run as root with its sandbox on';
  if (/SUID sandbox helper|chrome-sandbox|No usable sandbox|sandbox_host_linux|clone\(\) failed|namespace_sandbox/i.test(output)) {
    return 'this system does not let an unpackaged Electron set up its sandbox (on Ubuntu: AppArmor restricts unprivileged user namespaces)';
  }
  const library = /error while loading shared libraries: ([^\s:]+)/.exec(output);
  if (library !== null) return `the system lacks ${library[1]}, which Electron needs`;
  if (/Missing X server|cannot open display|Unable to open X display|Failed to connect to Wayland|platform failed to initialize/i.test(output)) {
    return 'Electron cannot reach the display';
  }
  const line = output.split('\n').map((text) => text.trim()).findLast((text) => /error|fatal/i.test(text) && !/dbus|gpu|vaapi|gcm/i.test(text));
  const said = line === undefined ? '' : `: ${line.slice(0, 200)}`;
  if (failure.kind === 'timeout') return `Electron did not open its window within ${failure.seconds} s${said}`;
  const how = failure.signal === undefined ? `with exit code ${failure.code ?? 'unknown'}` : `on signal ${failure.signal}`;
  return `Electron ended ${how} before its window opened${said}`;
}
