/**
 * ONNX Runtime's synchronous binding as a matrix multiplier. Its public API is asynchronous and copies nothing either, but a
 * training step makes hundreds of small calls that must return in order; the binding below it is synchronous.
 */
import { createRequire } from 'node:module';
import process from 'node:process';
import { MATMUL_NAMES, fusedMatMulModel } from '../../tensor/backend/onnx_model.ts';
import type { NativeMatMul, NativeOperand } from '../../tensor/backend/native_matmul.ts';
import { RungUnavailable } from './tensor_rung.ts';

const PACKAGE = 'onnxruntime-node';
/** The binding's shape is not part of the package's public interface. */
const EXPECTED_VERSION = '1.30.0';

interface Session {
  loadModel(buffer: ArrayBuffer, byteOffset: number, byteLength: number, options: object): void;
  run(feeds: Readonly<Record<string, object>>, fetches: Readonly<Record<string, object>>, options: object): unknown;
  dispose(): void;
}

interface Binding {
  readonly binding: { readonly InferenceSession: new () => Session };
  readonly initOrt: () => void;
}

/** `from` is where packages are looked for, a file's path. @throws RungUnavailable where the package or its native part is missing */
export function openNativeMatMul(threads: number, from: string = import.meta.filename): NativeMatMul {
  const { version, binding } = load(createRequire(from));
  const sessions = [false, true].map((transposeA) => [false, true].map((transposeB) => {
    const session = new binding.InferenceSession();
    const { buffer, byteOffset, byteLength } = fusedMatMulModel(transposeA, transposeB);
    session.loadModel(buffer, byteOffset, byteLength, sessionOptions(threads));
    return session;
  }));
  const { a: A, b: B, y: Y } = MATMUL_NAMES;
  return {
    name: 'ONNX Runtime',
    version,
    multiply(a, b, y, transposeA, transposeB) {
      sessions[Number(transposeA)]?.[Number(transposeB)]?.run({ [A]: tensor(a), [B]: tensor(b) }, { [Y]: tensor(y) }, RUN_OPTIONS);
    },
    dispose() {
      for (const session of sessions.flat()) session.dispose();
    },
  };
}

function load(require: NodeJS.Require): { readonly version: string; readonly binding: Binding['binding'] } {
  let version: string;
  try {
    ({ version } = require(`${PACKAGE}/package.json`) as { readonly version: string });
  } catch {
    throw new RungUnavailable(`the package ${PACKAGE}, which is optional, is not installed`, `To install it: npm install --no-save ${PACKAGE}@${EXPECTED_VERSION}`);
  }
  if (version !== EXPECTED_VERSION) {
    throw new RungUnavailable(`${PACKAGE} ${version} is installed and ${EXPECTED_VERSION} is needed`, `To install it: npm install --no-save ${PACKAGE}@${EXPECTED_VERSION}`);
  }
  try {
    const { binding, initOrt } = require(`${PACKAGE}/dist/binding.js`) as Binding;
    // It writes to stderr of devices it cannot look for, and of every error that it also throws.
    const { env } = createRequire(require.resolve(`${PACKAGE}/package.json`))('onnxruntime-common') as { readonly env: { logLevel?: string } };
    env.logLevel = 'fatal';
    initOrt();
    return { version, binding };
  } catch (thrown) {
    const [reason = ''] = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n');
    throw new RungUnavailable(`the native part of ${PACKAGE} does not load on this system (${process.platform} ${process.arch}: ${reason})`);
  }
}

const RUN_OPTIONS = {};

/** What the binding reads of an onnxruntime-common Tensor. */
function tensor({ dims, data }: NativeOperand): object {
  return { type: 'float32', location: 'cpu', dims, data };
}

function sessionOptions(threads: number): object {
  return {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // Inputs and outputs are ours; an arena would only keep memory.
    enableCpuMemArena: false,
    enableMemPattern: false,
    // Idle threads must not spin: other trainer processes need the cores.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
}
