/** Words for deployments: devices by their short names, what the kernels' times rest on, and the KV-head cliff. */
import type { Calibration, Device, Format } from '../../../engine/protocol/hardware.ts';
import { FORMAT_NAMES } from '../../state/recipe_choices.ts';

/** Query heads per KV head, on one device, from which the measured kernel takes a slower path; costmodel.md 5.4. */
export const GROUP_SLOWED = 32;

export const CLIFF_TEXT =
  `With ${GROUP_SLOWED} or more query heads per KV head on one device, the attention kernel of this serving program slows down, and from 64 it reads the cache ` +
  'once per query head: one KV head can then take longer than eight. Switch it off for a program whose kernel reuses what it has read.';

/** Without the maker, which the group says. */
export function shortDeviceName({ name }: Pick<Device, 'name'>): string {
  return name.replace(/^(NVIDIA|AMD|Google|Intel)\s+/, '').replace(/\s*\((HGX|per GPU)\)$/, '');
}

/** Own devices first come under their own heading. */
export function deviceGroup({ name, kind, origin }: Pick<Device, 'name' | 'kind' | 'origin'>): string {
  if (origin === 'user') return 'Added here';
  if (kind === 'tpu') return 'Google TPUs';
  return name.startsWith('AMD') ? 'AMD GPUs' : 'NVIDIA GPUs';
}

const WIDTH: Readonly<Record<Format, number>> = { fp32: 32, bf16: 16, fp16: 16, fp8: 8, int8: 8, fp4: 4, int4: 4 };

/** Said where a device has no units for the wider of the two formats, so that it multiplies in one that is wider still. */
export function computedWith(device: Pick<Device, 'name' | 'peak_tflops'> | undefined, weights: Format, activations: Format): string | undefined {
  if (device === undefined) return undefined;
  const format = WIDTH[weights] > WIDTH[activations] ? weights : activations;
  if (device.peak_tflops[format] !== undefined) return undefined;
  return `${shortDeviceName(device)} has no ${FORMAT_NAMES[format]} units: it multiplies in a wider format.`;
}

export interface Basis {
  readonly text: string;
  readonly measured: boolean;
}

/** What the times of a device rest on. */
export function basisOf(device: Pick<Device, 'name' | 'kind'>, own: Pick<Calibration, 'name'> | undefined): Basis {
  if (own !== undefined) return { text: `Kernels measured: ${own.name}`, measured: true };
  return device.kind === 'tpu'
    ? { text: `No kernels of ${shortDeviceName(device)} were measured: peaks as specified`, measured: false }
    : { text: `Kernels carried over from a similar device to ${shortDeviceName(device)}`, measured: false };
}
