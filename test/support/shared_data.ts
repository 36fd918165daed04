/**
 * Where tests find data that may not be part of the project: the folder named by PUZZLE_SHARED_DATA, else
 * `../shared/data` beside the checkout.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const ROOT = path.resolve(import.meta.dirname, '..', '..');

export function sharedDataFolder(): string {
  return process.env['PUZZLE_SHARED_DATA'] ?? path.join(ROOT, '..', 'shared', 'data');
}

/** Absolute path of a shared file or folder, or undefined where it is not there. */
export function sharedData(relative: string): string | undefined {
  const full = path.join(sharedDataFolder(), relative);
  return existsSync(full) ? full : undefined;
}

/** What a skipped test says. */
export const HOW_TO_GET_SHARED_DATA =
  'needs shared data: put the NVlabs/puzzle demo files into a folder nvlabs-puzzle/ and set PUZZLE_SHARED_DATA to its parent';
