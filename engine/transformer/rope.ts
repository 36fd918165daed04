/**
 * Tables of rotary position embeddings (RoFormer, arXiv 2104.09864, section 3.4) in Hugging Face's rotate-half form: pair i of
 * a head is elements i and i + D/2, turned by position * frequency_i.
 */
import { tensor2d } from '@tensorflow/tfjs-core';
import { WorkbenchError } from '../protocol/errors.ts';
import type { ModelShape } from '../protocol/variant.ts';
import type { RopeTables } from '../tensor/ops/index.ts';
import { ropeFrequencies } from './rope_scaling.ts';

export type { RopeTables };

/**
 * Tables for `length` positions from `offset` on; the caller disposes them. Angles are formed in double precision, so that
 * far positions do not lose digits, and only the results rounded to float32.
 * @throws WorkbenchError `bad_input` where the model's scaling is not known, or not at so large positions.
 */
export function ropeTables(shape: ModelShape, length: number, offset = 0): RopeTables {
  const { cos, sin } = ropeValues(shape, length, offset);
  const size: [number, number] = [length, shape.head_dim / 2];
  return { cos: tensor2d(cos, size), sin: tensor2d(sin, size) };
}

export function disposeRope({ cos, sin }: RopeTables): void {
  cos.dispose();
  sin.dispose();
}

/** The tables' values, row-major [length, head_dim / 2]. */
export function ropeValues(shape: ModelShape, length: number, offset = 0): { readonly cos: Float32Array; readonly sin: Float32Array } {
  const { radiansPerToken, amplitude, positions } = ropeFrequencies(shape);
  if (offset + length > positions) {
    throw new WorkbenchError('bad_input', `This model's rotary embeddings change with the length of a sequence beyond ${positions} tokens; ${offset + length} are asked for.`, {
      hint: `Use sequences of at most ${positions} tokens.`,
    });
  }
  const pairs = radiansPerToken.length;
  const cos = new Float32Array(length * pairs);
  const sin = new Float32Array(length * pairs);
  for (let t = 0; t < length; t++) {
    radiansPerToken.forEach((radians, pair) => {
      const angle = (offset + t) * radians;
      cos[t * pairs + pair] = amplitude * Math.cos(angle);
      sin[t * pairs + pair] = amplitude * Math.sin(angle);
    });
  }
  return { cos, sin };
}
