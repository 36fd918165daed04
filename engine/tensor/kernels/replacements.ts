/** tfjs's own wasm kernels that ours take the place of, where they are slow without need. */
import { Add, Identity, util } from '@tensorflow/tfjs-core';
import type { NamedTensorInfoMap } from '@tensorflow/tfjs-core';
import { sizeOf, type Binding } from './call.ts';

export interface Replacement {
  /** Whether ours computes this call; the one replaced does the rest. */
  readonly fits: (inputs: NamedTensorInfoMap) => boolean;
  readonly binding: Binding;
}

export const REPLACEMENTS: Readonly<Record<string, Replacement>> = {
  /** Another handle in place of a copy: everything that is saved for a gradient goes through here. */
  [Identity]: {
    fits: ({ x }) => x?.dtype === 'float32' || x?.dtype === 'int32',
    binding: (call) => [call.handle(call.any('x'))],
  },
  /** Residual connections: tfjs's adds one number at a time. */
  [Add]: {
    fits: ({ a, b }) => a?.dtype === 'float32' && b?.dtype === 'float32' && util.arraysEqual(a.shape, b.shape),
    binding: (call, wasm) => {
      const a = call.input('a');
      const out = call.output(a.shape);
      wasm.add(call.at(a), call.at(call.input('b')), call.at(out), sizeOf(a));
      return [out];
    },
  },
};
