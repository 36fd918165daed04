/** Kernels of a transformer block's forward and backward pass: norms, heads, attention, activation, projections' rest. */
import { rowsOf, sizeOf, type Bindings } from './call.ts';

export const BLOCK_KERNELS: Bindings = {
  FusedRmsNorm: (call, wasm) => {
    const x = call.input('x');
    const { rows, width } = rowsOf(x);
    const weight = call.sized('weight', width);
    const y = call.output(x.shape);
    const inverse = call.output([...x.shape.slice(0, -1), 1]);
    wasm.rmsNorm(call.at(x), call.at(weight), call.at(y), call.at(inverse), rows, width, call.number('eps'));
    return [y, inverse];
  },
  FusedRmsNormGradX: (call, wasm) => {
    const x = call.input('x');
    const { rows, width } = rowsOf(x);
    const dy = call.sized('dy', sizeOf(x));
    const dx = call.output(x.shape);
    wasm.rmsNormGradX(call.at(dy), call.at(x), call.at(call.sized('weight', width)), call.at(call.sized('inverse', rows)), call.at(dx), rows, width);
    return [dx];
  },
  FusedRmsNormGradWeight: (call, wasm) => {
    const x = call.input('x');
    const { rows, width } = rowsOf(x);
    const dy = call.sized('dy', sizeOf(x));
    const dweight = call.output([width]);
    wasm.rmsNormGradWeight(call.at(dy), call.at(x), call.at(call.sized('inverse', rows)), call.at(dweight), rows, width);
    return [dweight];
  },

  FusedSplitHeads: (call, wasm) => {
    const x = call.input('x');
    const heads = call.number('heads');
    const [batch, length, width] = x.shape;
    const size = width / heads;
    const out = call.output([batch, heads, length, size]);
    const { cos, sin } = ropeOf(call, length, size);
    wasm.splitHeads(call.at(x), cos, sin, call.at(out), batch, length, heads, size, call.number('direction'));
    return [out];
  },
  FusedMergeHeads: (call, wasm) => {
    const x = call.input('x');
    const [batch, heads, length, size] = x.shape;
    const out = call.output([batch, length, heads * size]);
    const { cos, sin } = ropeOf(call, length, size);
    wasm.mergeHeads(call.at(x), cos, sin, call.at(out), batch, length, heads, size, call.number('direction'));
    return [out];
  },

  FusedCausalSoftmax: (call, wasm) => {
    const scores = call.input('scores');
    const { rows, width } = rowsOf(scores);
    wasm.causalSoftmax(call.at(scores), rows, call.number('length'), width, call.number('scale'));
    return [call.inPlace(scores)];
  },
  FusedCausalSoftmaxGrad: (call, wasm) => {
    const dp = call.input('dp');
    const { rows, width } = rowsOf(dp);
    wasm.causalSoftmaxGrad(call.at(call.sized('p', sizeOf(dp))), call.at(dp), rows, call.number('length'), width, call.number('scale'));
    return [call.inPlace(dp)];
  },

  FusedSwiGlu: (call, wasm) => {
    const gate = call.input('gate');
    const up = call.sized('up', sizeOf(gate));
    const out = call.output(gate.shape);
    wasm.swiGlu(call.at(gate), call.at(up), call.at(out), sizeOf(gate));
    return [out];
  },
  FusedSwiGluGrad: (call, wasm) => {
    const gate = call.input('gate');
    const up = call.sized('up', sizeOf(gate));
    const dy = call.sized('dy', sizeOf(gate));
    const dgate = call.output(gate.shape);
    const dup = call.output(gate.shape);
    wasm.swiGluGrad(call.at(gate), call.at(up), call.at(dy), call.at(dgate), call.at(dup), sizeOf(gate));
    return [dgate, dup];
  },

  FusedAddBias: (call, wasm) => {
    const x = call.input('x');
    const { rows, width } = rowsOf(x);
    wasm.addBias(call.at(x), call.at(call.sized('bias', width)), rows, width);
    return [call.inPlace(x)];
  },
  FusedColumnSums: (call, wasm) => {
    const x = call.input('x');
    const { rows, width } = rowsOf(x);
    const out = call.output([width]);
    wasm.columnSums(call.at(x), call.at(out), rows, width);
    return [out];
  },
};

/** Addresses of the rotary tables; 0 without. */
function ropeOf(call: Parameters<Bindings['FusedSplitHeads']>[0], length: number, size: number): { readonly cos: number; readonly sin: number } {
  if (call.optional('cos') === undefined) return { cos: 0, sin: 0 };
  const count = (length * size) / 2;
  return { cos: call.at(call.sized('cos', count)), sin: call.at(call.sized('sin', count)) };
}
