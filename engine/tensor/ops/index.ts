/** The operations that transformer blocks and their losses are made of. */
import './core_gradients.ts';

export { causalAttention } from './causal_attention.ts';
export { cosineLoss, normalisedMse } from './distances.ts';
export { embed } from './embed.ts';
export { mergeHeads, splitHeads, type RopeTables } from './heads.ts';
export { linear } from './linear.ts';
export { rmsNorm } from './rms_norm.ts';
export { swiGlu } from './swiglu.ts';
export { tokenMetrics, type TokenMetrics, type TokenMetricsOptions } from './token_metrics.ts';
export { crossEntropy, klDivergence, type VocabularyOptions } from './vocabulary_losses.ts';
