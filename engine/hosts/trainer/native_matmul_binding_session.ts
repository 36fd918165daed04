/**
 * Products without the binding's copies. ONNX Runtime's binding for Node writes an output into the tensor it is handed, and
 * when the run is over copies it into a fresh ArrayBuffer all the same, to return it; for short inner dimensions that takes
 * longer than the product. There is no option against it. But outputs are converted in the model's order, and one that is no
 * tensor makes the conversion throw: with such an output first, the run is over, `Y` is written, and nothing is copied. Whether
 * that is so is tried when a session opens; where anything else happens, products are copied as the binding likes to.
 */
import { MATMUL_NAMES, fusedMatMulModel } from '../../tensor/backend/onnx_model.ts';
import type { NativeOperand } from '../../tensor/backend/native_matmul.ts';

/** The binding's session, as far as it is used here. */
export interface BindingSession {
  loadModel(buffer: ArrayBuffer, byteOffset: number, byteLength: number, options: object): void;
  /** null asks for an output without giving it memory. */
  run(feeds: Readonly<Record<string, object>>, fetches: Readonly<Record<string, object | null>>, options: object): unknown;
  dispose(): void;
}

/** Products with one choice of transposes. */
export interface MatMulSession {
  /** Whether the binding copies every product, however large. */
  readonly copies: boolean;
  /** y = op(a) op(b) */
  multiply(a: NativeOperand, b: NativeOperand, y: NativeOperand): void;
  dispose(): void;
}

/** What the binding throws on an output that is no tensor; it converts outputs only when all are computed. */
const REFUSAL = 'Non tensor type is temporarily not supported.';

/** Floats of a product from which its copy costs more than the exception, which is some 11 µs. */
const WORTH_AN_EXCEPTION = 16_384;

/** `start` loads a model. @throws what `start` throws for the plain model. */
export function openMatMulSession(start: (model: Uint8Array<ArrayBuffer>) => BindingSession, transposeA: boolean, transposeB: boolean): MatMulSession {
  const stoppable = openStoppable(() => start(fusedMatMulModel(transposeA, transposeB, true)));
  if (stoppable === undefined) {
    const session = start(fusedMatMulModel(transposeA, transposeB, false));
    return { copies: true, multiply: (a, b, y) => runToTheEnd(session, a, b, y), dispose: () => session.dispose() };
  }
  return {
    copies: false,
    multiply(a, b, y) {
      if (y.data.length < WORTH_AN_EXCEPTION) runToTheEnd(stoppable, a, b, y);
      else runUntilWritten(stoppable, a, b, y);
    },
    dispose: () => stoppable.dispose(),
  };
}

/** The session that `start` makes, or undefined where it does not stop between writing a product and copying it. */
function openStoppable(start: () => BindingSession): BindingSession | undefined {
  let session: BindingSession;
  try {
    session = start();
  } catch {
    return undefined;
  }
  if (stopsInTime(session)) return session;
  session.dispose();
  return undefined;
}

function stopsInTime(session: BindingSession): boolean {
  const operand = (...elements: number[]): NativeOperand => ({ dims: [2, 2], data: Float32Array.from(elements) });
  const [a, b] = [operand(1, -2, 3, 0.5), operand(0.1, 5, -7, 11)];
  const [whole, stopped] = [operand(NaN, NaN, NaN, NaN), operand(NaN, NaN, NaN, NaN)];
  try {
    runToTheEnd(session, a, b, whole);
    return runUntilWritten(session, a, b, stopped) === 'stopped' && stopped.data.every((element, i) => element === whole.data[i]);
  } catch {
    return false;
  }
}

const { a: A, b: B, y: Y, empty: EMPTY } = MATMUL_NAMES;
const RUN_OPTIONS = {};

function runToTheEnd(session: BindingSession, a: NativeOperand, b: NativeOperand, y: NativeOperand): void {
  session.run({ [A]: tensor(a), [B]: tensor(b) }, { [Y]: tensor(y) }, RUN_OPTIONS);
}

function runUntilWritten(session: BindingSession, a: NativeOperand, b: NativeOperand, y: NativeOperand): 'stopped' | 'ended' {
  try {
    session.run({ [A]: tensor(a), [B]: tensor(b) }, { [EMPTY]: null, [Y]: tensor(y) }, RUN_OPTIONS);
    return 'ended';
  } catch (thrown) {
    if (thrown instanceof Error && thrown.message === REFUSAL) return 'stopped';
    throw thrown;
  }
}

/** What the binding reads of an onnxruntime-common Tensor. */
function tensor({ dims, data }: NativeOperand): object {
  return { type: 'float32', location: 'cpu', dims, data };
}
