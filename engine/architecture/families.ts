/**
 * Model families whose layers are what a variant describes: rotary grouped-query attention and a gated FFN of three
 * matrices, each behind an RMSNorm. What sets them apart from Llama, and what a configuration leaves unsaid, is as in
 * the configuration and modelling classes of Hugging Face Transformers.
 */
export interface Family {
  /** As a reader knows it. */
  readonly name: string;
  /** `model_type` of its configurations. */
  readonly modelTypes: readonly string[];
  /** Its class in `architectures` and in Puzzletron's `base_architecture`. */
  readonly className: string;
  /** Where the file does not say: whether embeddings and head are shared; head_dim, else hidden size / heads. */
  readonly tied: boolean;
  readonly headDim?: number;
  /** Whether a file without `num_key_value_heads` means as many as heads; otherwise it must say. */
  readonly kvHeadsMayBeAbsent: boolean;
  /** `flag`: as `attention_bias` says, then of all four projections. */
  readonly attentionBias: 'none' | 'qkv' | 'flag';
  /** Whether `mlp_bias` is heeded. */
  readonly mlpBias: boolean;
  readonly qkNorm: boolean;
  readonly postNorms: boolean;
  /** Activation of the gate where the file does not say. */
  readonly activation: string;
  /**
   * Which layers have a sliding window: `given`, all where the file names one; `switched`, from `max_window_layers` on
   * where `use_sliding_window` is true; `alternating`, layers 0, 2, 4, ...; `layer_types` says otherwise in each.
   */
  readonly window: 'none' | 'given' | 'switched' | 'alternating';
}

const LLAMA: Family = {
  name: 'Llama',
  modelTypes: ['llama'],
  className: 'LlamaForCausalLM',
  tied: false,
  kvHeadsMayBeAbsent: true,
  attentionBias: 'flag',
  mlpBias: true,
  qkNorm: false,
  postNorms: false,
  activation: 'silu',
  window: 'none',
};

const FAMILIES: readonly Family[] = [
  LLAMA,
  {
    ...LLAMA,
    name: 'Mistral',
    modelTypes: ['mistral'],
    className: 'MistralForCausalLM',
    kvHeadsMayBeAbsent: false,
    attentionBias: 'none',
    mlpBias: false,
    window: 'given',
  },
  {
    ...LLAMA,
    name: 'Qwen2',
    modelTypes: ['qwen2'],
    className: 'Qwen2ForCausalLM',
    kvHeadsMayBeAbsent: false,
    attentionBias: 'qkv',
    mlpBias: false,
    window: 'switched',
  },
  {
    ...LLAMA,
    name: 'Qwen3',
    modelTypes: ['qwen3'],
    className: 'Qwen3ForCausalLM',
    headDim: 128,
    kvHeadsMayBeAbsent: false,
    mlpBias: false,
    qkNorm: true,
    window: 'switched',
  },
  {
    ...LLAMA,
    name: 'Gemma-2',
    modelTypes: ['gemma2'],
    className: 'Gemma2ForCausalLM',
    tied: true,
    headDim: 256,
    kvHeadsMayBeAbsent: false,
    mlpBias: false,
    postNorms: true,
    activation: 'gelu_pytorch_tanh',
    window: 'alternating',
  },
  {
    ...LLAMA,
    // Its checkpoints keep query, key and value in one matrix, and gate and up in another; the numbers are the same.
    name: 'Phi-3',
    modelTypes: ['phi3'],
    className: 'Phi3ForCausalLM',
    attentionBias: 'none',
    mlpBias: false,
    window: 'given',
  },
  { ...LLAMA, name: 'DeciLM (Nemotron-NAS)', modelTypes: ['nemotron-nas', 'deci'], className: 'DeciLMForCausalLM' },
];

/** For messages: every family by name. */
export const FAMILY_NAMES: string = FAMILIES.map(({ name }) => name).join(', ');

/** The family that files without a word about it are read as. */
export const DEFAULT_FAMILY: Family = LLAMA;

export function familyByModelType(modelType: string): Family | undefined {
  return FAMILIES.find((family) => family.modelTypes.includes(modelType));
}

export function familyByClassName(className: string): Family | undefined {
  return FAMILIES.find((family) => family.className === className);
}
