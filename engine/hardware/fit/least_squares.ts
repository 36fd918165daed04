/**
 * Robust non-linear least squares for closed forms of kernel time: Levenberg-Marquardt in the logarithms of the constants,
 * on the logarithms of measured and predicted time, so that errors are relative and constants stay positive. Rows that
 * a form does not describe (other kernel paths) count linearly and not by their square: soft-L1 loss beyond `KNEE`.
 * Deterministic; Marquardt, SIAM J. Appl. Math. 11 (1963), and Triggs et al., "Bundle adjustment" (2000) for the weights.
 */

export type Constants = Readonly<Record<string, number>>;

export interface ConstantRange {
  /** Where the search starts, and where a constant stays that the rows say nothing about. */
  readonly typical: number;
  readonly min: number;
  readonly max: number;
  /** Becomes exactly 0 when the search ends at `min`. */
  readonly orZero?: true;
}

/** A closed form with its constants to be fitted to rows of one kind. */
export interface Form<Row, C extends Constants> {
  readonly ranges: { readonly [Name in keyof C]: ConstantRange };
  readonly seconds: (constants: C, row: Row) => number;
}

export interface Timed {
  readonly seconds: number;
}

/** Called between steps; throws to give up. */
export type Pause = () => Promise<void>;

/** Relative error from which rows count linearly. */
const KNEE = 0.05;
/** Cost of moving a constant by a factor of e from its typical value: that of a row that is off by 0.5 %. */
const HOLD = 2.5e-5;
const MAX_STEPS = 200;
const MAX_TRIES = 14;
/** Relative gain below which a step is the last. */
const ENOUGH = 1e-6;
/** A first fit on about so many rows saves most of the steps on all of them. */
const FIRST_ROWS = 2500;
/** Step of the numeric derivatives, in logarithms. */
const DIFFERENCE = 1e-5;
/** Longest move of a constant in one step, in logarithms. */
const LONGEST = 2;
const SIGNIFICANT_DIGITS = 5;

/** The constants with the least robust squared log error, searched from `start` or the typical values on. */
export async function fitForm<Row extends Timed, C extends Constants>(form: Form<Row, C>, rows: readonly Row[], pause: Pause, start?: C): Promise<C> {
  // An odd stride, as tables are sorted by sizes that often come in even numbers.
  const stride = 2 * Math.floor(rows.length / FIRST_ROWS / 2) + 1;
  const near = start ?? (stride > 1 ? await descend(form, rows.filter((_, i) => i % stride === 0), pause, undefined) : undefined);
  return descend(form, rows, pause, near);
}

async function descend<Row extends Timed, C extends Constants>(form: Form<Row, C>, rows: readonly Row[], pause: Pause, start: C | undefined): Promise<C> {
  const names = Object.keys(form.ranges) as (keyof C & string)[];
  const logOf = (of: (range: ConstantRange) => number): number[] => names.map((name) => Math.log(of(form.ranges[name])));
  const [low, high, typical] = [logOf(({ min }) => min), logOf(({ max }) => max), logOf((range) => range.typical)];
  const measured = Float64Array.from(rows, ({ seconds }) => Math.log(seconds));
  const constantsAt = (theta: readonly number[]): C => Object.fromEntries(names.map((name, p) => [name, Math.exp(at(theta, p))])) as C;

  const residualsAt = (theta: readonly number[], out: Float64Array): void => {
    const constants = constantsAt(theta);
    for (let i = 0; i < rows.length; i++) out[i] = Math.log(form.seconds(constants, rows[i] as Row)) - at(measured, i);
  };
  const costOf = (theta: readonly number[], residuals: Float64Array): number => {
    let sum = 0;
    for (const r of residuals) sum += 2 * KNEE * KNEE * (Math.sqrt(1 + (r / KNEE) ** 2) - 1);
    for (const [p, value] of theta.entries()) sum += HOLD * (value - at(typical, p)) ** 2;
    return sum;
  };
  const inside = (theta: readonly number[]): number[] => theta.map((value, p) => Math.min(at(high, p), Math.max(at(low, p), value)));

  let theta = inside(start === undefined ? typical : names.map((name) => Math.log(Math.max(start[name], form.ranges[name].min))));
  let residuals = new Float64Array(rows.length);
  let trial = new Float64Array(rows.length);
  const slopes = names.map(() => new Float64Array(rows.length));
  residualsAt(theta, residuals);
  let cost = costOf(theta, residuals);
  let damping = 1e-2;
  for (let step = 0; step < MAX_STEPS; step++) {
    for (const [p, slope] of slopes.entries()) {
      await pause();
      const difference = at(theta, p) + DIFFERENCE > at(high, p) ? -DIFFERENCE : DIFFERENCE;
      residualsAt(theta.with(p, at(theta, p) + difference), trial);
      for (let i = 0; i < slope.length; i++) slope[i] = (at(trial, i) - at(residuals, i)) / difference;
    }
    const { matrix, gradient } = normalEquations(slopes, residuals);
    for (const [p, row] of matrix.entries()) {
      row[p] = at(row, p) + HOLD;
      gradient[p] = at(gradient, p) + HOLD * (at(theta, p) - at(typical, p));
    }
    let gain: number | undefined;
    for (let attempt = 0; attempt < MAX_TRIES && gain === undefined; attempt++) {
      const held = theta.map((value, p) => (value <= at(low, p) && at(gradient, p) > 0) || (value >= at(high, p) && at(gradient, p) < 0));
      const move = solveDamped(matrix, gradient, damping, held);
      const moved = inside(theta.map((value, p) => value + Math.min(LONGEST, Math.max(-LONGEST, at(move, p)))));
      await pause();
      residualsAt(moved, trial);
      const reached = costOf(moved, trial);
      if (reached < cost) {
        gain = (cost - reached) / cost;
        theta = moved;
        cost = reached;
        [residuals, trial] = [trial, residuals];
        damping = Math.max(damping / 5, 1e-9);
      } else damping *= 4;
    }
    if (gain === undefined || gain < ENOUGH) break;
  }
  const rounded = names.map((name, p): [string, number] => {
    const atFloor = form.ranges[name].orZero === true && at(theta, p) <= at(low, p) + 1e-6;
    return [name, atFloor ? 0 : Number(Math.exp(at(theta, p)).toPrecision(SIGNIFICANT_DIGITS))];
  });
  return Object.fromEntries(rounded) as C;
}

/** J^T W J and J^T W r with the weights of the soft-L1 loss. */
function normalEquations(slopes: readonly Float64Array[], residuals: Float64Array): { matrix: number[][]; gradient: number[] } {
  const weights = residuals.map((r) => 1 / Math.sqrt(1 + (r / KNEE) ** 2));
  const dot = (a: Float64Array, b: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += at(weights, i) * at(a, i) * at(b, i);
    return sum;
  };
  return { matrix: slopes.map((a) => slopes.map((b) => dot(a, b))), gradient: slopes.map((a) => dot(a, residuals)) };
}

/** Solves (A + damping diag A) x = -g over the constants that are not held at a bound, by Gaussian elimination. */
function solveDamped(matrix: readonly (readonly number[])[], gradient: readonly number[], damping: number, held: readonly boolean[]): number[] {
  const free = gradient.flatMap((_, p) => (held[p] === true ? [] : [p]));
  const system = free.map((p) => [...free.map((q) => at(matrix[p] ?? [], q) * (p === q ? 1 + damping : 1)), -at(gradient, p)]);
  for (const [i] of system.entries()) {
    let pivot = i;
    for (let k = i + 1; k < system.length; k++) if (Math.abs(at(system[k] ?? [], i)) > Math.abs(at(system[pivot] ?? [], i))) pivot = k;
    const chosen = system[pivot] ?? [];
    system[pivot] = system[i] ?? [];
    system[i] = chosen;
    for (let k = i + 1; k < system.length; k++) {
      const row = system[k] ?? [];
      const factor = at(row, i) / at(chosen, i);
      for (let j = i; j < row.length; j++) row[j] = at(row, j) - factor * at(chosen, j);
    }
  }
  const solution = gradient.map(() => 0);
  for (let i = free.length - 1; i >= 0; i--) {
    const row = system[i] ?? [];
    let rest = at(row, free.length);
    for (let j = i + 1; j < free.length; j++) rest -= at(row, j) * at(solution, at(free, j));
    solution[at(free, i)] = rest / at(row, i);
  }
  return solution;
}

/** An element that is known to be there. */
function at(values: ArrayLike<number>, index: number): number {
  return values[index] as number;
}
