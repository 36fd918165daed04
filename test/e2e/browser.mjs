/**
 * Finds a browser for the scenarios, or gets one. In order: the one PUZZLE_CHROMIUM names, an installed Chromium or
 * Chrome, Playwright's own, a fresh download of that, Debian's package. Without any it throws: scenarios never skip.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { chromium } from '@playwright/test';

const root = path.resolve(import.meta.dirname, '..', '..');

/** Gives the path of an executable. */
export function findBrowser() {
  const named = process.env.PUZZLE_CHROMIUM;
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return named;
    throw new Error(`PUZZLE_CHROMIUM names ${named}, which is not there.`);
  }
  const tried = [];
  for (const step of [installedBrowser, playwrightBrowser, downloadPlaywrightBrowser, installDebianPackage]) {
    const result = step();
    if (result.path !== undefined) return result.path;
    tried.push(result.why);
  }
  throw new Error(
    `No browser for the scenarios:\n${tried.map((why) => `  - ${why}`).join('\n')}\n` +
      'Install Chromium or Chrome, or set PUZZLE_CHROMIUM to its executable.',
  );
}

/** What the browser is started with. Chromium has no sandbox as root, so a container needs the switch. */
export function browserArguments() {
  const asRoot = process.platform === 'linux' && process.getuid?.() === 0;
  return [
    ...(asRoot ? ['--no-sandbox'] : []),
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
}

function installedBrowser() {
  const found = candidates().find((file) => existsSync(file));
  return found === undefined ? { why: 'no Chromium or Chrome is installed' } : { path: found };
}

function candidates() {
  if (process.platform === 'darwin') {
    return ['Chromium', 'Google Chrome', 'Microsoft Edge'].map((app) => `/Applications/${app}.app/Contents/MacOS/${app}`);
  }
  if (process.platform === 'win32') {
    const folders = [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA].filter(Boolean);
    const programs = ['Google\\Chrome\\Application\\chrome.exe', 'Chromium\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'];
    return folders.flatMap((folder) => programs.map((program) => path.join(folder, program)));
  }
  const names = ['chromium', 'google-chrome', 'google-chrome-stable'];
  const onPath = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  return ['/usr/bin', '/usr/local/bin', ...onPath].flatMap((folder) => names.map((name) => path.join(folder, name)));
}

function playwrightBrowser() {
  const file = chromium.executablePath();
  return file !== '' && existsSync(file) ? { path: file } : { why: 'Playwright has not installed one' };
}

function downloadPlaywrightBrowser() {
  console.error('No browser found; asking Playwright to download Chromium …');
  const cli = path.join(root, 'node_modules', 'playwright', 'cli.js');
  const { status } = spawnSync(process.execPath, [cli, 'install', 'chromium'], { stdio: ['ignore', 2, 2], timeout: 300_000 });
  const result = playwrightBrowser();
  return result.path === undefined ? { why: `"npx playwright install chromium" failed (exit code ${status ?? 'none: timed out'})` } : result;
}

function installDebianPackage() {
  if (!existsSync('/etc/debian_version')) return { why: 'this is not Debian, so there is no package to install' };
  if (process.getuid?.() !== 0) return { why: 'installing the Debian package needs root: sudo apt-get install chromium' };
  console.error('Installing the Debian package chromium …');
  const options = { stdio: ['ignore', 2, 2], timeout: 600_000, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  spawnSync('apt-get', ['update'], options);
  const { status } = spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], options);
  const result = installedBrowser();
  return result.path === undefined ? { why: `"apt-get install chromium" failed (exit code ${status ?? 'none: timed out'})` } : result;
}
