import path from 'node:path';
import process from 'node:process';
import { builtInDevices, deviceId } from '../../hardware/devices.ts';
import { calibrationFromStats, statsIn } from '../../library/stats_calibration.ts';
import { BUILT_IN } from '../../hardware/calibrations.ts';
import { fitCalibration } from '../../hardware/fit/fit_calibration.ts';
import { readMeasurementFiles } from '../../hardware/measurements/read_folder.ts';
import type { FitError } from '../../protocol/hardware.ts';
import { writeFileAtomic } from '../../workspace/atomic_write.ts';
import { parse } from './arguments.ts';
import { table } from './table.ts';
import { UsageError } from './usage_error.ts';

export const CALIBRATE_HELP = `Usage: npm run --silent cli -- calibrate --from PATH [PATH ...] [options]

Fits the constants of the cost model to measured kernel times and says how well they describe kernels they have not
seen: five-fold, matrix products by whole (n, k) sites, all-reduce by every fifth message size.

  --from PATH            a folder or files, read by content: aiconfigurator's gemm_perf, context_attention_perf,
                         generation_attention_perf, custom_allreduce_perf and nccl_perf as Parquet or as CSV with the
                         same columns, or CSV of your own timings. More paths may follow.
  --device ID            the device they were measured on, where the files do not say or say something else
  --name TEXT            what to call the calibration
  --out FILE             writes the calibration as JSON
  --json                 {calibration, errors:[{kernel, of, rows, held_out, median_ape, p90_ape}], residuals:[{kernel,
                         of, label, measured_s, fitted_s}], notes:[{severity, text}], out}. Errors are shares, so 0.05
                         is 5 %. residuals: up to 300 calls per kernel and format, by the final constants.

A CSV of your own has one call per line: a column kernel (gemm, decode_attention, prefill_attention, all_reduce), one of
seconds, latency_ms or latency_us, and the sizes, all counts per device:
  gemm                   format, m (tokens), n (outputs), k (inputs)
  decode_attention       format (of the KV cache), sequences, context, heads, kv_heads, head_dim
  prefill_attention      format, sequences, prompt, heads, kv_heads, head_dim
  all_reduce             devices, bytes
and may have columns device, backend and version. Cells that a kernel does not use stay empty.

What was not measured, and a step's overhead and memory reserve, are taken over from the calibration that serves the
device so far; the calibration's provenance says so.

Examples:
  npm run --silent cli -- calibrate --from ~/aiconfigurator/h100_sxm --out h100.calibration.json
  npm run --silent cli -- calibrate --from gemm.csv attention.csv --device l40s --json
`;

export async function runCalibrate(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse({
    args: [...argv],
    allowPositionals: true,
    options: {
      from: { type: 'string', multiple: true },
      device: { type: 'string' },
      name: { type: 'string' },
      out: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const from = [...(values.from ?? []), ...positionals];
  if (from.length === 0) throw new UsageError('--from PATH is missing: the folder or files with measured kernel times.');
  const { device } = values;
  if (device !== undefined && !builtInDevices().some(({ id }) => id === deviceId(device))) {
    throw new UsageError(`--device ${device}: there is no such device; there are ${builtInDevices().map(({ id }) => id).join(', ')}.`);
  }
  let stage = '';
  const files = await readMeasurementFiles(from);
  const stats = statsIn(files);
  const { calibration, errors, residuals, notes } = stats !== undefined ? calibrationFromStats(stats, BUILT_IN, { device: device === undefined ? undefined : deviceId(device), name: values.name }) : await fitCalibration(files, {
    device,
    name: values.name,
    onProgress: (progress) => {
      if (values.json !== true && progress.stage !== stage) process.stderr.write(`${progress.stage} …\n`);
      ({ stage } = progress);
    },
  });
  if (values.out !== undefined) await writeFileAtomic(path.resolve(values.out), `${JSON.stringify(calibration, undefined, 2)}\n`);
  if (values.json === true) {
    process.stdout.write(`${JSON.stringify({ calibration, errors, residuals, notes, out: values.out })}\n`);
    return 0;
  }
  const lines = [
    calibration.name,
    '',
    ...table(['kernel', 'of', 'rows', 'held out', 'median error', 'p90 error'], errors.map(cellsOf)),
    '',
    calibration.provenance,
    ...notes.map(({ severity, text }) => `  ${severity.padEnd(7)}  ${text}`),
    ...(values.out === undefined ? [] : [`Written to ${values.out}.`]),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

const KERNELS: Readonly<Record<FitError['kernel'], string>> = {
  gemm: 'matrix product',
  decode_attention: 'decode attention',
  prefill_attention: 'prefill attention',
  all_reduce: 'all-reduce',
  block: 'block',
};

function cellsOf({ kernel, of, rows, held_out: heldOut, median_ape: median, p90_ape: p90 }: FitError): string[] {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return [KERNELS[kernel], kernel === 'all_reduce' ? `${of} devices` : of, String(rows), String(heldOut), percent(median), percent(p90)];
}
