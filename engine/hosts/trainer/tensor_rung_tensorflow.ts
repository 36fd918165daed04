/**
 * The TensorFlow rung: @tensorflow/tfjs-node-gpu, an optional package whose native part is a download of its own. It is
 * loaded only where that part lies on disk, and taken unasked only where it computes on a GPU.
 */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import util from 'node:util';
import { backend, env, ready, removeBackend, setBackend } from '@tensorflow/tfjs-core';
import { RungUnavailable } from './tensor_rung.ts';
import type { OpenRung } from './tensor_rung.ts';

const PACKAGE = '@tensorflow/tfjs-node-gpu';
const TESTED_VERSION = '4.22.0';

/** The rung, with the package looked for from the file `from`. */
export function tensorflowRung(from: string = import.meta.filename): OpenRung {
  return async ({ forced }) => {
    const require = createRequire(from);
    const folder = packageFolder(require);
    if (!hasNativePart(folder)) {
      throw new RungUnavailable(`the native part of ${PACKAGE} was not downloaded`, `To fetch it: npm rebuild --ignore-scripts=false ${PACKAGE}`);
    }
    const { version } = require(`${PACKAGE}/package.json`) as { readonly version: string };
    load(require);
    const activate = async () => {
      if (!(await setBackend('tensorflow'))) throw new Error('TensorFlow did not start');
      await ready();
    };
    await activate();
    const dispose = () => removeBackend('tensorflow');
    const onGpu = Reflect.get(backend(), 'isUsingGpuDevice') === true;
    if (!onGpu && !forced) {
      dispose();
      throw new RungUnavailable('TensorFlow finds no GPU with CUDA', 'It needs an NVIDIA GPU with CUDA 11 and cuDNN 8');
    }
    return { line: `TensorFlow on ${onGpu ? 'the GPU' : 'the CPU'} (tfjs-node-gpu ${version})`, versions: { 'tfjs-node-gpu': version }, activate, dispose };
  };
}

function packageFolder(require: NodeJS.Require): string {
  try {
    return path.dirname(require.resolve(`${PACKAGE}/package.json`));
  } catch {
    throw new RungUnavailable(`the package ${PACKAGE}, which is optional, is not installed`, `To install it: npm install --no-save --ignore-scripts=false ${PACKAGE}@${TESTED_VERSION}`);
  }
}

/** Both its Node binding and the TensorFlow library that the binding loads. */
function hasNativePart(folder: string): boolean {
  const lib = path.join(folder, 'lib');
  const binding = existsSync(lib) && readdirSync(lib).some((name) => name.startsWith('napi-v') && existsSync(path.join(lib, name, 'tfjs_binding.node')));
  return binding && existsSync(path.join(folder, 'deps', 'lib'));
}

/**
 * Loads the package, which registers its backend with the core through the global object. Version 4.22 calls a function of
 * node:util that Node 23 took away.
 */
function load(require: NodeJS.Require): void {
  const legacy = util as { isNullOrUndefined?: (value: unknown) => boolean };
  legacy.isNullOrUndefined ??= (value) => value === undefined || value === null;
  // Its umbrella package brings everything that we registered once more, and says so on the console for each.
  const quiet = env().get('PROD');
  env().set('PROD', true);
  try {
    require(PACKAGE);
  } catch (thrown) {
    const [reason = ''] = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n');
    throw new RungUnavailable(`${PACKAGE} does not load (${reason})`);
  } finally {
    env().set('PROD', quiet);
  }
}
