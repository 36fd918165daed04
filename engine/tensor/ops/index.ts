/** The operations that transformer blocks and their losses are made of. */
import './core_gradients.ts';

export { causalAttention } from './causal_attention.ts';
export { crossEntropy } from './cross_entropy.ts';
export { cosineLoss, normalisedMse } from './distances.ts';
export { embed } from './embed.ts';
export { mergeHeads, splitHeads, type RopeTables } from './heads.ts';
export { klDivergence } from './kl_divergence.ts';
export { linear } from './linear.ts';
export { rmsNorm } from './rms_norm.ts';
export { swiGlu } from './swiglu.ts';
export { tokenMetrics, type HeadSource, type TokenMetrics, type TokenMetricsOptions } from './token_metrics.ts';
export type { VocabularyOptions } from './vocabulary.ts';
