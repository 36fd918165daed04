/** Gradients of a loss by the name of the variable. */
import type * as tf from '@tensorflow/tfjs-core';
import './ops/core_gradients.ts';
import { backpropagate, record } from './tape.ts';

export type Variables = Readonly<Record<string, tf.Variable>>;
export type Gradients = Readonly<Record<string, tf.Tensor>>;

/**
 * Value of `loss` and its gradient for each of `variables`; whatever else is computed inside is disposed of. What does not
 * depend on the variables (a frozen teacher, say) is better computed outside of `loss`: inside, its intermediates live until
 * the loss is known. The caller disposes of `value` and of every gradient.
 * @throws Error where the loss does not depend on a variable at all.
 */
export function gradientsOf(variables: Variables, loss: () => tf.Scalar): { value: tf.Scalar; gradients: Gradients } {
  const { value, tape } = record(loss);
  try {
    const found = backpropagate(value, tape, Object.values(variables));
    const gradients: Record<string, tf.Tensor> = {};
    const missing: string[] = [];
    for (const [name, { id }] of Object.entries(variables)) {
      const gradient = found.get(id);
      if (gradient === undefined) missing.push(name);
      else gradients[name] = gradient;
    }
    if (missing.length > 0) {
      for (const gradient of found.values()) gradient.dispose();
      throw new Error(`The loss does not depend on ${missing.join(', ')}.`);
    }
    return { value, gradients };
  } catch (thrown) {
    value.dispose();
    throw thrown;
  }
}
