/**
 * Configurations of models that a variant cannot describe, each refused with the reason. What the layers are is told
 * by the fields first, as these cannot be mistaken, and by the family's name second.
 */
import { badInput, type WorkbenchError } from '../protocol/errors.ts';
import { FAMILY_NAMES } from './families.ts';
import { at, isGiven, type JsonObject, type Place } from './json_fields.ts';

/** A kind of layer that cannot be described. */
interface Obstacle {
  /** Fields that only such models have. */
  readonly fields: readonly string[];
  /** Whether a field's value means that the model has such layers. */
  readonly present: (value: unknown) => boolean;
  /** Families whose name says it. */
  readonly families: RegExp;
  readonly expected: string;
  readonly found: string;
  readonly why: string;
}

const aboveOne = (value: unknown): boolean => typeof value === 'number' && value > 1;
const namesOtherLayers = (value: unknown): boolean =>
  !Array.isArray(value) || value.some((type) => !['attention', 'full_attention', 'sliding_attention'].includes(String(type)));

const OBSTACLES: readonly Obstacle[] = [
  {
    fields: ['kv_lora_rank'],
    present: isGiven,
    families: /^(deepseek_v[23]|minicpm3|kimi_k2)/,
    expected: 'attention that caches keys and values of its KV heads',
    found: 'multi-head latent attention',
    why: 'Multi-head latent attention caches one compressed vector for each token instead of keys and values, so that KV heads, block variants and KV bytes mean nothing here.',
  },
  {
    fields: ['ssm_state_size', 'state_size', 'mamba_d_state', 'mamba_num_heads', 'hybrid_override_pattern', 'linear_num_value_heads'],
    present: isGiven,
    families: /mamba|jamba|zamba|bamba|rwkv|nemotron_h|recurrent_gemma|qwen3_next|lfm2/,
    expected: 'attention in every layer that mixes tokens',
    found: 'state-space or recurrent layers',
    why: 'A state-space or recurrent layer keeps a state of fixed size instead of a KV cache; the cost model and the variants describe attention only.',
  },
  {
    fields: ['layers_block_type'],
    present: namesOtherLayers,
    families: /^$/,
    expected: 'attention in every layer that mixes tokens',
    found: 'layers of several kinds',
    why: 'The cost model and the variants describe layers of attention and FFN only.',
  },
  {
    fields: ['num_local_experts', 'num_experts', 'n_routed_experts', 'moe_num_experts'],
    present: aboveOne,
    families: /moe|mixtral|dbrx|gpt_oss|llama4/,
    expected: 'one FFN that every token passes through',
    found: 'a mixture of experts',
    why: 'Of a mixture of experts each token passes through a few experts only; neither its cost nor its variants can be described here, and entering its shape by hand would not help.',
  },
];

/** Families whose FFN has two matrices and whose norms are LayerNorms: their counts would be wrong. */
const UNGATED = /^(gpt2|gpt_neox?|gpt_bigcode|gptj|opt|bloom|mpt|falcon|phi|nemotron|starcoder2|persimmon|bert|roberta)$/;

/** @throws WorkbenchError `bad_input` where a field says that the layers are of a kind that cannot be described. */
export function refuseOtherLayers(config: JsonObject, root: Place): void {
  for (const obstacle of OBSTACLES) {
    for (const field of obstacle.fields) {
      if (isGiven(config[field]) && obstacle.present(config[field])) throw refusal(obstacle, at(root, field), familyOf(config));
    }
  }
  if (config['is_encoder_decoder'] === true) {
    throw badInput(root.file, at(root, 'is_encoder_decoder').path, 'a decoder', 'an encoder with a decoder', 'The cost model describes models that only decode.');
  }
}

/** The error for a family that is none of those that can be read; `name` stands in the file at `place`. */
export function unknownFamily(name: string, place: Place): WorkbenchError {
  const obstacle = OBSTACLES.find(({ families }) => families.test(snakeCase(name)));
  if (obstacle !== undefined) return refusal(obstacle, place, name);
  const expected = `a Llama-family model (${FAMILY_NAMES}, or AnyModel made from one of them)`;
  const hint = UNGATED.test(snakeCase(name))
    ? 'Its FFN has two matrices and its norms have biases, which block variants do not describe. Choose a model with a gated FFN.'
    : 'If its layers are grouped-query attention and a gated FFN of three matrices, enter its shape by hand.';
  return badInput(place.file, place.path, expected, JSON.stringify(name), hint);
}

function refusal({ expected, found, why }: Obstacle, place: Place, family: string | undefined): WorkbenchError {
  return badInput(place.file, place.path, expected, family === undefined ? found : `${found} (${family})`, why);
}

function familyOf(config: JsonObject): string | undefined {
  const [className] = Array.isArray(config['architectures']) ? config['architectures'] : [];
  for (const name of [config['base_architecture'], config['model_type'], className]) if (typeof name === 'string') return name;
  return undefined;
}

/** `Qwen3MoeForCausalLM` and `qwen3_moe` are one family. */
function snakeCase(name: string): string {
  return name
    .replace(/For(CausalLM|ConditionalGeneration)$/, '')
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_')
    .toLowerCase()
    .replaceAll('-', '_');
}
