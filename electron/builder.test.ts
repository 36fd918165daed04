/** The native library beside the archive, put together by electron-builder's own matcher and loaded as an installed app does. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { builderConfiguration } from './builder.ts';

interface FileMatcherModule {
  readonly FileMatcher: new (from: string, to: string, macroExpander: (text: string) => string, patterns: unknown) => {
    createFilter(): (file: string, stat: ReturnType<typeof statSync>) => boolean;
  };
}

const ROOT = path.resolve(import.meta.dirname, '..');
const require = createRequire(path.join(ROOT, 'package.json'));
const { FileMatcher } = createRequire(require.resolve('electron-builder'))('app-builder-lib/out/fileMatcher') as FileMatcherModule;

let resources: string;
beforeEach(() => {
  resources = mkdtempSync(path.join(os.tmpdir(), 'resources-'));
});
afterEach(() => rmSync(resources, { recursive: true }));

/** @returns the files, relative to `resources` */
function placeExtraResources(platform: string, arch: string): readonly string[] {
  const expanded = (text: string): string => text.replaceAll('${platform}', platform).replaceAll('${arch}', arch);
  const placed: string[] = [];
  for (const extra of [builderConfiguration([], false).extraResources ?? []].flat()) {
    if (typeof extra === 'string' || extra.from === undefined || extra.to === undefined) throw new Error('Every extra resource says from where and to where.');
    const from = path.join(ROOT, extra.from);
    const wanted = new FileMatcher(from, path.join(resources, extra.to), expanded, extra.filter).createFilter();
    for (const name of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
      const file = path.join(from, name);
      const stat = statSync(file);
      if (!stat.isFile() || !wanted(file, stat)) continue;
      const target = path.join(resources, extra.to, name);
      mkdirSync(path.dirname(target), { recursive: true });
      copyFileSync(file, target);
      placed.push(path.relative(resources, target).split(path.sep).join('/'));
    }
  }
  return placed;
}

const INSTALLED = existsSync(path.join(ROOT, 'node_modules', 'onnxruntime-node', 'bin', 'napi-v6', process.platform, process.arch));

it.runIf(INSTALLED)('loads from beside the archive', () => {
  placeExtraResources(process.platform, process.arch);
  const app = path.join(resources, 'app.asar', 'dist', 'engine');
  mkdirSync(app, { recursive: true });
  writeFileSync(path.join(app, 'probe.cjs'), "const { binding, initOrt } = require('onnxruntime-node/dist/binding.js'); initOrt(); console.log(typeof binding.InferenceSession);");
  const probe = spawnSync(process.execPath, [path.join(app, 'probe.cjs')], { encoding: 'utf8' });
  expect([probe.stdout.trim(), probe.stderr]).toEqual(['function', '']);
}, 30_000);

it.runIf(INSTALLED)('is that of one platform, without graphics parts', () => {
  const native = placeExtraResources('win32', 'x64').filter((file) => file.includes('/bin/'));
  expect(native.map((file) => path.posix.basename(file)).sort()).toEqual(['onnxruntime.dll', 'onnxruntime_binding.node']);
  expect(native.every((file) => file.includes('/win32/x64/'))).toBe(true);
}, 30_000);
