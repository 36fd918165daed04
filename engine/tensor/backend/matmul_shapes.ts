/**
 * How a tfjs BatchMatMul becomes the fewest, largest matrix products: leading dimensions are one batch dimension where
 * both operands have the same, and disappear into the rows where only the left operand has any and is not transposed.
 */
import { broadcast_util, util } from '@tensorflow/tfjs-core';

export interface MatMulPlan {
  /** `small`: better done by the stock kernel. `empty`: nothing to add up, the product is zeros or has no elements. */
  readonly kind: 'native' | 'small' | 'empty';
  /** What tfjs expects: broadcast batch dimensions, then rows and columns. */
  readonly outputShape: readonly number[];
  /** Dimensions to run with; element counts are those of the operands. */
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly y: readonly number[];
}

/**
 * Up to so many multiply-adds the stock wasm kernel is done before a native call, which costs some 10 µs more, has begun.
 * It has a fast path for a single product without transposes, and a slow one for everything else.
 */
const SMALL = { plain: 100_000, other: 8_000 };

/** @throws Error where inner dimensions differ or batch dimensions do not broadcast. */
export function planMatMul(a: readonly number[], b: readonly number[], transposeA: boolean, transposeB: boolean): MatMulPlan {
  const [aRows = 1, aColumns = 1] = a.slice(-2);
  const [bRows = 1, bColumns = 1] = b.slice(-2);
  const rows = transposeA ? aColumns : aRows;
  const inner = transposeA ? aRows : aColumns;
  const columns = transposeB ? bRows : bColumns;
  if (inner !== (transposeB ? bColumns : bRows)) {
    throw new Error(`Inner dimensions of [${a.join(', ')}] and [${b.join(', ')}] with transposeA=${transposeA} and transposeB=${transposeB} must match.`);
  }
  const aBatch = a.slice(0, -2);
  const bBatch = b.slice(0, -2);
  const batch = broadcast_util.assertAndGetBroadcastShape(aBatch, bBatch);
  const batchSize = util.sizeFromShape(batch);
  const outputShape = [...batch, rows, columns];
  const multiplyAdds = batchSize * rows * inner * columns;
  const sameBatch = util.arraysEqual(aBatch, bBatch);
  const plan = (dims: Pick<MatMulPlan, 'a' | 'b' | 'y'>): MatMulPlan => ({ kind: kind(multiplyAdds, sameBatch, batchSize === 1 && !transposeA && !transposeB), outputShape, ...dims });

  if (batchSize === 1) return plan({ a: [aRows, aColumns], b: [bRows, bColumns], y: [rows, columns] });
  const oneB = util.sizeFromShape(bBatch) === 1;
  if (oneB && !transposeA) return plan({ a: [batchSize * rows, inner], b: [bRows, bColumns], y: [batchSize * rows, columns] });
  const y = [batchSize, rows, columns];
  if (oneB) return plan({ a: [batchSize, aRows, aColumns], b: [bRows, bColumns], y });
  if (util.sizeFromShape(aBatch) === 1) return plan({ a: [aRows, aColumns], b: [batchSize, bRows, bColumns], y });
  if (sameBatch) return plan({ a: [batchSize, aRows, aColumns], b: [batchSize, bRows, bColumns], y });
  // Some dimension is 1 on one side only: both sides as they are, equally long.
  const filled = (shape: readonly number[]) => [...Array<number>(batch.length + 2 - shape.length).fill(1), ...shape];
  return plan({ a: filled(a), b: filled(b), y: outputShape });
}

/** The stock kernel is not asked to broadcast: it takes the larger batch for the result's, wrong for [2, 1] against [1, 3]. */
function kind(multiplyAdds: number, sameBatch: boolean, plain: boolean): MatMulPlan['kind'] {
  if (multiplyAdds === 0) return 'empty';
  return sameBatch && multiplyAdds < (plain ? SMALL.plain : SMALL.other) ? 'small' : 'native';
}
