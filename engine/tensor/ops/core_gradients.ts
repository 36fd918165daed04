/**
 * Gradients of tfjs's own kernels, for those that our code composes. The core registers none by itself, and the module of
 * it that does exists in one module format only, so it cannot be had in Node and in a bundle alike. A kernel missing here
 * fails loudly in a backward pass: "gradient function not found".
 */
import * as tf from '@tensorflow/tfjs-core';

type Thunks = Record<string, () => tf.Tensor>;
type GradientOf = (dy: tf.Tensor, saved: tf.Tensor[], attributes: tf.NamedAttrMap) => Thunks;

/** Sums `gradient` over the axes along which a tensor of `shape` was repeated. */
function unbroadcast(gradient: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes([...shape], gradient.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(gradient, axes) : gradient, [...shape]);
}

/** Undoes a reduction: `gradient` over the kept axes, repeated to `shape`. */
function spread(gradient: tf.Tensor, shape: readonly number[], axis: tf.NamedAttrMap[string]): tf.Tensor {
  const kept = [...shape];
  for (const reduced of axesOf(axis, shape)) kept[reduced] = 1;
  return tf.mul(tf.reshape(gradient, kept), tf.ones([...shape]));
}

function axesOf(axis: tf.NamedAttrMap[string], shape: readonly number[]): readonly number[] {
  return tf.util.parseAxisParam(axis as number | number[], [...shape]);
}

/** The tensor at a place where one was saved. */
function at(saved: readonly tf.Tensor[], index: number): tf.Tensor {
  const tensor = saved[index];
  if (tensor === undefined) throw new RangeError('A gradient misses a saved tensor.');
  return tensor;
}

function register(kernelName: string, inputsToSave: readonly string[], outputsToSave: readonly boolean[], gradFunc: GradientOf): void {
  tf.registerGradient({
    kernelName,
    inputsToSave: [...inputsToSave],
    outputsToSave: [...outputsToSave],
    gradFunc: (dy, saved, attributes) => gradFunc(dy as tf.Tensor, saved, attributes),
  });
}

/** An elementwise kernel of one input: `slope` is dy/dx · upstream from what was saved (the input or the output). */
function unary(kernelName: string, saves: 'input' | 'output', slope: (dy: tf.Tensor, saved: tf.Tensor) => tf.Tensor): void {
  register(kernelName, saves === 'input' ? ['x'] : [], saves === 'output' ? [true] : [], (dy, saved) => ({
    x: () => slope(dy, at(saved, 0)),
  }));
}

/** An elementwise kernel of two inputs that may be broadcast. */
function binary(
  kernelName: string,
  toA: (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  toB: (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
): void {
  register(kernelName, ['a', 'b'], [], (dy, saved) => {
    const a = at(saved, 0);
    const b = at(saved, 1);
    return { a: () => unbroadcast(toA(dy, a, b), a.shape), b: () => unbroadcast(toB(dy, a, b), b.shape) };
  });
}

binary(tf.Add, (dy) => dy, (dy) => dy);
binary(tf.Sub, (dy) => dy, (dy) => tf.neg(dy));
binary(tf.Multiply, (dy, _, b) => tf.mul(dy, b), (dy, a) => tf.mul(dy, a));
binary(tf.RealDiv, (dy, _, b) => tf.div(dy, b), (dy, a, b) => tf.neg(tf.div(tf.mul(dy, a), tf.square(b))));
binary(
  tf.Maximum,
  (dy, a, b) => tf.mul(dy, tf.cast(tf.greaterEqual(a, b), 'float32')),
  (dy, a, b) => tf.mul(dy, tf.cast(tf.less(a, b), 'float32')),
);

unary(tf.Square, 'input', (dy, x) => tf.mul(dy, tf.mul(x, 2)));
unary(tf.Log, 'input', (dy, x) => tf.div(dy, x));
unary(tf.Exp, 'output', (dy, y) => tf.mul(dy, y));
unary(tf.Sqrt, 'output', (dy, y) => tf.div(dy, tf.mul(y, 2)));
unary(tf.Rsqrt, 'output', (dy, y) => tf.mul(dy, tf.mul(tf.mul(y, tf.square(y)), -0.5)));
unary(tf.Sigmoid, 'output', (dy, y) => tf.mul(dy, tf.mul(y, tf.sub(1, y))));
register(tf.Neg, [], [], (dy) => ({ x: () => tf.neg(dy) }));
register(tf.Identity, [], [], (dy) => ({ x: () => tf.clone(dy) }));
register(tf.Cast, [], [], (dy) => ({ x: () => tf.cast(dy, 'float32') }));

for (const name of [tf.OnesLike, tf.ZerosLike]) register(name, ['x'], [], (_, saved) => ({ x: () => tf.zerosLike(at(saved, 0)) }));

register(tf.Reshape, ['x'], [], (dy, saved) => ({ x: () => tf.reshape(dy, at(saved, 0).shape) }));
register(tf.ExpandDims, ['input'], [], (dy, saved) => ({ input: () => tf.reshape(dy, at(saved, 0).shape) }));
register(tf.Sum, ['x'], [], (dy, saved, { axis }) => ({ x: () => spread(dy, at(saved, 0).shape, axis) }));
register(tf.Mean, ['x'], [], (dy, saved, { axis }) => ({
  x: () => {
    const { shape } = at(saved, 0);
    const count = axesOf(axis, shape).reduce((product, reduced) => product * (shape[reduced] ?? 1), 1);
    return tf.div(spread(dy, shape, axis), count);
  },
}));
register(tf.Transpose, [], [], (dy, _, { perm }) => ({
  x: () => tf.transpose(dy, tf.backend_util.getUndoAxesPermutation(perm as number[])),
}));
register(tf.Slice, ['x'], [], (dy, saved, attributes) => ({
  x: () => {
    const x = at(saved, 0);
    // A single number may stand for the first axis, and -1 for a size that reaches to the end.
    const [begin, size] = tf.slice_util.parseSliceParams(x, attributes['begin'] as number | number[], attributes['size'] as number | number[]);
    return tf.pad(dy, x.shape.map((all, i): [number, number] => [begin[i] ?? 0, all - (begin[i] ?? 0) - (size[i] ?? 0)]));
  },
}));
tf.registerGradient({
  kernelName: tf.SplitV,
  gradFunc: (dys, _, { axis }) => ({ x: () => tf.concat(dys as tf.Tensor[], axis as number) }),
});
tf.registerGradient({
  kernelName: tf.Concat,
  saveAllInputs: true,
  gradFunc: (dy, saved, { axis }) => {
    const [along = 0] = axesOf(axis, at(saved, 0).shape);
    const parts = tf.split(dy as tf.Tensor, saved.map(({ shape }) => shape[along] ?? 1), along);
    return Object.fromEntries(parts.map((part, i) => [i, () => part]));
  },
});
tf.registerGradient({
  kernelName: tf.AddN,
  saveAllInputs: true,
  gradFunc: (dy, saved) => Object.fromEntries(saved.map((_, i) => [i, () => tf.clone(dy as tf.Tensor)])),
});

register(tf.BatchMatMul, ['a', 'b'], [], (dy, saved, { transposeA, transposeB }) => {
  const a = at(saved, 0);
  const b = at(saved, 1);
  return {
    a: () => (transposeA === true ? tf.matMul(b, dy, transposeB === true, true) : tf.matMul(dy, b, false, transposeB !== true)),
    b: () => (transposeB === true ? tf.matMul(dy, a, true, transposeA === true) : tf.matMul(a, dy, transposeA !== true, false)),
  };
});
register(tf.Softmax, [], [true], (dy, saved) => ({
  logits: () => {
    const y = at(saved, 0);
    const weighted = tf.mul(dy, y);
    return tf.sub(weighted, tf.mul(tf.sum(weighted, -1, true), y));
  },
}));
register(tf.LogSoftmax, [], [true], (dy, saved) => ({
  logits: () => tf.sub(dy, tf.mul(tf.sum(dy, -1, true), tf.exp(at(saved, 0)))),
}));
