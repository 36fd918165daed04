/**
 * Entry of the wasm kernels. Every exported function works in place on the memory of tfjs's own wasm module, by byte offset.
 * Nothing here may need static data (no strings, arrays, or tables of Math): it would land on tfjs's own.
 */
export { add, addBias, addInto, columnSums, scaleInPlace, scatterAdd } from './accumulate';
export { adamStep, sumOfSquares } from './adam';
export { causalSoftmax, causalSoftmaxGrad } from './causal_softmax';
export { cosineLoss, cosineLossGrad, normalisedMse, normalisedMseGrad } from './distances';
export { mergeHeads, splitHeads } from './heads';
export { rmsNorm, rmsNormGradWeight, rmsNormGradX } from './norm';
export { swiGlu, swiGluGrad } from './swiglu';
export { crossEntropyGrad, klGrad, klStats, logitStats, topLogits } from './vocabulary';
