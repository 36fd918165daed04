import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sharedData } from '../../../test/support/shared_data.ts';
import { WorkbenchError } from '../../protocol/errors.ts';
import { calibrationSchema, type Calibration } from '../../protocol/hardware.ts';
import { builtInCalibrations } from '../calibrations.ts';
import { builtInDevices } from '../devices.ts';
import { bytesOf } from '../formats.ts';
import { allReduceSeconds, decodeAttentionSeconds, gemmSeconds, prefillAttentionSeconds } from '../forms.ts';
import type { MeasurementFile } from '../measurements/measurement_file.ts';
import { readMeasurementFiles } from '../measurements/read_folder.ts';
import { fitCalibration, type FitProgress } from './fit_calibration.ts';

const HOW_TO_GET_TABLES =
  'needs shared data: put aiconfigurator\'s h100_sxm and h200_sxm tables into a folder aiconfigurator/ and set PUZZLE_SHARED_DATA to its parent';

const device = builtInDevices().find(({ id }) => id === 'l40s')!;
const hardware = { bytesPerS: device.memory_gb_s * 1e9, flops: device.peak_tflops.fp8! * 1e12, bf16Flops: device.peak_tflops.bf16! * 1e12 };

/** Constants to be found again: unlike any GPU's that is built in. */
const truth = {
  gemm: { eta_compute: 0.61, eta_memory: 0.92, t0: 7e-6, p: 3.1, alpha_input_passes: 1.4, kappa_per_1024_k: 4e-7, n0: 2600, beta_output_passes: 0.55 },
  decode: { t0: 9e-6, eta_memory: 0.85, plateau: 5e-5, per_cta_wave: 2e-6, half_saturation_kvhead_tokens: 3e5, sqrt_length: 1.5e-6 },
  prefill: { t0: 2.2e-5, eta_of_bf16_peak: 0.71, q_passes: 5, kv_passes: 8 },
  allReduce: { alpha: 1.2e-5, bytes_per_second: 1.4e10, sqrt_coefficient: 2e-8 },
  path: { from_32_multiplier: 1.4, from_64_seconds_per_token: 2e-8 },
};

const powers = (from: number, to: number, step = 1): number[] => Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => 2 ** (from + i * step));

/** Own timings made with `truth`, each off by a little that repeats itself, and one in fifty off by a factor of three. */
function synthetic(noise: number): MeasurementFile {
  const lines = ['device,backend,version,kernel,format,m,n,k,sequences,context,prompt,heads,kv_heads,head_dim,devices,bytes,seconds'];
  const add = (cells: string, seconds: number): void => {
    const i = lines.length;
    const off = noise === 0 ? 1 : i % 50 === 0 ? 3 : 1 + noise * Math.sin(12.9898 * i);
    lines.push(`L40S,mine,2,${cells},${seconds * off}`);
  };
  for (const m of powers(0, 14)) {
    for (const n of powers(7, 14)) {
      for (const k of powers(7, 14)) add(`gemm,fp8,${m},${n},${k},,,,,,,,`, gemmSeconds(truth.gemm, hardware, 1, m, n, k));
    }
  }
  for (const sequences of powers(0, 10)) {
    for (const context of powers(8, 15)) {
      for (const [heads, kvHeads] of [[32, 8], [64, 8], [16, 2], [16, 1], [32, 1], [64, 2], [64, 1], [128, 1]] as const) {
        const call = { sequences, context, heads, kvHeads, headDim: 128 };
        add(`decode_attention,fp8,,,,${sequences},${context},,${heads},${kvHeads},128,,`, decodeAttentionSeconds(truth.decode, hardware.bytesPerS, bytesOf('fp8'), call, truth.path));
      }
    }
  }
  for (const sequences of powers(0, 6)) {
    for (const prompt of powers(7, 14)) {
      for (const kvHeads of [1, 8, 32]) {
        const call = { tokens: sequences * prompt, prompt, heads: 32, kvHeads, headDim: 128 };
        add(`prefill_attention,bf16,,,,${sequences},,${prompt},32,${kvHeads},128,,`, prefillAttentionSeconds(truth.prefill, hardware, call));
      }
    }
  }
  for (const bytes of powers(8, 29)) add(`all_reduce,,,,,,,,,,,4,${bytes}`, allReduceSeconds(truth.allReduce, bytes));
  return { path: 'mine.csv', bytes: new TextEncoder().encode(lines.join('\n')) };
}

function expectNear(found: object | undefined, expected: Readonly<Record<string, number>>, within: number): void {
  const constants = found as Readonly<Record<string, number>>;
  for (const [name, value] of Object.entries(expected)) {
    expect(Math.abs(Math.log(constants[name]! / value)), `${name}: ${constants[name]} for ${value}`).toBeLessThan(within);
  }
}

describe('a fit', () => {
  it('finds the constants that exact timings were made with', async () => {
    const { calibration, errors } = await fitCalibration([synthetic(0)]);
    expectNear(calibration.gemm.fp8, truth.gemm, 0.02);
    expectNear(calibration.decode_attention.fp8, truth.decode, 0.05);
    expectNear(calibration.prefill_attention.bf16, truth.prefill, 0.02);
    expectNear(calibration.all_reduce['4'], truth.allReduce, 0.02);
    expectNear(calibration.group_path, truth.path, 0.02);
    for (const { median_ape: median, p90_ape: p90 } of errors) expect([median < 2e-3, p90 < 0.01]).toEqual([true, true]);
  }, 90_000);

  it('finds them under noise and outliers', async () => {
    const { calibration, errors, residuals } = await fitCalibration([synthetic(0.05)]);
    expectNear(
      { ...calibration.gemm.fp8 },
      { eta_compute: truth.gemm.eta_compute, eta_memory: truth.gemm.eta_memory, t0: truth.gemm.t0 },
      0.06,
    );
    expectNear(calibration.prefill_attention.bf16, truth.prefill, 0.3);
    expectNear({ ...calibration.decode_attention.fp8 }, { t0: truth.decode.t0, eta_memory: truth.decode.eta_memory }, 0.1);
    // Noise of at most 5 % comes back as error of about its median.
    for (const { median_ape: median } of errors) expect(median).toBeLessThan(0.06);
    expect(residuals.filter(({ kernel }) => kernel === 'gemm')).toHaveLength(300);
    expect(residuals.every(({ measured_s: measured, fitted_s: fitted, label }) => measured > 0 && fitted > 0 && label !== '')).toBe(true);
  }, 90_000);

  it('says where every constant comes from', async () => {
    const { calibration, errors, notes } = await fitCalibration([synthetic(0)], { name: 'My L40S' });
    expect(calibrationSchema.parse(calibration)).toEqual(calibration);
    expect(calibration).toMatchObject({ id: 'my-l40s', name: 'My L40S', device: 'l40s', backend: 'mine', version: '2', origin: 'user' });
    expect(errors.map(({ kernel, of }) => `${kernel} ${of}`)).toEqual(['gemm fp8', 'decode_attention fp8', 'prefill_attention bf16', 'all_reduce 4']);
    // No table holds these; the H100's or H200's are what serves an L40S so far.
    expect(calibration.end_to_end).toEqual(builtInCalibrations()[0]!.end_to_end);
    expect(Object.keys(calibration.gemm).sort()).toEqual(['bf16', 'fp8']);
    expect(calibration.provenance).toMatch(/mine\.csv: \d+ rows.*Taken over from .*matrix products \(bf16\).*end-to-end constants/);
    expect(notes.some(({ severity, text }) => severity === 'warning' && text.includes('taken over'))).toBe(true);
  }, 90_000);

  it('is the same each time', async () => {
    const once = await fitCalibration([synthetic(0.05)]);
    expect(await fitCalibration([synthetic(0.05)])).toEqual(once);
  }, 60_000);

  it('keeps what few rows say nothing about near typical values, and refuses fewer', async () => {
    const few = (rows: number): MeasurementFile => ({
      path: 'few.csv',
      bytes: new TextEncoder().encode(
        ['kernel,format,m,n,k,latency_us', ...Array.from({ length: rows }, (_, i) => `gemm,fp8,${i + 1},8192,8192,${90 + i / 10}`)].join('\n'),
      ),
    });
    const { calibration, errors } = await fitCalibration([few(20)], { device: 'l40s' });
    expect(errors).toMatchObject([{ kernel: 'gemm', of: 'fp8', rows: 20, held_out: 20 }]);
    expect(gemmSeconds(calibration.gemm.fp8!, hardware, 1, 8, 8192, 8192) * 1e6).toBeCloseTo(90.7, 0);
    expect(calibration.gemm.fp8!.eta_compute).toBeCloseTo(0.75, 1);
    await expect(fitCalibration([few(5)], { device: 'l40s' })).rejects.toMatchObject({ payload: { code: 'bad_input', message: expect.stringContaining('too few') as unknown } });
  });

  it('reports progress and stops when asked to', async () => {
    const stages: FitProgress[] = [];
    await fitCalibration([synthetic(0)], { onProgress: (progress) => stages.push(progress) });
    expect(stages[0]).toEqual({ stage: 'Reading mine.csv', done: 0, total: 1 });
    const fitting = stages.slice(1);
    expect(fitting.map(({ done }) => done)).toEqual(fitting.map(({ done }) => done).sort((a, b) => a - b));
    expect(fitting.at(-1)).toEqual({ stage: 'Fitting all-reduce, 4 devices', done: 24, total: 24 });

    const controller = new AbortController();
    const startedAt = performance.now();
    let abortedAt = Infinity;
    const stopped = fitCalibration([synthetic(0)], {
      signal: controller.signal,
      onProgress: ({ stage }) => {
        if (!stage.startsWith('Fitting') || abortedAt < Infinity) return;
        abortedAt = performance.now();
        controller.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ payload: { code: 'cancelled' } });
    expect(abortedAt).toBeGreaterThan(startedAt);
    expect(performance.now() - abortedAt).toBeLessThan(1000);
    await expect(fitCalibration([synthetic(0)], { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(WorkbenchError);
  }, 90_000);
});

const published = sharedData('aiconfigurator/h100_sxm');

describe.skipIf(published === undefined)(`published tables (${HOW_TO_GET_TABLES})`, () => {
  it('give the errors of costmodel.md 6.2 on rows not fitted, within half a point, and constants like the built-in ones', async () => {
    const { calibration, errors } = await fitCalibration(await readMeasurementFiles([path.join(published ?? '')]));
    const shipped: Calibration = builtInCalibrations().find(({ id }) => id === 'h100-sxm-trtllm')!;
    // Median and 90th percentile, per cent.
    const limits: Readonly<Record<string, readonly [number, number]>> = {
      'gemm bf16': [5.4, 18],
      'gemm fp8': [3.2, 10.6],
      'decode_attention bf16': [6, 25],
      'decode_attention fp8': [6, 25],
      'prefill_attention bf16': [6, 26],
      'prefill_attention fp8': [6, 26],
      'all_reduce 2': [3, Infinity],
      'all_reduce 4': [6, Infinity],
      'all_reduce 8': [8, Infinity],
    };
    expect(errors.map(({ kernel, of }) => `${kernel} ${of}`)).toEqual(Object.keys(limits));
    for (const { kernel, of, median_ape: median, p90_ape: p90 } of errors) {
      const [m, p] = limits[`${kernel} ${of}`]!;
      expect(100 * median, `${kernel} ${of}`).toBeLessThanOrEqual(m + 0.5);
      expect(100 * p90, `${kernel} ${of}`).toBeLessThanOrEqual(p + 0.5);
    }
    expect(errors.filter(({ kernel }) => kernel === 'gemm').every(({ rows, held_out: heldOut }) => rows === 29_488 && heldOut === rows)).toBe(true);
    for (const format of ['bf16', 'fp8'] as const) {
      for (const name of ['eta_compute', 'eta_memory', 't0'] as const) {
        expect(Math.abs(calibration.gemm[format]![name] / shipped.gemm[format]![name] - 1), `${format} ${name}`).toBeLessThan(0.05);
      }
    }
    expect(Math.abs(calibration.group_path!.from_64_seconds_per_token / shipped.group_path!.from_64_seconds_per_token - 1)).toBeLessThan(0.1);
    expect(calibration.end_to_end).toEqual(shipped.end_to_end);
  }, 240_000);
});
