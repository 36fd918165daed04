/** What kernels.wasm exports: functions over one memory, where tensors are byte offsets (0 where one is left out). */

/** Byte offset. */
type At = number;

export interface KernelFunctions {
  add(a: At, b: At, out: At, count: number): void;
  addBias(x: At, bias: At, rows: number, width: number): void;
  addInto(target: At, source: At, count: number): void;
  adamStep(
    x: At,
    gradient: At,
    m: At,
    v: At,
    count: number,
    factor: At,
    beta1: number,
    beta2: number,
    rest1: number,
    rest2: number,
    epsilon: number,
    keep: number,
    rate: number,
    spread: number,
  ): void;
  causalSoftmax(scores: At, rows: number, length: number, keys: number, scale: number): void;
  causalSoftmaxGrad(p: At, dp: At, rows: number, length: number, keys: number, scale: number): void;
  columnSums(x: At, out: At, rows: number, width: number): void;
  cosineLoss(student: At, teacher: At, loss: At, a: At, b: At, rows: number, width: number, smallest: number): void;
  cosineLossGrad(student: At, teacher: At, a: At, b: At, dy: At, dstudent: At, rows: number, width: number): void;
  crossEntropyGrad(logits: At, targets: At, max: At, sum: At, scale: At, rows: number, columns: number, offset: number): void;
  klGrad(
    student: At,
    teacher: At,
    studentMax: At,
    studentSum: At,
    teacherMax: At,
    teacherSum: At,
    scale: At,
    rows: number,
    columns: number,
  ): void;
  klStats(
    student: At,
    teacher: At,
    studentMax: At,
    studentSum: At,
    teacherMax: At,
    teacherSum: At,
    cross: At,
    rows: number,
    columns: number,
  ): void;
  logitStats(logits: At, targets: At, max: At, sum: At, picked: At, rows: number, columns: number, offset: number): void;
  mergeHeads(x: At, cos: At, sin: At, out: At, batch: number, length: number, heads: number, size: number, direction: number): void;
  normalisedMse(student: At, teacher: At, input: At, loss: At, scale: At, count: number, smallest: number): void;
  normalisedMseGrad(student: At, teacher: At, scale: At, dy: At, dstudent: At, count: number): void;
  rmsNorm(x: At, weight: At, y: At, inverse: At, rows: number, width: number, eps: number): void;
  rmsNormGradWeight(dy: At, x: At, inverse: At, dweight: At, rows: number, width: number): void;
  rmsNormGradX(dy: At, x: At, weight: At, inverse: At, dx: At, rows: number, width: number): void;
  scaleInPlace(x: At, factor: At, count: number): void;
  scatterAdd(x: At, ids: At, table: At, rows: number, width: number, size: number): void;
  splitHeads(x: At, cos: At, sin: At, out: At, batch: number, length: number, heads: number, size: number, direction: number): void;
  sumOfSquares(x: At, count: number): number;
  swiGlu(gate: At, up: At, out: At, count: number): void;
  swiGluGrad(gate: At, up: At, dy: At, dgate: At, dup: At, count: number): void;
  topLogits(logits: At, values: At, indices: At, rows: number, columns: number, k: number): void;
}

/** Every name of the interface, so that a module that lacks one is refused when it is installed. */
export const KERNEL_FUNCTIONS: { readonly [name in keyof KernelFunctions]: true } = {
  add: true,
  addBias: true,
  addInto: true,
  adamStep: true,
  causalSoftmax: true,
  causalSoftmaxGrad: true,
  columnSums: true,
  cosineLoss: true,
  cosineLossGrad: true,
  crossEntropyGrad: true,
  klGrad: true,
  klStats: true,
  logitStats: true,
  mergeHeads: true,
  normalisedMse: true,
  normalisedMseGrad: true,
  rmsNorm: true,
  rmsNormGradWeight: true,
  rmsNormGradX: true,
  scaleInPlace: true,
  scatterAdd: true,
  splitHeads: true,
  sumOfSquares: true,
  swiGlu: true,
  swiGluGrad: true,
  topLogits: true,
};
