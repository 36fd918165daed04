/**
 * Which products may be spread over threads without a bit changing, so that a job's results do not depend on how many cores
 * were free for it. ONNX Runtime's MLAS cuts a product into strips of rows where it has at least as many rows as columns, else
 * into strips of columns, and then treats each strip as a product of its own, by rules that look at its size: a single row of
 * an operand that is not transposed is summed by another kernel, and columns up to 64 are summed over longer runs of the inner
 * dimension. Either rounds differently than the whole product does.
 */
import type { NativeOperand } from '../../tensor/backend/native_matmul.ts';

/** Columns of a strip are cut in multiples of this. */
const COLUMN_BLOCK = 16;
/** Such blocks per strip with which even the last strip, whose last block may be cut short, has more than 64 columns. */
const ENOUGH_BLOCKS = 5;
/** Inner dimensions up to this are summed in one run whatever the columns. */
const ONE_RUN = 128;

/** Whether y = op(a) op(b) has the same bits with up to `threads` threads as with one. */
export function hasSameBits(a: NativeOperand, y: NativeOperand, transposeA: boolean, threads: number): boolean {
  if (threads === 1 || transposeA) return true;
  const [rows = 1, columns = 1] = y.dims.slice(-2);
  if (rows >= columns) return rows >= 2 * threads;
  const inner = a.dims.at(-1) ?? 1;
  return inner <= ONE_RUN || Math.floor(Math.ceil(columns / COLUMN_BLOCK) / threads) >= ENOUGH_BLOCKS;
}
