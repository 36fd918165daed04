/** TensorFlow itself cannot be had everywhere, so a package of the same layout stands in, over the cpu backend's kernels. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import util from 'node:util';
import { getBackend, matMul } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openTensorDevice } from './tensor_backends.ts';
import { RungUnavailable } from './tensor_rung.ts';
import { tensorflowRung } from './tensor_rung_tensorflow.ts';
import { openCpu, openWasm, openWasmNative } from './tensor_rung_wasm.ts';
import { webgpuRung } from './tensor_rung_webgpu.ts';

const require = createRequire(import.meta.url);
const PACKAGE = '@tensorflow/tfjs-node-gpu';
const NATIVE_PART = { 'lib/napi-v8/tfjs_binding.node': '', 'deps/lib/libtensorflow.so.2': '' };

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'puzzle-tensorflow-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A file to look for the package from. */
function packageWith(files: Readonly<Record<string, string>>): string {
  for (const [name, content] of Object.entries({ 'package.json': '{"version":"4.22.0","main":"index.js"}', ...files })) {
    const file = path.join(folder, 'node_modules', PACKAGE, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return path.join(folder, 'here.js');
}

/** What the real package's main file does, where it matters: registers a backend and calls what Node 23 took away. */
function mainFile(onGpu: boolean): string {
  return `
    const tf = require(${JSON.stringify(require.resolve('@tensorflow/tfjs-core'))});
    const { MathBackendCPU } = require(${JSON.stringify(require.resolve('@tensorflow/tfjs-backend-cpu'))});
    const { isNullOrUndefined } = require('util');
    if (!isNullOrUndefined(undefined) || isNullOrUndefined(0)) throw new Error('no shim');
    tf.copyRegisteredKernels('cpu', 'tensorflow');
    class Backend extends MathBackendCPU { firstUse = false; isUsingGpuDevice = ${onGpu}; }
    tf.registerBackend('tensorflow', () => new Backend(), 3);
    if (!tf.setBackend('tensorflow')) throw new Error('Could not initialize TensorFlow backend.');
    tf.env().setPlatform('node', tf.env().platform);
  `;
}

const open = (from: string, forced = false) => tensorflowRung(from)({ threads: 1, forced, fusedKernels: true });

describe('the TensorFlow rung', () => {
  it('is missed with the remedy where the package or its native part is not there', async () => {
    await expect(open(path.join(folder, 'here.js'))).rejects.toMatchObject({ message: expect.stringMatching(/is not installed$/) as string, remedy: expect.stringContaining(PACKAGE) as string });
    const bare = packageWith({ 'index.js': 'throw new Error("must not be loaded")' });
    await expect(open(bare)).rejects.toMatchObject({ name: 'RungUnavailable', message: `the native part of ${PACKAGE} was not downloaded`, remedy: `To fetch it: npm rebuild --ignore-scripts=false ${PACKAGE}` });
    const half = packageWith({ 'lib/napi-v8/tfjs_binding.node': '' });
    await expect(open(half)).rejects.toThrow(/not downloaded/);
  });

  it('says in one line why the package does not load', async () => {
    const from = packageWith({ ...NATIVE_PART, 'index.js': 'throw new Error("libcudart.so.11.0: cannot open shared object file\\nRequire stack:")' });
    await expect(open(from, true)).rejects.toThrow(new RungUnavailable(`${PACKAGE} does not load (libcudart.so.11.0: cannot open shared object file)`));
  });

  it('opens quietly on a GPU, with the function that newer Nodes lack, and computes', async () => {
    const legacy = util as { isNullOrUndefined?: unknown };
    const before = legacy.isNullOrUndefined;
    delete legacy.isNullOrUndefined;
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    try {
      const rung = await open(packageWith({ ...NATIVE_PART, 'index.js': mainFile(true) }));
      expect(rung).toMatchObject({ line: 'TensorFlow on the GPU (tfjs-node-gpu 4.22.0)', versions: { 'tfjs-node-gpu': '4.22.0' } });
      expect(getBackend()).toBe('tensorflow');
      expect(Array.from(matMul([[1, 2]], [[3], [4]]).dataSync())).toEqual([11]);
      expect(warn).not.toHaveBeenCalled();
      rung.dispose();
    } finally {
      warn.mockRestore();
      legacy.isNullOrUndefined = before;
    }
  });

  it('is taken without a GPU only where asked for, and then says so', async () => {
    const from = packageWith({ ...NATIVE_PART, 'index.js': mainFile(false) });
    const ladder = { tensorflow: tensorflowRung(from), webgpu: webgpuRung(from), wasm_native: openWasmNative, wasm: openWasm, cpu: openCpu };
    const forced = await openTensorDevice({ prefer: 'tensorflow' }, ladder);
    expect(forced.device.line).toBe('TensorFlow on the CPU (tfjs-node-gpu 4.22.0)');
    forced.dispose();
    // A module is loaded once per path.
    delete require.cache[require.resolve(path.join(folder, 'node_modules', PACKAGE))];
    const { device, dispose } = await openTensorDevice({}, ladder, {});
    expect(device.skipped[0]).toEqual({ backend: 'tensorflow', reason: 'TensorFlow finds no GPU with CUDA. It needs an NVIDIA GPU with CUDA 11 and cuDNN 8' });
    expect(device.backend).not.toBe('tensorflow');
    expect(getBackend()).toBe(device.backend === 'cpu' ? 'cpu' : 'wasm');
    dispose();
  });
});
