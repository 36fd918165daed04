/** Training curves: exponentially smoothed, thinned to about a hundred points, with a state a checkpoint can hold exactly. */
import { z } from 'zod';

/** [step, value]. */
export type Curve = readonly (readonly [number, number])[];

/** A mean is over about so many of the last values, fewer where there are few steps, as losses fall fast in them. */
const MEAN_OF = { most: 20, least: 4, share: 1 / 40 };
const POINTS = 100;

export const curveStateSchema = z.object({
  sum: z.number(),
  weight: z.number(),
  points: z.array(z.tuple([z.number(), z.number()])),
});
export type CurveState = z.infer<typeof curveStateSchema>;

/** Whether a curve over `steps` steps has a point after this many: the first, the last, and evenly between. */
export function hasPoint(steps: number, done: number): boolean {
  return done === 1 || done === steps || done % Math.ceil(steps / POINTS) === 0;
}

/** Share of the running mean that each value replaces, in a training of so many steps. */
export function replacedShare(steps: number): number {
  return 1 / Math.min(MEAN_OF.most, Math.max(MEAN_OF.least, steps * MEAN_OF.share));
}

export class SmoothedCurve {
  readonly #replaced: number;
  #sum = 0;
  #weight = 0;
  readonly #points: [number, number][] = [];

  /** Of as many `steps` as training will have. */
  constructor(steps: number) {
    this.#replaced = replacedShare(steps);
  }

  static of(steps: number, { sum, weight, points }: CurveState): SmoothedCurve {
    const curve = new SmoothedCurve(steps);
    curve.#sum = sum;
    curve.#weight = weight;
    curve.#points.push(...points);
    return curve;
  }

  get state(): CurveState {
    return { sum: this.#sum, weight: this.#weight, points: [...this.#points] };
  }

  get points(): Curve {
    return this.#points;
  }

  /** The smoothed value; early ones are means of what there is (Adam's bias correction). */
  get value(): number {
    return this.#sum / this.#weight;
  }

  add(value: number): void {
    this.#sum += this.#replaced * (value - this.#sum);
    this.#weight += this.#replaced * (1 - this.#weight);
  }

  mark(done: number): void {
    this.#points.push([done, this.value]);
  }
}
