/**
 * How an FFN variant starts, from the parent's weights (Puzzle, arXiv 2411.19146): a narrower one keeps the
 * channels that contribute most to the output; one linear map is the product of the up and down projections, the gate
 * ignored.
 */
import { WorkbenchError } from '../protocol/errors.ts';
import { ffnId, type Ffn } from '../protocol/variant.ts';
import type { HostTensor, HostWeights } from '../transformer/host_tensor.ts';
import { weightsOf } from '../transformer/weights.ts';
import { matrixProduct, weightOf } from './initialise_tensors.ts';

/**
 * Weights of `ffn` made from those of the block `weights`, whose FFN is `from`. `contributions` is one number per channel of
 * `from`, needed only for narrower FFNs. Biases are lost in a linear map, which has none.
 * @throws WorkbenchError `bad_input` where the parent's FFN cannot be turned into the variant, or contributions are missing.
 */
export async function initialiseFfn(from: Ffn, weights: HostWeights, ffn: Ffn, contributions: Float32Array | undefined): Promise<HostWeights> {
  const own = weightsOf(weights, 'ffn');
  if (ffn.kind === 'no_op') return {};
  if (ffnId(ffn) === ffnId(from)) return own;
  if (from.kind === 'swiglu' && ffn.kind === 'swiglu' && ffn.intermediate_size < from.intermediate_size) {
    if (contributions === undefined) {
      throw new WorkbenchError('bad_input', `An FFN of ${ffn.intermediate_size} channels is made from those that contribute most, which nobody has measured.`, {
        hint: "Record the parent's activations on training data first.",
      });
    }
    return withChannels(own, from.intermediate_size, largestInOrder(contributions, ffn.intermediate_size));
  }
  if (from.kind === 'swiglu' && ffn.kind === 'linear') {
    return {
      'post_attention_layernorm.weight': weightOf(own, 'post_attention_layernorm.weight'),
      'mlp.linear_mlp.weight': await matrixProduct(weightOf(own, 'mlp.down_proj.weight'), weightOf(own, 'mlp.up_proj.weight')),
    };
  }
  throw new WorkbenchError('bad_input', `An FFN ${ffnId(ffn)} cannot be made from the parent's ${ffnId(from)}.`, {
    hint: 'Choose widths up to that of the parent.',
  });
}

/** Indices of the `count` largest values in ascending order; of equals the first. */
export function largestInOrder(values: Float32Array, count: number): Int32Array {
  const order = Int32Array.from(values, (_, i) => i);
  order.sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b);
  return order.slice(0, count).sort();
}

function withChannels(weights: HostWeights, width: number, channels: Int32Array): HostWeights {
  return Object.fromEntries(
    Object.entries(weights).map(([name, tensor]) => {
      if (/^mlp\.(gate|up)_proj\./.test(name)) return [name, rows(tensor, channels)];
      return [name, name === 'mlp.down_proj.weight' ? columns(tensor, width, channels) : tensor];
    }),
  );
}

/** Of a matrix [out, in] or a bias [out]. */
function rows({ shape, data }: HostTensor, kept: Int32Array): HostTensor {
  const width = data.length / (shape[0] ?? 1);
  const result = new Float32Array(kept.length * width);
  kept.forEach((row, i) => result.set(data.subarray(row * width, (row + 1) * width), i * width));
  return { shape: [kept.length, ...shape.slice(1)], data: result };
}

function columns({ shape, data }: HostTensor, width: number, kept: Int32Array): HostTensor {
  const height = shape[0] ?? 0;
  const result = new Float32Array(height * kept.length);
  for (let row = 0; row < height; row++) {
    for (let i = 0; i < kept.length; i++) result[row * kept.length + i] = data[row * width + (kept[i] ?? 0)] ?? 0;
  }
  return { shape: [height, kept.length], data: result };
}
