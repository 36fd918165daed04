/**
 * Where Electron's binary is, without requiring the `electron` package: in plain Node that would start a download.
 * Reads what its installer leaves behind: `path.txt`, and a `dist` folder with a `version` file.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

export type ElectronBinary =
  | { readonly kind: 'found'; readonly executable: string }
  /** The package is there and its installer can fetch the binary. */
  | { readonly kind: 'fetchable'; readonly packageFolder: string }
  | { readonly kind: 'missing'; readonly why: string };

/** `overrideFolder` is ELECTRON_OVERRIDE_DIST_PATH, which wins as in Electron's own resolver. */
export function findElectron(root: string, platform: string, overrideFolder: string | undefined): ElectronBinary {
  if (overrideFolder !== undefined && overrideFolder !== '') {
    const executable = path.join(overrideFolder, executableName(platform));
    if (existsSync(executable)) return { kind: 'found', executable };
    return { kind: 'missing', why: `ELECTRON_OVERRIDE_DIST_PATH names a folder without ${executableName(platform)}` };
  }
  const packageFolder = path.join(root, 'node_modules', 'electron');
  const wanted = versionOf(path.join(packageFolder, 'package.json'));
  if (wanted === undefined) return { kind: 'missing', why: 'the package electron is not installed' };
  const name = readText(path.join(packageFolder, 'path.txt'));
  const installed = readText(path.join(packageFolder, 'dist', 'version'))?.replace(/^v/, '');
  if (name !== undefined && installed === wanted) {
    const executable = path.join(packageFolder, 'dist', name);
    if (existsSync(executable)) return { kind: 'found', executable };
  }
  return { kind: 'fetchable', packageFolder };
}

function executableName(platform: string): string {
  if (platform === 'win32') return 'electron.exe';
  return platform === 'darwin' ? 'Electron.app/Contents/MacOS/Electron' : 'electron';
}

function versionOf(packageJson: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(readFileSync(packageJson, 'utf8'));
    if (typeof parsed !== 'object' || parsed === null || !('version' in parsed)) return undefined;
    return typeof parsed.version === 'string' ? parsed.version : undefined;
  } catch {
    return undefined;
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
