import { describe, expect, test } from 'vitest';
import type { Device } from '../../engine/protocol/hardware.ts';
import { copyOf, formOf, readDeviceForm, type DeviceForm } from './hardware_form.ts';

const h100: Device = {
  id: 'h100-sxm',
  name: 'NVIDIA H100 SXM5',
  kind: 'gpu',
  year: 2022,
  peak_tflops: { bf16: 989.4, fp8: 1978.9 },
  memory_bytes: 85_520_000_000,
  memory_gb_s: 3350,
  link: { name: 'NVLink4', gb_s_per_direction: 450 },
  source: 'datasheet',
  origin: 'built-in',
};
const read = (change: Partial<DeviceForm>, devices: readonly Device[] = [h100], editing?: string) => readDeviceForm({ ...copyOf(h100, devices), ...change }, devices, editing);
const problems = (change: Partial<DeviceForm>) => {
  const outcome = read(change);
  return outcome.kind === 'incomplete' ? outcome.problems : {};
};

describe('a device typed in', () => {
  test('is the copied one but for its name, id, source and origin', () => {
    const outcome = read({});
    expect(outcome).toMatchObject({ kind: 'device', replaces: false, device: { ...h100, id: 'h100-sxm-mine', name: 'NVIDIA H100 SXM5 (mine)', source: 'changed from: datasheet', origin: 'user' } });
  });

  test('takes numbers as people write them', () => {
    expect(read({ memoryGb: '141', bandwidthGbS: '4,800', peaks: { ...formOf(h100).peaks, fp4: '9 000' } })).toMatchObject({
      kind: 'device',
      device: { memory_bytes: 141e9, memory_gb_s: 4800, peak_tflops: { fp4: 9000 } },
    });
  });

  test('gets an id that nobody has', () => {
    const mine = { ...h100, id: 'h100-sxm-mine', origin: 'user' as const };
    expect(copyOf(h100, [h100, mine]).id).toBe('h100-sxm-mine-2');
    expect(copyOf(mine, [h100, mine]).id).toBe('h100-sxm-mine-2');
  });

  test('goes before the built-in one of its id, but never over another added one', () => {
    expect(read({ id: 'h100-sxm' })).toMatchObject({ kind: 'device', replaces: true });
    const mine = { ...h100, id: 'mine', origin: 'user' as const };
    expect(read({ id: 'mine' }, [h100, mine])).toMatchObject({ kind: 'incomplete', problems: { id: expect.stringContaining('already') as string } });
    expect(read({ id: 'mine' }, [h100, mine], 'mine')).toMatchObject({ kind: 'device' });
  });
});

describe('what is wrong with it', () => {
  test('is said of each field', () => {
    expect(problems({ id: 'My GPU', memoryGb: 'banana', bandwidthGbS: '', source: ' ' })).toEqual({
      id: expect.stringContaining('Small letters') as string,
      memoryGb: '"banana" is not a number.',
      bandwidthGbS: 'Memory bandwidth is missing.',
      source: expect.stringContaining('from') as string,
    });
  });

  test('are figures in another unit', () => {
    // Bytes instead of gigabytes, and terabytes per second.
    expect(problems({ memoryGb: '85520000000' }).memoryGb).toContain('must lie between');
    expect(problems({ bandwidthGbS: '0.00335' }).bandwidthGbS).toContain('must lie between');
    // Terabytes per second typed as gigabytes.
    expect(problems({ bandwidthGbS: '3.35' }).bandwidthGbS).toBe('Memory bandwidth must lie between 20 and 200,000 GB/s.');
    expect(problems({ year: '20' }).year).toBe('The year must lie between 1990 and 2100.');
  });

  test('is a device without a format that attention can be computed in', () => {
    const none = { ...formOf(undefined).peaks, fp8: '1000' };
    expect(problems({ peaks: none })['peak-bf16']).toContain('attention');
    expect(problems({ peaks: { ...none, fp32: '60' } })).toEqual({});
  });
});
