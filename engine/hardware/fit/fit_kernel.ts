/** One kernel's constants with their error on rows the fit did not see, and a sample of rows to plot. */
import type { FitError } from '../../protocol/hardware.ts';
import { FOLDS, type FoldOf } from './folds.ts';
import { fitForm, type Constants, type Form, type Pause, type Timed } from './least_squares.ts';
import { quantile } from './quantile.ts';

export interface Residual {
  readonly kernel: FitError['kernel'];
  readonly of: string;
  /** Sizes of the call, in words. */
  readonly label: string;
  readonly measured_s: number;
  /** By the final constants. */
  readonly fitted_s: number;
}

export interface KernelFit<C> {
  readonly constants: C;
  readonly error: FitError;
  readonly residuals: readonly Residual[];
}

/** Points of a plot per kernel and format. */
const SAMPLE = 300;

export interface KernelTask<Row, C extends Constants> {
  readonly kernel: FitError['kernel'];
  readonly of: string;
  readonly form: Form<Row, C>;
  readonly rows: readonly Row[];
  readonly folds: FoldOf;
  readonly label: (row: Row) => string;
}

/** Steps that `fitKernel` reports: the fit and its folds. */
export const STEPS_PER_KERNEL = 1 + FOLDS;

/** Fits all rows, then tests each fold with constants fitted without it. `stepDone` is called `STEPS_PER_KERNEL` times. */
export async function fitKernel<Row extends Timed, C extends Constants>(task: KernelTask<Row, C>, pause: Pause, stepDone: () => void): Promise<KernelFit<C>> {
  const { kernel, of, form, rows, folds, label } = task;
  const constants = await fitForm(form, rows, pause);
  stepDone();
  const errors: number[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const tested = rows.filter((_, i) => folds[i] === fold);
    if (tested.length > 0) {
      const blind = await fitForm(form, rows.filter((_, i) => folds[i] !== fold), pause, constants);
      for (const row of tested) errors.push(Math.abs(form.seconds(blind, row) / row.seconds - 1));
    }
    stepDone();
  }
  const error: FitError = { kernel, of, rows: rows.length, held_out: errors.length, median_ape: round(quantile(errors, 0.5)), p90_ape: round(quantile(errors, 0.9)) };
  const residuals = thinned(rows).map((row): Residual => ({ kernel, of, label: label(row), measured_s: row.seconds, fitted_s: form.seconds(constants, row) }));
  return { constants, error, residuals };
}

/** Evenly spread over the measured times. */
function thinned<Row extends Timed>(rows: readonly Row[]): readonly Row[] {
  const sorted = rows.toSorted((a, b) => a.seconds - b.seconds);
  if (sorted.length <= SAMPLE) return sorted;
  return Array.from({ length: SAMPLE }, (_, i) => sorted[Math.round((i * (sorted.length - 1)) / (SAMPLE - 1))] as Row);
}

function round(share: number): number {
  return Number(share.toFixed(5));
}
