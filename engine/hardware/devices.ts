/**
 * The product's device table (`assets/hardware/devices.json`, dense peaks and what the driver reports as memory) and
 * one alias table for the spellings of the same devices elsewhere: published tables, aiconfigurator's system names,
 * CUDA's device names, calibration files.
 */
import { z } from 'zod';
import file from '../../assets/hardware/devices.json' with { type: 'json' };
import { deviceSchema, type Device } from '../protocol/hardware.ts';

const DEVICES: readonly Device[] = z.object({ devices: z.array(deviceSchema) }).parse(file).devices;

/** By small letters, with runs of blanks, `_` and `-` as one blank. */
const ALIASES: Readonly<Record<string, string>> = {
  h100: 'h100-sxm',
  'h100 sxm5': 'h100-sxm',
  'h100 sxm 80gb': 'h100-sxm',
  'h100 80gb hbm3': 'h100-sxm',
  'h100 pcie 80gb': 'h100-pcie',
  h200: 'h200-sxm',
  'h200 sxm 141gb': 'h200-sxm',
  'gh200 96gb': 'gh200',
  'a100 sxm': 'a100-sxm-80',
  'a100 sxm 80gb': 'a100-sxm-80',
  'a100 sxm 40gb': 'a100-sxm-40',
  'a100 sxm4 40gb': 'a100-sxm-40',
  'a100 sxm4 80gb': 'a100-sxm-80',
  'a100 pcie': 'a100-pcie-80',
  'a100 pcie 80gb': 'a100-pcie-80',
  'b200 sxm': 'b200',
  'b200 sxm (hgx)': 'b200',
  'gb200 (per gpu)': 'gb200',
  'b300 sxm': 'b300',
  'l40s 48gb': 'l40s',
  'geforce rtx 4090': 'rtx-4090',
  'rtx 4090 24gb': 'rtx-4090',
  'geforce rtx 5090': 'rtx-5090',
  'rtx pro 6000 server': 'rtx-pro-6000',
  'rtx pro 6000 blackwell server': 'rtx-pro-6000',
};

export function builtInDevices(): readonly Device[] {
  return DEVICES;
}

/** Device id for any known spelling; an unknown one is kept as it is. */
export function deviceId(spelling: string): string {
  const name = spelling
    .trim()
    .toLowerCase()
    .replace(/^(nvidia|amd|google)\s+/, '')
    .replaceAll(/[\s_-]+/g, ' ');
  const known = DEVICES.find(({ id }) => id.replaceAll('-', ' ') === name);
  return known?.id ?? ALIASES[name] ?? spelling;
}
