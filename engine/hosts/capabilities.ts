/** What this installation can do beside searching, each in one plain line; nothing is loaded to find out. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import type { Capability } from '../protocol/api.ts';

const GPU_PACKAGE = '@tensorflow/tfjs-node-gpu';

/** `desktopReason` is why the desktop window is not used, where it is not. */
export function capabilities(host: 'electron' | 'browser' | 'cli', desktopReason: string | undefined): Capability[] {
  return [
    { id: 'search', available: true, line: 'Search, comparison and export: ready; they need nothing else.' },
    host === 'electron'
      ? { id: 'desktop', available: true, line: 'Desktop window: running.' }
      : {
          id: 'desktop',
          available: false,
          line: `Desktop window: not used${desktopReason === undefined ? '' : ` (${desktopReason})`}; everything works here as it does there.`,
        },
    gpuTensors(),
  ];
}

function gpuTensors(): Capability {
  const id = 'gpu-tensors';
  const folder = gpuPackageFolder();
  if (folder === undefined) {
    return { id, available: false, line: `GPU tensor library (${GPU_PACKAGE}): not installed; training uses the next best, which the Train screen names.` };
  }
  if (!hasNativePart(folder)) {
    return {
      id,
      available: false,
      line: `GPU tensor library (${GPU_PACKAGE}): its native part was not downloaded; training uses the next best, which the Train screen names. To fetch it: npm rebuild --ignore-scripts=false ${GPU_PACKAGE}`,
    };
  }
  return { id, available: true, line: `GPU tensor library (${GPU_PACKAGE}): installed.` };
}

function gpuPackageFolder(): string | undefined {
  for (const from of [import.meta.filename, path.join(process.cwd(), 'package.json')]) {
    try {
      return path.dirname(createRequire(from).resolve(`${GPU_PACKAGE}/package.json`));
    } catch {
      // Not reachable from there.
    }
  }
  return undefined;
}

/** Both its Node binding and the TensorFlow library that the binding loads. */
function hasNativePart(folder: string): boolean {
  const lib = path.join(folder, 'lib');
  const binding =
    existsSync(lib) &&
    readdirSync(lib).some((name) => name.startsWith('napi-v') && existsSync(path.join(lib, name, 'tfjs_binding.node')));
  return binding && existsSync(path.join(folder, 'deps', 'lib'));
}
