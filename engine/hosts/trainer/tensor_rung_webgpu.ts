/**
 * The WebGPU rung: tfjs's WebGPU backend over Dawn, which the npm package `webgpu` brings to Node. The package is not among
 * our dependencies (it unpacks to 132 MB, for five platforms); who has a GPU installs it. Adapters that compute on the CPU
 * are slower than native products, and so may small GPUs be, so both are measured.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { ready, removeBackend, setBackend } from '@tensorflow/tfjs-core';
import { RungUnavailable } from './tensor_rung.ts';
import type { OpenRung, Rung } from './tensor_rung.ts';
import { openWasm, openWasmNative } from './tensor_rung_wasm.ts';
import { requireFaster } from './tensor_trial.ts';

const PACKAGE = 'webgpu';
const TESTED_VERSION = '0.6.2';

interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  readonly isFallbackAdapter?: boolean;
}

interface Gpu {
  requestAdapter(options?: object): Promise<{ readonly info: AdapterInfo } | null>;
}

interface Dawn {
  readonly create: (options: readonly string[]) => Gpu;
  readonly globals: object;
}

/** The rung, with the package looked for from the file `from`. */
export function webgpuRung(from: string = import.meta.filename): OpenRung {
  return async ({ forced, ...options }) => {
    const { version, gpu, info } = await openAdapter(from);
    const name = info.description === '' ? `${info.vendor} ${info.architecture}` : info.description;
    const software = isSoftware(info);
    if (software && !forced) throw new RungUnavailable(`the only adapter, ${name}, computes on the CPU`);
    offerToPage(gpu);
    // Registers itself where the global object has a GPU, so not earlier.
    await import('@tensorflow/tfjs-backend-webgpu');
    const activate = async () => {
      if (!(await setBackend('webgpu'))) throw new Error(`the adapter ${name} gives no device`);
      await ready();
    };
    await activate();
    const rung: Rung = {
      line: `WebGPU (${name}${software ? ', computing on the CPU' : ''}, Dawn ${version})`,
      versions: { [PACKAGE]: version, adapter: name },
      activate,
      dispose() {
        removeBackend('webgpu');
        // Node does not exit while anything refers to it.
        offerToPage(undefined);
      },
    };
    const unforced = { ...options, forced: false };
    if (!forced) await requireFaster(name, rung, () => openWasmNative(unforced).catch(() => openWasm(unforced)));
    return rung;
  };
}

async function openAdapter(from: string): Promise<{ readonly version: string; readonly gpu: Gpu; readonly info: AdapterInfo }> {
  const require = createRequire(from);
  let entry: string;
  let version: string;
  try {
    entry = require.resolve(PACKAGE);
    ({ version } = require(`${PACKAGE}/package.json`) as { readonly version: string });
  } catch {
    throw new RungUnavailable(`the package ${PACKAGE} (132 MB), which is optional, is not installed`, `With a GPU, install it: npm install --no-save ${PACKAGE}@${TESTED_VERSION}`);
  }
  const { create, globals } = (await import(/* @vite-ignore */ pathToFileURL(entry).href)) as Dawn;
  Object.assign(globalThis, globals);
  const gpu = create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw new RungUnavailable('Dawn finds no GPU with a Vulkan, Metal or Direct3D 12 driver');
  return { version, gpu, info: adapter.info };
}

/** Implementations of Vulkan and Direct3D in software. */
function isSoftware({ isFallbackAdapter, architecture, description }: AdapterInfo): boolean {
  return isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|basic render|\bwarp\b/i.test(`${architecture} ${description}`);
}

/** Puts `gpu` where a browser has it. Node has a `navigator` from version 21 on. */
function offerToPage(gpu: Gpu | undefined): void {
  const global = globalThis as { navigator?: object };
  global.navigator ??= {};
  Object.defineProperty(global.navigator, 'gpu', { value: gpu, configurable: true });
}
