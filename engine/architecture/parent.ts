/** Parents other than presets: models read from a file or entered by hand. */
import { WorkbenchError } from '../protocol/errors.ts';
import { modelFormSchema, type ModelFormInput } from '../protocol/model_form.ts';
import type { Architecture, ParentModel } from '../protocol/variant.ts';
import { parentArchitecture, parentModel } from './presets.ts';

/**
 * The model whose every layer is the one block of `architecture`, or undefined where its layers differ or are not a
 * full block. A preset is given back as such where the architecture is the one it names as its parent.
 */
export function parentFromArchitecture(architecture: Architecture): ParentModel | undefined {
  const { blocks, shape } = architecture;
  const [first] = blocks;
  if (first === undefined || blocks.some(({ variant, parent_layers: layers }) => variant !== first.variant || layers.length !== 1)) {
    return undefined;
  }
  const { attention, ffn } = first;
  if (attention.kind !== 'gqa' || ffn.kind !== 'swiglu') return undefined;
  const preset = architecture.parent === undefined ? undefined : parentModel(architecture.parent);
  if (preset !== undefined && isSame(preset.shape, shape) && isSame(parentArchitecture(preset).blocks, blocks)) {
    return preset;
  }
  return {
    id: ownId(architecture.name),
    name: architecture.name,
    shape,
    num_hidden_layers: blocks.length,
    num_key_value_heads: attention.kv_heads,
    intermediate_size: ffn.intermediate_size,
    source: architecture.source,
  };
}

/** Throws `badInput` with the first thing that is wrong and `details.path` naming its field. */
export function parentFromForm(fields: ModelFormInput): ParentModel {
  const parsed = modelFormSchema.safeParse(fields);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = issue?.path.join('.') ?? '';
    throw new WorkbenchError('bad_input', `${issue?.message ?? 'The shape is not complete'}.`, { details: { path } });
  }
  const form = parsed.data;
  return {
    id: ownId(form.name),
    name: form.name,
    shape: {
      hidden_size: form.hidden_size,
      num_attention_heads: form.num_attention_heads,
      head_dim: form.head_dim ?? form.hidden_size / form.num_attention_heads,
      vocab_size: form.vocab_size,
      tie_word_embeddings: form.tie_word_embeddings,
      ...(form.max_position_embeddings !== undefined && { max_position_embeddings: form.max_position_embeddings }),
      ...(form.attention_bias !== 'none' && { attention_bias: form.attention_bias }),
      ...(form.qk_norm && { qk_norm: true }),
    },
    num_hidden_layers: form.num_hidden_layers,
    num_key_value_heads: form.num_key_value_heads,
    intermediate_size: form.intermediate_size,
    source: 'entered by hand',
  };
}

/** An id made from the name, never that of a preset, which would stand for another model. */
function ownId(name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  const id = slug === '' ? 'model' : slug;
  return parentModel(id) === undefined ? id : `${id}-own`;
}

/** Equality of JSON values, whatever the order of their keys. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))];
  return left.length === right.size && left.every(([key, value]) => right.has(key) && isSame(value, right.get(key)));
}
