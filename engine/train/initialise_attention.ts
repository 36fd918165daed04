/**
 * How an attention variant starts, from the parent's weights alone (Puzzle, arXiv 2411.19146): fewer KV heads by
 * averaging the key and value projections inside each merged group; one linear map as the product of the value and output
 * projections, which is what attention computes where each token attends only to itself.
 */
import { WorkbenchError } from '../protocol/errors.ts';
import { attentionId, type Attention, type ModelShape } from '../protocol/variant.ts';
import type { HostTensor, HostWeights } from '../transformer/host_tensor.ts';
import { weightsOf } from '../transformer/weights.ts';
import { matrixProduct, weightOf } from './initialise_tensors.ts';

/** What merging KV heads averages; norms of queries and keys are shared by all heads and stay. */
const PER_KV_HEAD = ['self_attn.k_proj.weight', 'self_attn.k_proj.bias', 'self_attn.v_proj.weight', 'self_attn.v_proj.bias'];

/**
 * Weights of `attention` made from those of the block `weights`, whose attention is `from`. Biases of the value and output
 * projections are lost in a linear map, which has none.
 * @throws WorkbenchError `bad_input` where the parent's attention cannot be turned into the variant.
 */
export async function initialiseAttention(shape: ModelShape, from: Attention, weights: HostWeights, attention: Attention): Promise<HostWeights> {
  const own = weightsOf(weights, 'attention');
  if (attention.kind === 'no_op') return {};
  if (attentionId(attention) === attentionId(from)) return own;
  if (from.kind === 'gqa' && attention.kind === 'gqa' && from.kv_heads % attention.kv_heads === 0) {
    return withFewerHeads(own, from.kv_heads, attention.kv_heads);
  }
  if (from.kind === 'gqa' && attention.kind === 'linear') {
    const values = repeatedHeads(weightOf(own, 'self_attn.v_proj.weight'), from.kv_heads, shape.num_attention_heads);
    return {
      'input_layernorm.weight': weightOf(own, 'input_layernorm.weight'),
      'self_attn.linear_attn.weight': await matrixProduct(weightOf(own, 'self_attn.o_proj.weight'), values),
    };
  }
  throw new WorkbenchError('bad_input', `An attention ${attentionId(attention)} cannot be made from the parent's ${attentionId(from)}.`, {
    hint: 'Choose numbers of KV heads that divide the number of the parent.',
  });
}

function withFewerHeads(weights: HostWeights, from: number, to: number): HostWeights {
  return Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [name, PER_KV_HEAD.includes(name) ? meanOfGroups(tensor, from, to) : tensor]));
}

/** [from * D, ...] -> [to * D, ...], each head the mean of from / to consecutive ones. */
function meanOfGroups({ shape, data }: HostTensor, from: number, to: number): HostTensor {
  const group = from / to;
  const perHead = data.length / from;
  const pooled = new Float32Array(to * perHead);
  for (let head = 0; head < to; head++) {
    for (let i = 0; i < perHead; i++) {
      let sum = 0;
      for (let member = 0; member < group; member++) sum += data[(head * group + member) * perHead + i] ?? 0;
      pooled[head * perHead + i] = sum / group;
    }
  }
  return { shape: [((shape[0] ?? 0) / from) * to, ...shape.slice(1)], data: pooled };
}

/** [from * D, H] -> [to * D, H]: each KV head as often as query heads read it. */
function repeatedHeads({ shape, data }: HostTensor, from: number, to: number): HostTensor {
  const perHead = data.length / from;
  const repeated = new Float32Array(to * perHead);
  for (let head = 0; head < to; head++) {
    const source = Math.floor((head * from) / to) * perHead;
    repeated.set(data.subarray(source, source + perHead), head * perHead);
  }
  return { shape: [((shape[0] ?? 0) / from) * to, ...shape.slice(1)], data: repeated };
}
