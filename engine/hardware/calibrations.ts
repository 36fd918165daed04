/** The constants that come with the product, and which calibration serves a device best. */
import { z } from 'zod';
import file from '../../assets/hardware/calibrations.json' with { type: 'json' };
import { builtInDevices } from './devices.ts';
import { calibrationSchema, type Calibration, type Device } from '../protocol/hardware.ts';

const CALIBRATIONS: readonly Calibration[] = z.object({ calibrations: z.array(calibrationSchema) }).parse(file).calibrations;

export function builtInCalibrations(): readonly Calibration[] {
  return CALIBRATIONS;
}

/** Everything that costs can be computed for: the product's tables and what the user added to them. */
export interface Hardware {
  readonly devices: readonly Device[];
  readonly calibrations: readonly Calibration[];
}

export const BUILT_IN: Hardware = { devices: builtInDevices(), calibrations: CALIBRATIONS };

/**
 * The device's own calibration, the newest added one first; else that of the device most like it (kind, then peak and
 * bandwidth), whose shares of peak are carried over. Undefined for TPUs, where no calibration exists to carry over.
 */
export function calibrationFor(device: Device, calibrations: readonly Calibration[], devices: readonly Device[]): Calibration | undefined {
  const own = calibrations.filter((calibration) => calibration.device === device.id);
  if (own.length > 0) return own.at(-1);
  if (device.kind === 'tpu') return undefined;
  const distance = (calibration: Calibration): number => {
    const other = devices.find(({ id }) => id === calibration.device);
    const [a, b] = [device.peak_tflops.bf16, other?.peak_tflops.bf16];
    if (other === undefined || a === undefined || b === undefined) return Infinity;
    return Math.abs(Math.log(a / b)) + Math.abs(Math.log(device.memory_gb_s / other.memory_gb_s));
  };
  return calibrations.map((calibration) => ({ calibration, far: distance(calibration) })).sort((a, b) => a.far - b.far)[0]?.calibration;
}

const BACKENDS: Readonly<Record<string, string>> = { trtllm: 'TensorRT-LLM', vllm: 'vLLM', sglang: 'SGLang' };

/** The name that a serving program goes by; its id where it is not known. */
export function backendName(id: string): string {
  return BACKENDS[id] ?? id;
}
