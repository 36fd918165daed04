/**
 * `npm start`: opens the desktop app, or says in one line why it cannot and serves the same window to a web browser.
 * Everything that can be decided without touching the system is in launch_plan.ts.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { fetchElectron } from './fetch_electron.ts';
import { findElectron } from './find_electron.ts';
import { explainFailedStart, hasDisplay, isAlreadyOpen, LAUNCH_HELP, parseLaunch, planLaunch, type LaunchOptions } from './launch_plan.ts';
import { startElectron } from './start_electron.ts';

const dist = path.resolve(import.meta.dirname, '..');
const root = path.resolve(dist, '..');
const READY_WITHIN_MS = 20_000;
const FETCH_STALL_MS = 30_000;

const parsed = parseLaunch(process.argv.slice(2), process.env);
if (parsed.kind === 'help') console.log(LAUNCH_HELP);
else if (parsed.kind === 'wrong') {
  console.error(`${parsed.why}\n${LAUNCH_HELP}`);
  process.exitCode = 2;
} else process.exitCode = await launch(parsed.options);

/** Gives the exit code of whichever host ran. */
async function launch(options: LaunchOptions): Promise<number> {
  const plan = planLaunch(options, {
    platform: process.platform,
    hasDisplay: hasDisplay(process.platform, process.env),
    isRoot: process.platform === 'linux' && process.getuid?.() === 0,
    electron: locate(),
  });
  switch (plan.kind) {
    case 'browser':
      return serve(options, plan.why);
    case 'electron':
      return open(options, plan.executable);
    case 'fetch': {
      const fetched = await fetchWithProgress(plan.packageFolder);
      if (fetched !== undefined) return serve(options, `Electron is not installed and ${fetched}`);
      const electron = locate();
      return electron.kind === 'found' ? open(options, electron.executable) : serve(options, "Electron's installer left no binary");
    }
  }
}

function locate(): ReturnType<typeof findElectron> {
  return findElectron(root, process.platform, process.env['ELECTRON_OVERRIDE_DIST_PATH']);
}

/** Why it failed, or undefined. */
async function fetchWithProgress(packageFolder: string): Promise<string | undefined> {
  console.error("Fetching Electron's binary (about 110 MB, once) …");
  const live = process.stderr.isTTY;
  const fetched = await fetchElectron({
    packageFolder,
    stallMs: FETCH_STALL_MS,
    pollMs: 500,
    onProgress: (bytes) => {
      if (live) process.stderr.write(`\r  ${(bytes / 1e6).toFixed(0)} MB`);
    },
  });
  if (live) process.stderr.write('\r');
  return fetched.kind === 'failed' ? fetched.why : undefined;
}

async function open(options: LaunchOptions, executable: string): Promise<number> {
  const args = [path.join(dist, 'electron', 'main.js'), ...projectArguments(options)];
  const started = await startElectron(executable, args, READY_WITHIN_MS);
  if (started.kind === 'failed' && isAlreadyOpen(started.failure)) {
    console.error('Puzzle Workbench is already open; its window was brought to the front.');
    return 0;
  }
  if (started.kind === 'failed') return serve(options, explainFailedStart(started.failure, started.output));
  forwardSignals(started.child);
  return started.exit;
}

function serve(options: LaunchOptions, why: string | undefined): Promise<number> {
  if (why !== undefined) console.error(`No desktop window: ${why}. Starting browser mode instead.`);
  const args = [
    path.join(dist, 'engine', 'serve.js'),
    ...(options.port === undefined ? [] : ['--port', String(options.port)]),
    ...projectArguments(options),
    ...(options.open ? [] : ['--no-open']),
  ];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      stdio: 'inherit',
      // The engine shows it among its capabilities.
      env: { ...process.env, ...(why === undefined ? {} : { PUZZLE_DESKTOP_REASON: why }) },
    });
    forwardSignals(child);
    child.once('error', (error) => {
      console.error(`Browser mode could not be started: ${error.message}`);
      resolve(1);
    });
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

function projectArguments(options: LaunchOptions): readonly string[] {
  return options.project === undefined ? [] : ['--project', path.resolve(options.project)];
}

/** Ending the launcher ends its host; the terminal's own Ctrl+C reaches both, and a second signal is harmless. */
function forwardSignals(child: ChildProcess): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
}
