/** Gradients of a loss by the name of the variable. */
import * as tf from '@tensorflow/tfjs-core';
import './ops/core_gradients.ts';

export type Variables = Readonly<Record<string, tf.Variable>>;
export type Gradients = Readonly<Record<string, tf.Tensor>>;

/**
 * Value of `loss` and its gradient for each of `variables`; whatever else is computed inside is disposed of. The caller
 * disposes of `value` and of every gradient (`tf.dispose(result)` does both).
 * @throws Error where the loss does not depend on a variable at all.
 */
export function gradientsOf(variables: Variables, loss: () => tf.Scalar): { value: tf.Scalar; gradients: Gradients } {
  const names = Object.keys(variables);
  const list = names.map((name) => variables[name]).filter((variable) => variable !== undefined);
  const { value, grads } = tf.variableGrads(loss, list);
  const gradients: Record<string, tf.Tensor> = {};
  names.forEach((name, i) => {
    const gradient = grads[list[i]?.name ?? ''];
    if (gradient === undefined) throw new Error(`The loss does not depend on ${name}.`);
    gradients[name] = gradient;
  });
  return { value, gradients };
}
