/** KV cache of a whole model, every device of a copy taken together and none of it repeated. */
import { kvBytesPerToken } from '../architecture/count.ts';
import { bytesOf } from '../hardware/formats.ts';
import type { Model } from './model.ts';

/** Bytes per cached token of one sequence, in each layer's own format. */
export function architectureKvBytes(model: Model): number {
  return model.layers.reduce((sum, { block, formats }) => sum + kvBytesPerToken(model.shape, block.attention, bytesOf(formats.kv)), 0);
}
