/**
 * ONNX Runtime's synchronous binding as a matrix multiplier. Its public API is asynchronous, but a training step makes hundreds
 * of small calls that must return in order; the binding below it is synchronous.
 */
import { createRequire } from 'node:module';
import process from 'node:process';
import type { NativeMatMul } from '../../tensor/backend/native_matmul.ts';
import { openMatMulSession } from './native_matmul_binding_session.ts';
import type { BindingSession, MatMulSession } from './native_matmul_binding_session.ts';
import { hasSameBits } from './native_matmul_threads.ts';
import { RungUnavailable } from './tensor_rung.ts';

const PACKAGE = 'onnxruntime-node';
/** The binding's shape is not part of the package's public interface. */
const EXPECTED_VERSION = '1.30.0';

interface Binding {
  readonly binding: { readonly InferenceSession: new () => BindingSession };
  readonly initOrt: () => void;
}

/** By whether the first and the second operand are transposed. */
type Sessions = readonly (readonly MatMulSession[])[];

/** `from` is where packages are looked for, a file's path. @throws RungUnavailable where the package or its native part is missing */
export function openNativeMatMul(threads: number, from: string = import.meta.filename): NativeMatMul {
  const { version, binding } = load(createRequire(from));
  // A session's threads are decided when it opens.
  const open = (count: number): Sessions => {
    const start = (model: Uint8Array<ArrayBuffer>) => {
      const session = new binding.InferenceSession();
      session.loadModel(model.buffer, model.byteOffset, model.byteLength, sessionOptions(count));
      return session;
    };
    return [false, true].map((transposeA) => [false, true].map((transposeB) => openMatMulSession(start, transposeA, transposeB)));
  };
  const opened = new Map<number, Sessions>();
  const sessionsOf = (count: number): Sessions => {
    const sessions = opened.get(count) ?? open(count);
    opened.set(count, sessions);
    return sessions;
  };
  let most = threads;
  const copies = sessionsOf(threads).flat().some((session) => session.copies);
  return {
    name: 'ONNX Runtime',
    version: copies ? `${version} with copies` : version,
    multiply(a, b, y, transposeA, transposeB) {
      const sessions = sessionsOf(hasSameBits(a, y, transposeA, most) ? most : 1);
      sessions[Number(transposeA)]?.[Number(transposeB)]?.multiply(a, b, y);
    },
    useThreads(count) {
      most = count;
      sessionsOf(count);
    },
    dispose() {
      for (const session of [...opened.values()].flat(2)) session.dispose();
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
