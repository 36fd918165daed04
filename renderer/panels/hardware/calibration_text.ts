/** Words for calibrations: kinds of kernels, and the formats that constants exist for. */
import { FORMATS, type FitError, type Format } from '../../../engine/protocol/hardware.ts';
import { FORMAT_NAMES } from '../../state/recipe_choices.ts';

export const KERNEL_NAMES: Readonly<Record<FitError['kernel'], string>> = {
  gemm: 'Matrix product',
  decode_attention: 'Decode attention',
  prefill_attention: 'Prefill attention',
  block: 'Whole blocks',
  all_reduce: 'All-reduce',
};

/** `FP8, BF16`, narrow ones last. */
export function formatsOf(constants: Readonly<Partial<Record<Format, unknown>>>): string {
  const known = FORMATS.filter((format) => constants[format] !== undefined);
  return known.length === 0 ? 'none' : known.map((format) => FORMAT_NAMES[format]).join(', ');
}

/** `FP8` for a number format, `4 devices` for a group of devices. */
export function variantText({ kernel, of }: Pick<FitError, 'kernel' | 'of'>): string {
  if (kernel === 'all_reduce') return `${of} devices`;
  const format = FORMATS.find((one) => one === of);
  return format === undefined ? of : FORMAT_NAMES[format];
}

export function isKernel(name: string): name is FitError['kernel'] {
  return name in KERNEL_NAMES;
}
