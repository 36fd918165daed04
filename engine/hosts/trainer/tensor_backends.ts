/** Opens the best tensor backend this machine has, or the one that is asked for, and says why not a better one. */
import process from 'node:process';
import { version_core } from '@tensorflow/tfjs-core';
import { WorkbenchError } from '../../protocol/errors.ts';
import { TENSOR_BACKENDS, tensorBackendSchema } from '../../protocol/train.ts';
import type { TensorBackend, TensorDevice } from '../../protocol/train.ts';
import { RungUnavailable } from './tensor_rung.ts';
import type { OpenRung } from './tensor_rung.ts';
import { tensorflowRung } from './tensor_rung_tensorflow.ts';
import { openCpu, openWasm, openWasmNative } from './tensor_rung_wasm.ts';
import { webgpuRung } from './tensor_rung_webgpu.ts';

export interface OpenDevice {
  readonly device: TensorDevice;
  /** Makes it current again, where several are open in one process. */
  activate(): Promise<void>;
  /** Threads of each native call from now on, where the backend leaves that to us; results do not depend on them. */
  useThreads(count: number): void;
  dispose(): void;
}

export interface DeviceOptions {
  /** This rung or an error; else the environment's PUZZLE_TENSOR_BACKEND, else the best there is. */
  readonly prefer?: TensorBackend | undefined;
  /** Of one native call; 1 is best where every core has a trainer process. */
  readonly threads?: number | undefined;
  /** False computes with tfjs's own kernels only, for comparisons. */
  readonly fusedKernels?: boolean | undefined;
}

export type Ladder = Readonly<Record<TensorBackend, OpenRung>>;

const LADDER: Ladder = {
  tensorflow: tensorflowRung(),
  webgpu: webgpuRung(),
  wasm_native: openWasmNative,
  wasm: openWasm,
  cpu: openCpu,
};

/**
 * Opens a backend and makes it current. `ladder` and `environment` are for tests.
 * @throws WorkbenchError `bad_input` where the backend asked for is unknown or cannot be used here, with the remedy
 */
export async function openTensorDevice(options: DeviceOptions = {}, ladder: Ladder = LADDER, environment: NodeJS.ProcessEnv = process.env): Promise<OpenDevice> {
  const { threads = 1, fusedKernels = true } = options;
  const forced = options.prefer ?? fromEnvironment(environment);
  const skipped: TensorDevice['skipped'] = [];
  for (const backend of forced === undefined ? TENSOR_BACKENDS : [forced]) {
    try {
      const { line, versions, activate, useThreads, dispose } = await ladder[backend]({ threads, fusedKernels, forced: forced !== undefined });
      return { device: { backend, line, versions: { tfjs: version_core, ...versions }, skipped }, activate, useThreads: (count) => useThreads?.(count), dispose };
    } catch (thrown) {
      const { reason, remedy } = whyNot(thrown);
      if (forced !== undefined) {
        const asked = options.prefer === undefined ? ' (asked for by PUZZLE_TENSOR_BACKEND)' : '';
        throw new WorkbenchError('bad_input', `The tensor backend ${forced}${asked} cannot be used: ${reason}.`, { hint: remedy });
      }
      skipped.push({ backend, reason: remedy === undefined ? reason : `${reason}. ${remedy}` });
    }
  }
  const reasons = skipped.map(({ backend, reason }) => `${backend}: ${reason}`).join('; ');
  throw new WorkbenchError('internal', `No tensor backend could be opened (${reasons}).`);
}

function fromEnvironment(environment: NodeJS.ProcessEnv): TensorBackend | undefined {
  const value = environment['PUZZLE_TENSOR_BACKEND'];
  if (value === undefined || value === '') return undefined;
  const parsed = tensorBackendSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new WorkbenchError('bad_input', `PUZZLE_TENSOR_BACKEND is "${value}", which is no tensor backend.`, { hint: `It can be ${TENSOR_BACKENDS.join(', ')}, or unset for the best there is.` });
}

function whyNot(thrown: unknown): { readonly reason: string; readonly remedy?: string | undefined } {
  if (thrown instanceof RungUnavailable) return { reason: thrown.message, remedy: thrown.remedy };
  // Messages of native loaders go on for pages.
  const [first = ''] = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n');
  return { reason: first.replace(/\.+$/, '') };
}
