/** Models that can be described and counted but not run: each refused with the reason, before anything is read of them. */
import { slidingWindowOf } from '../architecture/sliding_window.ts';
import { WorkbenchError } from '../protocol/errors.ts';
import type { ChosenBlock, ModelShape } from '../protocol/variant.ts';
import { ropeFrequencies } from './rope_scaling.ts';

/** What of a model is looked at: its shape, its blocks, and the configuration file's own fields, as no shape has them all. */
export interface RunnableModel {
  readonly shape: ModelShape;
  readonly blocks: readonly ChosenBlock[];
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Far above any model's; a damaged configuration must not make tables that exhaust memory. */
const MOST_HEAD_DIM = 2 ** 16;

/** @throws WorkbenchError `bad_input` naming what our forward pass does not do. */
export function refuseUnsupported(model: RunnableModel): void {
  const { shape, blocks, config = {} } = model;
  if (shape.post_norms === true) throw refusal('it has a norm behind each sub-block (as Gemma-2)');
  const activation = shape.hidden_act ?? 'silu';
  if (activation !== 'silu') throw refusal(`the activation of its FFN is ${activation}, not silu`);
  if (shape.head_dim > MOST_HEAD_DIM) throw refusal(`its head_dim is ${shape.head_dim}; ${MOST_HEAD_DIM} is the most`);
  if (shape.head_dim % 2 !== 0) throw refusal(`its head_dim of ${shape.head_dim} is odd, so that a head cannot be rotated in pairs`);
  const partial = config['partial_rotary_factor'];
  if (typeof partial === 'number' && partial !== 1) throw refusal(`only a part of each head is rotated (partial_rotary_factor ${partial})`);
  for (const field of ['attn_logit_softcapping', 'final_logit_softcapping']) {
    if (typeof config[field] === 'number') throw refusal(`its logits are capped (${field})`);
  }
  for (const [layer, { attention }] of blocks.entries()) {
    if (attention.kind === 'gqa' && shape.num_attention_heads % attention.kv_heads !== 0) {
      throw refusal(`the ${attention.kv_heads} KV heads of layer ${layer} do not divide its ${shape.num_attention_heads} attention heads`);
    }
  }
  ropeFrequencies(shape);
}

/** @throws WorkbenchError `bad_input` where a layer would see only a part of a sequence of `tokens`. */
export function refuseLongerThanWindow(model: Pick<RunnableModel, 'shape' | 'blocks'>, tokens: number): void {
  for (const [layer, block] of model.blocks.entries()) {
    const window = slidingWindowOf(model.shape, block.parent_layers[0] ?? layer);
    if (block.attention.kind === 'gqa' && window !== undefined && tokens > window) {
      throw refusal(`layer ${layer} sees only the latest ${window} tokens (sliding window), and ${tokens} are asked for`, `Use sequences of at most ${window} tokens.`);
    }
  }
}

function refusal(reason: string, hint = 'Its architecture can still be explored; choose another model to train or run.'): WorkbenchError {
  return new WorkbenchError('bad_input', `This model cannot be run here: ${reason}.`, { hint });
}
