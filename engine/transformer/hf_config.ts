/**
 * The config.json of a checkpoint, in the first of three forms that can say what the model is: that of its family (Llama,
 * Mistral, Qwen2, Qwen3) where all layers are the same full block, DeciLM (`nemotron-nas`), or Puzzletron's AnyModel, whose
 * `block_configs` give KV heads and widths directly and which exists for every family.
 */
import { decilmObstacles, toDeciLmConfig, WORKBENCH_KEY, type ExportProvenance } from '../architecture/decilm.ts';
import { isGiven, type JsonObject } from '../architecture/json_fields.ts';
import { toPuzzletronSolutions } from '../architecture/puzzletron_solution.ts';
import { slidingWindowOf } from '../architecture/sliding_window.ts';
import { WorkbenchError } from '../protocol/errors.ts';
import type { Architecture, ModelShape } from '../protocol/variant.ts';
import type { WeightDtype } from './dtypes.ts';

export type ConfigForm = 'family' | 'decilm' | 'any_model';

export interface CheckpointConfig {
  readonly form: ConfigForm;
  /** Class of the family in Transformers, also of models in the other forms. */
  readonly className: string;
  readonly json: JsonObject;
}

export interface ConfigOptions {
  /** config.json of the model it came from: token ids and details of the rotary embedding are kept. */
  readonly parent?: JsonObject | undefined;
  readonly dtype: WeightDtype;
  /** This form, whatever else could say it. */
  readonly form?: ConfigForm | undefined;
  readonly provenance?: ExportProvenance | undefined;
}

/** @throws WorkbenchError `bad_input` where no form can say what the model is, or not the one asked for. */
export function checkpointConfig(architecture: Architecture, options: ConfigOptions): CheckpointConfig {
  const parent = languageModelOf(options.parent ?? {});
  const family = familyOf(architecture.shape, parent);
  const form = options.form ?? (isUniform(architecture) ? 'family' : decilmObstacles(architecture).length === 0 ? 'decilm' : 'any_model');
  return { form, className: family.className, json: { ...ofForm(form, architecture, family, options), ...inherited(architecture.shape, parent, options.dtype) } };
}

function ofForm(form: ConfigForm, architecture: Architecture, family: FamilyForm, { provenance = {} }: ConfigOptions): JsonObject {
  switch (form) {
    case 'family':
      if (!isUniform(architecture)) {
        throw new WorkbenchError('bad_input', `A ${family.className} configuration cannot express ${architecture.name}: its layers differ.`);
      }
      return { architectures: [family.className], ...familyFields(architecture, family), ...own(architecture, provenance) };
    case 'decilm':
      return toDeciLmConfig(architecture, provenance);
    case 'any_model':
      return {
        architectures: ['AnyModel'],
        base_architecture: family.className,
        ...familyFields(architecture, family),
        block_configs: puzzletronBlocks(architecture),
        ...own(architecture, provenance),
      };
    default:
      return form satisfies never;
  }
}

/** Every block as Puzzletron's BlockConfig. */
export function puzzletronBlocks(architecture: Architecture): readonly unknown[] {
  const [solution] = toPuzzletronSolutions([{ architecture, objective: { column: 'none', value: 0 }, costs: {}, problem: {} }], {});
  const blocks = solution?.['chosen_block_configs'];
  return Array.isArray(blocks) ? blocks : [];
}

/** Whether all layers are the same attention and SwiGLU, as a family's configuration has it. */
export function isUniform({ blocks }: Pick<Architecture, 'blocks'>): boolean {
  const [first] = blocks;
  return first?.attention.kind === 'gqa' && first.ffn.kind === 'swiglu' && blocks.every(({ variant }) => variant === first.variant);
}

interface FamilyForm {
  readonly className: string;
  readonly modelType: string;
}

const LLAMA: FamilyForm = { className: 'LlamaForCausalLM', modelType: 'llama' };
const MISTRAL: FamilyForm = { className: 'MistralForCausalLM', modelType: 'mistral' };
const QWEN2: FamilyForm = { className: 'Qwen2ForCausalLM', modelType: 'qwen2' };
const QWEN3: FamilyForm = { className: 'Qwen3ForCausalLM', modelType: 'qwen3' };

/** The family whose layers have what these have; Mistral's are Llama's, so the parent decides, or the window. */
function familyOf(shape: ModelShape, parent: JsonObject): FamilyForm {
  const windowed = shape.sliding_window !== undefined;
  const plain = shape.attention_bias === undefined && shape.mlp_bias !== true;
  if (shape.qk_norm === true && shape.attention_bias !== 'qkv' && shape.mlp_bias !== true) return QWEN3;
  if (shape.qk_norm !== true && shape.attention_bias === 'qkv' && shape.mlp_bias !== true) return QWEN2;
  const isMistral = parent['model_type'] === MISTRAL.modelType || parent['base_architecture'] === MISTRAL.className;
  if (shape.qk_norm !== true && plain && (windowed || isMistral)) return MISTRAL;
  if (shape.qk_norm !== true && shape.attention_bias !== 'qkv' && !windowed) return LLAMA;
  throw new WorkbenchError('bad_input', 'No family of Transformers has this combination of biases, query and key norms and sliding window.', {
    hint: 'Only models of the Llama, Mistral, Qwen2 and Qwen3 families can be written.',
  });
}

function familyFields({ shape, blocks }: Architecture, { modelType }: FamilyForm): JsonObject {
  const widest = (sizes: readonly number[], otherwise: number): number => (sizes.length === 0 ? otherwise : Math.max(...sizes));
  const kvHeads = blocks.flatMap(({ attention }) => (attention.kind === 'gqa' ? [attention.kv_heads] : []));
  const widths = blocks.flatMap(({ ffn }) => (ffn.kind === 'swiglu' ? [ffn.intermediate_size] : []));
  return {
    model_type: modelType,
    ...(modelType !== QWEN2.modelType && modelType !== MISTRAL.modelType && { attention_bias: shape.attention_bias === 'qkvo' }),
    head_dim: shape.head_dim,
    hidden_act: 'silu',
    hidden_size: shape.hidden_size,
    intermediate_size: widest(widths, shape.hidden_size),
    ...(shape.max_position_embeddings !== undefined && { max_position_embeddings: shape.max_position_embeddings }),
    ...(modelType === LLAMA.modelType && { mlp_bias: shape.mlp_bias === true }),
    num_attention_heads: shape.num_attention_heads,
    num_hidden_layers: blocks.length,
    num_key_value_heads: widest(kvHeads, shape.num_attention_heads),
    ...(shape.rms_norm_eps !== undefined && { rms_norm_eps: shape.rms_norm_eps }),
    rope_scaling: shape.rope_scaling ?? null,
    ...(shape.rope_theta !== undefined && { rope_theta: shape.rope_theta }),
    ...windowFields(shape, blocks, modelType),
    tie_word_embeddings: shape.tie_word_embeddings,
    use_cache: true,
    vocab_size: shape.vocab_size,
  };
}

function windowFields(shape: ModelShape, blocks: Architecture['blocks'], modelType: string): JsonObject {
  if (modelType === LLAMA.modelType) return {};
  const windows = blocks.map((block, layer) => slidingWindowOf(shape, block.parent_layers[0] ?? layer));
  const tokens = shape.sliding_window?.tokens ?? null;
  if (modelType === MISTRAL.modelType && windows.every((window) => window === windows[0])) return { sliding_window: windows[0] ?? null };
  return {
    ...(modelType !== MISTRAL.modelType && { use_sliding_window: tokens !== null }),
    sliding_window: tokens,
    ...(tokens !== null && { layer_types: windows.map((window) => (window === undefined ? 'full_attention' : 'sliding_attention')) }),
  };
}

/** The part about the language model, in the file of one that also sees or hears. */
function languageModelOf(config: JsonObject): JsonObject {
  const inner = config['text_config'];
  return !isGiven(config['hidden_size']) && typeof inner === 'object' && inner !== null ? { ...config, ...inner } : config;
}

/** What a reader of ours gets back beyond the configuration; other loaders pass over it. */
function own({ id, name, parent, external, source, blocks, shape }: Architecture, provenance: ExportProvenance): JsonObject {
  const isOneToOne = blocks.every(({ parent_layers: layers }, index) => layers.length === 1 && layers[0] === index);
  return {
    [WORKBENCH_KEY]: {
      format: 'puzzle-workbench/checkpoint',
      version: 1,
      architecture: {
        id,
        name,
        ...(parent !== undefined && { parent }),
        external,
        source,
        ...(!isOneToOne && { parent_layers: blocks.map(({ parent_layers: layers }) => layers) }),
        ...(shape.sliding_window !== undefined && { sliding_window: shape.sliding_window }),
      },
      provenance,
    },
  };
}

const KEPT = ['bos_token_id', 'eos_token_id', 'pad_token_id', 'initializer_range', 'attention_dropout'];
const TORCH_DTYPES: Readonly<Record<WeightDtype, string>> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

/** What the parent's file says and the shape does not. Transformers 5 keeps all of RoPE in one field; both forms are read. */
function inherited(shape: ModelShape, parent: JsonObject, dtype: WeightDtype): JsonObject {
  const kept = Object.fromEntries(KEPT.flatMap((key) => (isGiven(parent[key]) ? [[key, parent[key]]] : [])));
  const scaling = isGiven(parent['rope_parameters']) ? parent['rope_parameters'] : parent['rope_scaling'];
  if (shape.rope_scaling === undefined || typeof scaling !== 'object' || scaling === null) return { ...kept, torch_dtype: TORCH_DTYPES[dtype] };
  const { rope_theta: _theta, ...details } = scaling as JsonObject;
  return { ...kept, rope_scaling: { ...details, ...shape.rope_scaling }, torch_dtype: TORCH_DTYPES[dtype] };
}
