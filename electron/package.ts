/**
 * `npm run package` builds installers for this machine's platform; other arguments go to electron-builder
 * (`-- --linux deb`). `-- --check` does all that needs no network: validates the configuration with electron-builder's
 * own schema and lists what would be packed.
 */
import { spawn } from 'node:child_process';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import type * as ElectronBuilder from 'electron-builder';
import { builderConfiguration } from './builder.ts';
import { builtImports, describePacked, packingProblems, reachable, type PackedFile } from './packed_files.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
const require = createRequire(path.join(root, 'package.json'));
/** electron-builder's inner parts are found from where it is installed. */
const requireFromBuilder = createRequire(require.resolve('electron-builder'));

/** The inner parts that are used; they have no public types. */
interface ConfigModule {
  validateConfiguration(config: ElectronBuilder.Configuration, debugLogger: { readonly isEnabled: boolean }): Promise<void>;
}
interface FileMatcher {
  createFilter(): (file: string, stat: ReturnType<typeof statSync>) => boolean;
}
interface FileMatcherModule {
  getMainFileMatchers(
    appDir: string,
    destination: string,
    macroExpander: (text: string) => string,
    platformOptions: object,
    packager: object,
    outDir: string,
    isElectronCompile: boolean,
  ): readonly FileMatcher[];
}

const importsOf = (file: string): readonly string[] => builtImports(root, file);

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const drivable = process.env['PUZZLE_DRIVABLE_PACKAGE'] === '1';
  const config = builderConfiguration(reachable('dist/electron/main.js', importsOf), drivable);
  if (!(await check(config, args.includes('--check')))) return 1;
  if (args.includes('--check')) return 0;
  const file = path.join(root, 'dist', 'electron-builder.json');
  writeFileSync(file, JSON.stringify(config, undefined, 2));
  return runBuilder(['--config', file, ...args]);
}

/** electron-builder's own command, which reads the rest of the command line. */
function runBuilder(args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [require.resolve('electron-builder/cli.js'), ...args], { cwd: root, stdio: 'inherit' });
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** Says what is wrong, if anything; lists the files when `verbose`. */
async function check(config: ElectronBuilder.Configuration, verbose: boolean): Promise<boolean> {
  const { validateConfiguration } = requireFromBuilder('app-builder-lib/out/util/config/config') as ConfigModule;
  try {
    // The validator may change what it is given.
    await validateConfiguration(structuredClone(config), { isEnabled: false });
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return false;
  }
  const files = packedFiles(config);
  if (verbose) console.log(describePacked(files));
  const problems = packingProblems(files, importsOf);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) console.error('The package would not be right; nothing was built.');
  else if (verbose) console.log('The electron-builder configuration is valid and the file list is as it should be.');
  return problems.length === 0;
}

/** What electron-builder's own file matcher selects, its default exclusions included. */
function packedFiles(config: ElectronBuilder.Configuration): readonly PackedFile[] {
  const { getMainFileMatchers } = requireFromBuilder('app-builder-lib/out/fileMatcher') as FileMatcherModule;
  const packager = {
    isPrepackedAppAsar: false,
    projectDir: root,
    buildResourcesDir: config.directories?.buildResources ?? '',
    config: structuredClone(config),
    debugLogger: { isEnabled: false },
  };
  const outDir = path.join(root, config.directories?.output ?? 'release');
  const matchers = getMainFileMatchers(root, outDir, (text) => text, {}, { info: packager }, outDir, false);
  const filters = matchers.map((matcher) => matcher.createFilter());
  // Whole trees that no pattern can select are not walked.
  const candidates = ['package.json', 'LICENSE', ...walk('dist'), ...walk('engine'), ...walk('test'), ...walk('node_modules/zod')];
  return candidates.flatMap((file) => {
    const full = path.join(root, ...file.split('/'));
    const stat = statSync(full, { throwIfNoEntry: false });
    return stat !== undefined && filters.some((filter) => filter(full, stat)) ? [{ path: file, bytes: stat.size }] : [];
  });
}

function walk(folder: string): readonly string[] {
  return readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
}
