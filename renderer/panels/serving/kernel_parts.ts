/** Time by cause: the kinds of kernels, and for a whole step what lies outside the layers and between kernels. */
import type { CostReport, KernelCost, LayerCost } from '../../../engine/protocol/cost.ts';

export const KERNEL_PARTS = [
  { id: 'gemm', label: 'Matrix products' },
  { id: 'attention', label: 'Attention' },
  { id: 'all_reduce', label: 'All-reduce' },
  { id: 'element_wise', label: 'Element-wise' },
] as const;
export const STEP_PARTS = [...KERNEL_PARTS, { id: 'outside', label: 'Head' }, { id: 'overhead', label: 'Overhead' }] as const;

export type KernelPart = (typeof KERNEL_PARTS)[number]['id'];
export type StepPart = (typeof STEP_PARTS)[number]['id'];

export function partOf(kind: KernelCost['kind']): KernelPart {
  switch (kind) {
    case 'gemm':
    case 'all_reduce':
    case 'element_wise':
      return kind;
    case 'decode_attention':
    case 'prefill_attention':
      return 'attention';
    default:
      return kind satisfies never;
  }
}

/** Microseconds of a layer's kernels by kind. */
export function layerParts({ kernels }: Pick<LayerCost, 'kernels'>): Readonly<Record<KernelPart, number>> {
  const parts = { gemm: 0, attention: 0, all_reduce: 0, element_wise: 0 };
  for (const { kind, microseconds } of kernels) parts[partOf(kind)] += microseconds;
  return parts;
}

/** Milliseconds; differences of rounding below zero are nothing. */
export function stepValue(step: CostReport['step_ms'], part: StepPart): number {
  return Math.max(0, step[part]);
}

/** Equal kernels of a layer together, in the order they run. */
export function kernelRows({ kernels }: Pick<LayerCost, 'kernels'>): readonly { readonly name: string; readonly part: KernelPart; readonly microseconds: number; readonly times: number }[] {
  const rows = new Map<string, { name: string; part: KernelPart; microseconds: number; times: number }>();
  for (const { name, kind, microseconds } of kernels) {
    const known = rows.get(name);
    if (known === undefined) rows.set(name, { name, part: partOf(kind), microseconds, times: 1 });
    else {
      known.microseconds += microseconds;
      known.times++;
    }
  }
  return [...rows.values()];
}
