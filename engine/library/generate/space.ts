/**
 * The search space for any parent: Puzzle's (arXiv 2411.19146, section 2), as multiples of the parent's own sizes. For
 * Llama-3.1-70B these are exactly the variants that Nemotron-51B and Super-49B were chosen from.
 */
import type { Attention, Block, Ffn, ParentModel } from '../../protocol/variant.ts';

/** Shares of the parent's width; 25088, 21504, ..., 5632 and 2816 of 28672. */
const WIDTHS = [1, 0.875, 0.75, 0.625, 0.5, 0.25, 0.2, 0.1];
/** Widths are multiples of this, as kernels like them and Nemotron's are; finer for narrow models. */
const WIDTH_STEP = 256;
const NARROW = 4096;

export interface Space {
  readonly attentions: readonly Attention[];
  readonly ffns: readonly Ffn[];
  /** Every pair, attention by attention; the first one is the parent's own block. */
  readonly blocks: readonly Block[];
}

export function searchSpace(parent: Pick<ParentModel, 'num_key_value_heads' | 'intermediate_size'>): Space {
  const attentions: Attention[] = [];
  for (let heads = parent.num_key_value_heads; heads >= 1; heads /= 2) {
    attentions.push({ kind: 'gqa', kv_heads: heads });
    if (heads % 2 !== 0) break;
  }
  attentions.push({ kind: 'linear' }, { kind: 'no_op' });
  const whole = parent.intermediate_size;
  const step = whole < NARROW ? WIDTH_STEP / 8 : WIDTH_STEP;
  const widths = new Set(WIDTHS.map((share) => (share === 1 ? whole : Math.max(1, Math.floor((share * whole) / step)) * step)).filter((width) => width <= whole));
  const ffns: Ffn[] = [...[...widths].map((width): Ffn => ({ kind: 'swiglu', intermediate_size: width })), { kind: 'linear' }, { kind: 'no_op' }];
  return { attentions, ffns, blocks: attentions.flatMap((attention) => ffns.map((ffn) => ({ attention, ffn }))) };
}
