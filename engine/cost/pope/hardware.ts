/**
 * What the planner takes from a device: peak, bandwidths, memory, the shares of them that programs attain, and a time
 * per layer that no bandwidth explains. All of it is shown with the result and can be set in the request.
 */
import { BUILT_IN, calibrationFor, type Hardware } from '../../hardware/calibrations.ts';
import { computeFormat, peakFlops } from '../../hardware/formats.ts';
import { WorkbenchError } from '../../protocol/errors.ts';
import type { Device, Format } from '../../protocol/hardware.ts';
import type { PlanSettings, Shares } from '../../protocol/plan.ts';
import { PAPER } from './paper.ts';

export interface PlanHardware {
  readonly peakFlops: number;
  readonly computeFormat: Format;
  readonly memoryBytes: number;
  readonly memoryBytesPerS: number;
  readonly networkBytesPerS: number;
  readonly shares: Shares;
  readonly layerLatencyS: number;
}

export const EVERYTHING: Shares = { compute: 1, memory: 1, network: 1 };

/**
 * Microseconds per layer and pass where nothing else is said. TPU: what the paper's decode of PaLM 540B at batch 64
 * takes beyond the arithmetic, (28.4 - 12.2) ms over 118 layers. GPU: the share of a layer that the fit of the
 * inference-sim project to vLLM on an H100 gives to the host.
 */
export const LAYER_LATENCY_US: Readonly<Record<Device['kind'], number>> = { tpu: 140, gpu: 32 };

/**
 * @throws WorkbenchError `bad_input` where the device multiplies in no format that holds the given ones.
 */
export function planHardware(
  device: Device,
  settings: Pick<PlanSettings, 'formats' | 'shares' | 'layer_latency_us' | 'network_gb_s'>,
  known: Hardware = BUILT_IN,
): PlanHardware {
  const format = computeFormat(settings.formats.weights, settings.formats.activations);
  const peak = peakFlops(device, format);
  if (peak === undefined) {
    throw new WorkbenchError('bad_input', `${device.name} has no known peak for ${format} or any wider format.`, {
      hint: 'Choose other formats for weights and activations, or add the peak to the device.',
      details: { path: 'formats', expected: `one of ${Object.keys(device.peak_tflops).join(', ')}`, found: format },
    });
  }
  return {
    peakFlops: peak.flops,
    computeFormat: peak.format,
    memoryBytes: device.memory_bytes,
    memoryBytesPerS: device.memory_gb_s * 1e9,
    networkBytesPerS: (settings.network_gb_s ?? networkGbS(device)) * 1e9,
    shares: settings.shares ?? attainedShares(device, peak.format, known),
    layerLatencyS: (settings.layer_latency_us ?? LAYER_LATENCY_US[device.kind]) * 1e-6,
  };
}

/** The paper's TPU v4, to which nothing is added unless stated. */
export function paperHardware(shares: Shares = EVERYTHING, layerLatencyUs = 0): PlanHardware {
  const { peak_tflops: peak, memory_bytes: memoryBytes, memory_gb_s: memory, network_gb_s: network } = PAPER.hardware;
  return {
    peakFlops: peak * 1e12,
    computeFormat: 'bf16',
    memoryBytes,
    memoryBytesPerS: memory * 1e9,
    networkBytesPerS: network * 1e9,
    shares,
    layerLatencyS: layerLatencyUs * 1e-6,
  };
}

/**
 * Bandwidth of a chip in collectives. For TPU v4 the paper's figure: it is what all links send together, as the other
 * devices' table entries are, and Google's all-reduce bandwidth per pod agrees with it.
 */
export function networkGbS(device: Device): number {
  return device.id === PAPER.hardware.device && device.origin === 'built-in' ? PAPER.hardware.network_gb_s : device.link.gb_s_per_direction;
}

/**
 * Shares of peak and memory bandwidth that the device's calibration has for large matrix products, or those of the
 * device most like it; for TPUs, where none was measured, those of the H100. Networks are taken at their full rate.
 */
export function attainedShares(device: Device, format: Format, { calibrations, devices }: Hardware = BUILT_IN): Shares {
  const calibration = calibrationFor(device, calibrations, devices) ?? calibrations.find((candidate) => candidate.device === 'h100-sxm');
  const constants = calibration?.gemm[format] ?? calibration?.gemm.bf16;
  return constants === undefined ? EVERYTHING : { compute: constants.eta_compute, memory: constants.eta_memory, network: 1 };
}
