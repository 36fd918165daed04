import { describe, expect, it } from 'vitest';
import { BUILT_IN, type Hardware } from '../hardware/calibrations.ts';
import { deploymentSchema, type DeploymentInput } from '../protocol/cost.ts';
import type { Calibration, Device } from '../protocol/hardware.ts';
import { kernelsFor, type Kernels } from './kernels.ts';

const kernels = (deployment: Partial<DeploymentInput>, hardware: Hardware = BUILT_IN): Kernels => kernelsFor(deploymentSchema.parse({ device: 'h100-sxm', ...deployment }), hardware);
const bf16 = { weights: 'bf16', activations: 'bf16', kv: 'bf16' } as const;
const h100 = BUILT_IN.calibrations.find(({ device }) => device === 'h100-sxm') as Calibration;
const device = (id: string): Device => BUILT_IN.devices.find((candidate) => candidate.id === id) as Device;

describe('constants', () => {
  it('are the device\u2019s own, carried over from a similar one, or its specification', () => {
    expect(kernels({}).basis).toBe('own');
    expect(kernels(bf16).basis).toBe('own');
    expect(kernels({ ...bf16, weights: 'fp16' }).basis).toBe('own');
    expect(kernels({ weights: 'fp4', activations: 'fp4' }).basis).toBe('other_format');
    expect(kernels({ weights: 'int4', activations: 'bf16', kv: 'bf16' }).basis).toBe('other_format');
    expect(kernels({ device: 'gh200' })).toMatchObject({ basis: 'other_device', groupPath: undefined });
    expect(kernels({ device: 'tpu-v5p', ...bf16 })).toMatchObject({ basis: 'specification', calibration: undefined, endToEnd: { derate: 1, step0: 0 } });
  });

  it('are refused with what there is', () => {
    expect(() => kernels({ device: 'h900' })).toThrow('There is no device "h900"');
    expect(() => kernels({ calibration: 'mine' })).toThrow('There is no calibration "mine"');
    expect(() => kernels({ device: 'tpu-v4', weights: 'fp32', activations: 'fp32' })).toThrow('Google TPU v4 has no peak for fp32');
  });

  it('that the user added go before the product\u2019s', () => {
    const own: Calibration = { ...h100, id: 'mine', origin: 'user', end_to_end: { ...h100.end_to_end!, derate: 2 } };
    const hardware = { ...BUILT_IN, calibrations: [...BUILT_IN.calibrations, own] };
    expect(kernels({}, hardware).calibration?.id).toBe('mine');
    expect(kernels({ calibration: h100.id }, hardware).calibration?.id).toBe(h100.id);
    const roomy: Device = { ...device('h100-sxm'), memory_bytes: 1e12, origin: 'user' };
    expect(kernels({}, { ...BUILT_IN, devices: [...BUILT_IN.devices, roomy] }).device.memory_bytes).toBe(1e12);
  });
});

describe('matrix products', () => {
  it('of more outputs are never faster, also where weights are a quarter of what the constants were fitted with', () => {
    const narrow = kernels({ device: 'b200', weights: 'int4', activations: 'bf16', kv: 'bf16' });
    let before = 0;
    for (let n = 64; n <= 65_536; n *= 2) {
      const seconds = narrow.gemm(1, n, 8192);
      expect(seconds).toBeGreaterThan(before);
      before = seconds;
    }
  });
});

describe('all-reduce', () => {
  it('of one device is nothing', () => {
    expect(kernels({}).allReduce(1, 1e9)).toBe(0);
  });

  it('takes as long as was measured for messages of 2 and 128 MiB; costmodel.md 3.2', () => {
    // Microseconds of TensorRT-LLM's kernel with 2, 4 and 8 devices.
    const measured = { [2 * 2 ** 20]: [9.4, 26, 36], [128 * 2 ** 20]: [472, 619, 576] };
    for (const [bytes, all] of Object.entries(measured)) {
      for (const [index, microseconds] of all.entries()) expect(Math.abs((1e6 * kernels({}).allReduce(2 ** (index + 1), Number(bytes))) / microseconds - 1)).toBeLessThan(0.3);
    }
  });

  it('runs over PCIe as published throughputs show, unless it was measured there', () => {
    // 15 us and 12 GB/s; costmodel.md 6.2.
    expect(kernels({ device: 'l40s' }).allReduce(4, 12e9)).toBeCloseTo(1 + 15e-6, 6);
    const own: Calibration = { ...h100, id: 'l40s-own', device: 'l40s', all_reduce: { 4: { alpha: 1e-3, bytes_per_second: 6e9, sqrt_coefficient: 0 } } };
    expect(kernels({ device: 'l40s' }, { ...BUILT_IN, calibrations: [...BUILT_IN.calibrations, own] }).allReduce(4, 12e9)).toBeCloseTo(2.001, 9);
  });

  it('follows the link of another device, and a ring where nothing was measured', () => {
    const [large, small] = [kernels({ device: 'b200' }).allReduce(2, 1e9), kernels({}).allReduce(2, 1e9)];
    expect(small / large).toBeCloseTo(2, 1);
    // Each byte leaves and enters 2 * 3/4 times; 150 GB/s.
    expect(kernels({ device: 'tpu-v4', ...bf16 }).allReduce(4, 150e9)).toBeCloseTo(1.5, 9);
  });
});
