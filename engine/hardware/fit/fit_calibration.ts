/**
 * Measured kernel tables to a calibration: the constants of the closed forms with their held-out errors; costmodel.md 6.2.
 * What tables of single kernels cannot say (a step's overhead, the memory reserve) and kernels that were not measured
 * are taken over from the calibration that serves the device so far, and the provenance says so.
 */
import { WorkbenchError } from '../../protocol/errors.ts';
import type { Calibration, Device, FitError } from '../../protocol/hardware.ts';
import { BUILT_IN, calibrationFor } from '../calibrations.ts';
import type { MeasurementNote } from '../measurements/kernel_rows.ts';
import type { MeasurementFile } from '../measurements/measurement_file.ts';
import { readMeasurements } from '../measurements/read_measurements.ts';
import { assemble } from './assemble.ts';
import { STEPS_PER_KERNEL, fitKernel, type KernelTask, type Residual } from './fit_kernel.ts';
import { fitGroupPath } from './group_path.ts';
import { MIN_ROWS } from './kernel_forms.ts';
import type { Constants, Timed } from './least_squares.ts';
import { pauser } from './pauser.ts';
import { planFits } from './plan.ts';

export interface FitProgress {
  /** What is being done, in words. */
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}

export interface FitOptions {
  /** Device that the timings are of, where they do not say or say something else. */
  readonly device?: string | undefined;
  readonly name?: string | undefined;
  /** Devices and calibrations to look up in; the product's own if left out. */
  readonly devices?: readonly Device[] | undefined;
  readonly calibrations?: readonly Calibration[] | undefined;
  readonly onProgress?: ((progress: FitProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface FittedCalibration {
  readonly calibration: Calibration;
  /** Of the kernels fitted now; those of constants taken over are in `calibration.errors` only. */
  readonly errors: readonly FitError[];
  /** Up to 300 rows per kernel and format, for plotting measured against fitted. */
  readonly residuals: readonly Residual[];
  readonly notes: readonly MeasurementNote[];
}

const WORDS: Readonly<Record<FitError['kernel'], string>> = {
  gemm: 'matrix products',
  decode_attention: 'decode attention',
  prefill_attention: 'prefill attention',
  all_reduce: 'all-reduce',
  block: 'blocks',
};

/** Median error from which something is wrong with the timings rather than with the form. */
const POOR = 0.25;

/**
 * Takes about 7 s for a published folder on one core. The event loop is held for some 50 ms at a time while fitting, and
 * for up to half a second while files are read.
 * @throws WorkbenchError `bad_input`, `too_large`, or `cancelled` once the signal fires
 */
export async function fitCalibration(files: readonly MeasurementFile[], options: FitOptions = {}): Promise<FittedCalibration> {
  const { devices = BUILT_IN.devices, calibrations = BUILT_IN.calibrations, onProgress, signal } = options;
  const pause = pauser(signal);
  const measurements = await readMeasurements(files, {
    devices,
    device: options.device,
    beforeFile: (path, index) => onProgress?.({ stage: `Reading ${path}`, done: index, total: files.length }),
    pause,
  });
  const { device } = measurements.source;
  const notes = [...measurements.notes];
  await pause();
  const plan = planFits(measurements.tables, device, notes);
  const fits = plan.gemm.length + plan.decode.length + plan.prefill.length + plan.allReduce.length;
  if (fits === 0) {
    throw new WorkbenchError('bad_input', `The tables hold fewer than ${MIN_ROWS} timings of every kernel; that is too few to fit.`, {
      details: { file: measurements.files[0]?.path, expected: `at least ${MIN_ROWS} timings of one kernel in one format` },
      hint: 'Measure more sizes: each kernel needs small and large calls.',
    });
  }

  const errors: FitError[] = [];
  const residuals: Residual[] = [];
  let done = 0;
  const fitAll = async <Row extends Timed, C extends Constants>(tasks: readonly KernelTask<Row, C>[]): Promise<ReadonlyMap<string, C>> => {
    const constants = new Map<string, C>();
    for (const task of tasks) {
      const stage = `Fitting ${WORDS[task.kernel]}, ${task.of}${task.kernel === 'all_reduce' ? ' devices' : ''}`;
      const report = (): void => onProgress?.({ stage, done, total: fits * STEPS_PER_KERNEL });
      report();
      const fit = await fitKernel(task, pause, () => {
        done += 1;
        report();
      });
      constants.set(task.of, fit.constants);
      errors.push(fit.error);
      if (fit.error.median_ape > POOR) {
        const percent = (100 * fit.error.median_ape).toFixed(0);
        notes.push({ severity: 'warning', text: `${stage.replace('Fitting ', 'The closed form of ')}: half of the timings are met no better than within ${percent} %; check the device, the units and whether all timings are of one kernel.` });
      }
      residuals.push(...fit.residuals);
    }
    return constants;
  };
  const gemm = await fitAll(plan.gemm);
  const decode = await fitAll(plan.decode);
  const prefill = await fitAll(plan.prefill);
  const allReduce = await fitAll(plan.allReduce);
  const groupPath = await fitGroupPath(plan.wideGroups, decode, device, pause, notes);

  const base = calibrationFor(device, calibrations, devices);
  const calibration = assemble(measurements, options.name, { gemm, decode, prefill, allReduce, groupPath }, errors, base, notes);
  return { calibration, errors, residuals, notes };
}
