/**
 * Operations with hand-written gradients. Unlike tfjs's `customGrad`, which this builds on, an operation learns which of its
 * inputs need a gradient at all, so that frozen weights and constant inputs cost nothing.
 */
import * as tf from '@tensorflow/tfjs-core';

/** Keeps tensors for the gradient; what is needed there must be saved, as the caller may dispose of its own. */
export type Save = (...tensors: tf.Tensor[]) => void;

/** A gradient per input asked for. */
export type InputGradients<Name extends string> = { readonly [name in Name]?: tf.Tensor | undefined };

export interface Operation<Name extends string, Output extends tf.Tensor> {
  /** Tensors that gradients may be wanted for. */
  readonly inputs: { readonly [name in Name]?: tf.Tensor };
  /** `recording` says whether a gradient may be asked for. */
  readonly forward: (save: Save, recording: boolean) => Output;
  /** `saved` are those of `forward`, in order. */
  readonly backward: (dy: Output, saved: readonly tf.Tensor[], wants: ReadonlySet<Name>) => InputGradients<Name>;
}

export function differentiable<Name extends string, Output extends tf.Tensor>(operation: Operation<Name, Output>): Output {
  const names = Object.keys(operation.inputs) as Name[];
  const tensors = Object.values<tf.Tensor>(operation.inputs as Readonly<Record<Name, tf.Tensor>>);
  const apply = tf.customGrad<Output>((...inputsAndSave) => {
    const save = inputsAndSave[names.length] as tf.GradSaveFunc;
    const recording = tf.engine().state.gradientDepth > 0;
    return {
      value: operation.forward((...kept) => save(kept), recording),
      gradFunc: (dy, saved) => {
        const wants = new Set(names.filter((_, index) => wantedInputs?.has(String(index)) ?? true));
        return tf.tidy(() => {
          const gradients = operation.backward(dy, saved, wants);
          // What nobody asks for is never looked at, but tfjs wants a tensor there.
          return names.map((name) => (wants.has(name) ? gradients[name] : undefined) ?? tf.scalar(0));
        });
      },
    };
  });
  return apply(...tensors);
}

let wantedInputs: ReadonlySet<string> | undefined;

/** Runs `backward` of a node of the tape for only those of its inputs (by tfjs's name) that need a gradient. */
export function askingFor<T>(inputs: ReadonlySet<string>, backward: () => T): T {
  wantedInputs = inputs;
  try {
    return backward();
  } finally {
    wantedInputs = undefined;
  }
}

/** The saved tensor at `index`. */
export function savedAt<T extends tf.Tensor>(saved: readonly tf.Tensor[], index: number): T {
  const tensor = saved[index];
  if (tensor === undefined) throw new RangeError(`A gradient misses its saved tensor ${index}.`);
  return tensor as T;
}
