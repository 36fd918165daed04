import { describe, expect, it } from 'vitest';
import { builtInDevices, deviceId } from './devices.ts';

describe('spellings of devices', () => {
  it.each([
    ['H100', 'h100-sxm'],
    ['H100 SXM 80GB', 'h100-sxm'],
    ['H100 80GB HBM3', 'h100-sxm'],
    ['NVIDIA H100 80GB HBM3', 'h100-sxm'],
    ['NVIDIA DGX H100', 'h100-sxm'],
    ['H100 SXM5', 'h100-sxm'],
    ['h100_sxm', 'h100-sxm'],
    ['NVIDIA H100 PCIe', 'h100-pcie'],
    ['H100-PCIe-80GB', 'h100-pcie'],
    ['H200', 'h200-sxm'],
    ['H200 SXM 141GB', 'h200-sxm'],
    ['NVIDIA H200 141GB HBM3e', 'h200-sxm'],
    ['GH200', 'gh200'],
    ['GH200 96GB HBM3', 'gh200'],
    ['NVIDIA GH200 480GB', 'gh200'],
    ['A100-SXM4-80GB', 'a100-sxm-80'],
    ['NVIDIA A100-SXM4-40GB', 'a100-sxm-40'],
    ['A100 SXM', 'a100-sxm-80'],
    ['A100 PCIe 80GB', 'a100-pcie-80'],
    ['NVIDIA A100 80GB PCIe', 'a100-pcie-80'],
    ['B200', 'b200'],
    ['B200 SXM (HGX)', 'b200'],
    ['DGX B200 180GB', 'b200'],
    ['GB200 (per GPU)', 'gb200'],
    ['GB200 NVL72', 'gb200'],
    ['GB200 192GB', 'gb200'],
    ['L40S 48GB', 'l40s'],
    ['NVIDIA L4', 'l4'],
    ['NVIDIA GeForce RTX 4090', 'rtx-4090'],
    ['RTX 5090', 'rtx-5090'],
    ['RTX 6000 Pro', 'rtx-pro-6000'],
    ['NVIDIA RTX PRO 6000 Blackwell Server Edition', 'rtx-pro-6000'],
    ['AMD Instinct MI300X', 'mi300x'],
    ['TPU v4', 'tpu-v4'],
    ['Google TPU v6e', 'tpu-v6e'],
  ])('knows %s as %s', (spelling, id) => {
    expect(deviceId(spelling)).toBe(id);
  });

  it.each(['H100 NVL', 'H100 94GB', 'H200 NVL', 'GH200 144GB HBM3e', 'A100', 'A100 80GB', 'H20', 'H800', 'L40', 'RTX 6000 Ada', 'RTX A6000', 'MI325X', 'B100', 'GB300', 'TPU v5', 'T4', ''])(
    'leaves %s alone, which is another device or may be one of several',
    (spelling) => {
      expect(deviceId(spelling)).toBe(spelling);
    },
  );

  it('knows every id and name of the table', () => {
    for (const { id, name } of builtInDevices()) {
      expect(deviceId(id)).toBe(id);
      expect(deviceId(name)).toBe(id);
    }
  });
});
