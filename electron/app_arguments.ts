/** What the desktop app's own command line asks for. */
import path from 'node:path';

export type AppArguments =
  | { readonly kind: 'cli'; readonly args: readonly string[] }
  | { readonly kind: 'window'; readonly projectFolder: string | undefined };

/** The launcher waits for this line on standard output. */
export const READY_LINE = 'puzzle-workbench: window ready';

/**
 * `args` are those after the program (and, unpackaged, its script). `--cli` comes first, or after Chromium's own
 * switches only (`--ozone-platform=headless --cli …` for Linux machines without a display); the rest belongs to the CLI.
 */
export function parseAppArguments(args: readonly string[], cwd: string): AppArguments {
  const firstWord = args.findIndex((arg) => arg === '--cli' || arg === '--project' || !arg.startsWith('--'));
  if (args[firstWord] === '--cli') return { kind: 'cli', args: args.slice(firstWord + 1) };
  const at = args.indexOf('--project');
  const joined = args.find((arg) => arg.startsWith('--project='))?.slice('--project='.length);
  const folder = at === -1 ? joined : args[at + 1];
  return { kind: 'window', projectFolder: folder === undefined || folder === '' ? undefined : path.resolve(cwd, folder) };
}
