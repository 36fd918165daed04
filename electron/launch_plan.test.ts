import { describe, expect, it } from 'vitest';
import { explainFailedStart, hasDisplay, isAlreadyOpen, parseLaunch, planLaunch, type LaunchFacts } from './launch_plan.ts';

const FOUND: LaunchFacts = {
  platform: 'linux',
  hasDisplay: true,
  isRoot: false,
  electron: { kind: 'found', executable: '/e/electron' },
};
const FETCHABLE = { kind: 'fetchable', packageFolder: '/e' } as const;
const WANT = { browser: false, fetch: true };

describe('which host npm start tries', () => {
  it.each([
    ['the binary and a display', WANT, FOUND, { kind: 'electron', executable: '/e/electron' }],
    ['no binary yet', WANT, { ...FOUND, electron: FETCHABLE }, { kind: 'fetch', packageFolder: '/e' }],
    ['the user wants a browser', { ...WANT, browser: true }, FOUND, { kind: 'browser', why: undefined }],
    ['no display', WANT, { ...FOUND, hasDisplay: false }, { kind: 'browser', why: expect.stringContaining('no display') }],
    ['root', WANT, { ...FOUND, isRoot: true }, { kind: 'browser', why: expect.stringContaining('root') }],
    [
      'no binary and no fetching',
      { ...WANT, fetch: false },
      { ...FOUND, electron: FETCHABLE },
      { kind: 'browser', why: expect.stringContaining('--no-fetch') },
    ],
    ['no package', WANT, { ...FOUND, electron: { kind: 'missing', why: 'gone' } }, { kind: 'browser', why: 'gone' }],
  ] as const)('%s', (_name, options, facts, plan) => {
    expect(planLaunch(options, facts)).toEqual(plan);
  });

  it('never downloads for a machine that could not show the window', () => {
    for (const facts of [{ hasDisplay: false }, { isRoot: true }]) {
      expect(planLaunch(WANT, { ...FOUND, electron: FETCHABLE, ...facts }).kind).toBe('browser');
    }
  });
});

describe('displays', () => {
  it('are told by the environment on Linux only', () => {
    expect(hasDisplay('linux', {})).toBe(false);
    expect(hasDisplay('linux', { DISPLAY: '' })).toBe(false);
    expect(hasDisplay('linux', { DISPLAY: ':0' })).toBe(true);
    expect(hasDisplay('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toBe(true);
    expect(hasDisplay('darwin', {})).toBe(true);
    expect(hasDisplay('win32', {})).toBe(true);
  });
});

describe('options', () => {
  it('are all off at first', () => {
    expect(parseLaunch([], {})).toEqual({
      kind: 'options',
      options: { browser: false, fetch: true, open: true, port: undefined, project: undefined },
    });
  });

  it('are read in both spellings', () => {
    const want = { kind: 'options', options: { browser: true, fetch: false, open: false, port: 8080, project: 'demo' } };
    expect(parseLaunch(['--browser', '--no-fetch', '--no-open', '--port', '8080', '--project', 'demo'], {})).toEqual(want);
    expect(parseLaunch(['--no-fetch', '--no-open', '--port=8080', '--project=demo'], { PUZZLE_BROWSER: '1' })).toEqual(want);
    expect(parseLaunch([], { PUZZLE_BROWSER: '0' })).toMatchObject({ options: { browser: false } });
  });

  it.each([[['--port', 'x']], [['--port', '70000']], [['--port']], [['--project']], [['--no-sandbox']], [['file.json']]])(
    'refuses %j',
    (args) => {
      expect(parseLaunch(args, {}).kind).toBe('wrong');
    },
  );
});

describe('why Electron did not start', () => {
  const exit = { kind: 'exit', code: 1, signal: undefined } as const;

  it.each([
    [
      '[1:1107/FATAL:setuid_sandbox_host.cc(163)] The SUID sandbox helper binary was found, but is not configured correctly.',
      'sandbox',
    ],
    ['[FATAL:zygote_host_impl_linux.cc(128)] No usable sandbox! If you are running on Ubuntu 23.10+', 'sandbox'],
    ['[FATAL:electron_main_delegate.cc(288)] Running as root without --no-sandbox is not supported.', 'root'],
    ['electron: error while loading shared libraries: libnss3.so: cannot open shared object file', 'libnss3.so'],
    ['[ERROR:ui/ozone/platform/x11/ozone_platform_x11.cc:257] Missing X server or $DISPLAY', 'display'],
    ['[ERROR:dbus/bus.cc:406] Failed to connect to the bus\nError: Cannot find module main.js', 'Cannot find module main.js'],
  ])('%s', (output, clue) => {
    const said = explainFailedStart(exit, output);
    expect(said).toContain(clue);
    expect(said).not.toContain('\n');
  });

  it('is no failure where another instance was already open', () => {
    expect(isAlreadyOpen({ kind: 'exit', code: 0, signal: undefined })).toBe(true);
    expect(isAlreadyOpen(exit)).toBe(false);
    expect(isAlreadyOpen({ kind: 'timeout', seconds: 20 })).toBe(false);
  });

  it('says how it ended when it printed nothing', () => {
    expect(explainFailedStart(exit, '')).toBe('Electron ended with exit code 1 before its window opened');
    expect(explainFailedStart({ kind: 'exit', code: undefined, signal: 'SIGTRAP' }, '')).toContain('SIGTRAP');
    expect(explainFailedStart({ kind: 'timeout', seconds: 20 }, '')).toBe('Electron did not open its window within 20 s');
    expect(explainFailedStart({ kind: 'spawn', message: 'EACCES' }, '')).toBe('Electron could not be run (EACCES)');
  });
});
