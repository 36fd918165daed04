/** Kernels of gradients' sums and of the optimiser. */
import { rowsOf, sizeOf, type Bindings } from './call.ts';

export const TRAINING_KERNELS: Bindings = {
  FusedAddInto: (call, wasm) => {
    const total = call.input('total');
    wasm.addInto(call.at(total), call.at(call.sized('term', sizeOf(total))), sizeOf(total));
    return [call.inPlace(total)];
  },
  FusedScale: (call, wasm) => {
    const x = call.input('x');
    wasm.scaleInPlace(call.at(x), call.at(call.sized('factor', 1)), sizeOf(x));
    return [call.inPlace(x)];
  },
  FusedScatterAdd: (call, wasm) => {
    const x = call.input('x');
    const { rows, width } = rowsOf(x);
    const ids = call.sized('ids', rows, 'int32');
    const size = call.number('size');
    const table = call.output([size, width]);
    wasm.scatterAdd(call.at(x), call.at(ids), call.at(table), rows, width, size);
    return [table];
  },
  FusedSumOfSquares: (call, wasm) => {
    const x = call.input('x');
    const sum = wasm.sumOfSquares(call.at(x), sizeOf(x));
    return [call.filled(sum)];
  },
  FusedAdam: (call, wasm) => {
    const x = call.input('x');
    const count = sizeOf(x);
    const [gradient, m, v] = ['gradient', 'm', 'v'].map((name) => call.at(call.sized(name, count)));
    const factor = call.at(call.sized('factor', 1));
    const [beta1, beta2, epsilon] = [call.number('beta1'), call.number('beta2'), call.number('epsilon')];
    const [keep, rate, spread] = [call.number('keep'), call.number('rate'), call.number('spread')];
    wasm.adamStep(call.at(x), gradient, m, v, count, factor, beta1, beta2, 1 - beta1, 1 - beta2, epsilon, keep, rate, spread);
    return [call.inPlace(x)];
  },
};
