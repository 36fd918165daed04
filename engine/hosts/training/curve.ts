/**
 * A curve thinned out as it grows: at most so many points, evenly spaced over all steps so far. When it is full every other
 * point goes, and from then on only every second, fourth, ... step is taken.
 */
import { CURVE_POINTS } from '../../protocol/train_api.ts';

export class Curve {
  #steps: number[] = [];
  #values: number[] = [];
  /** One of so many steps is kept. */
  #stride = 1;
  #offered = 0;
  /** Points that were read by `unsent` before; undefined where earlier points changed since. */
  #sent: number | undefined;

  /**
   * Offers the point of a step. A step that is not after the last one begins the curve again from there, as after resuming
   * from a checkpoint. @returns whether it was kept.
   */
  add(step: number, value: number): boolean {
    const kept = this.#offered % this.#stride === 0;
    this.#offered += 1;
    if (kept) this.restore(step, value);
    return kept;
  }

  /** Takes back a point that `add` kept in an earlier process; in the same order the same curve results. */
  restore(step: number, value: number): void {
    const last = this.#steps.at(-1);
    if (last !== undefined && step <= last) {
      const keep = this.#steps.findIndex((other) => other >= step);
      this.#steps.length = keep;
      this.#values.length = keep;
      this.#sent = undefined;
    }
    if (this.#steps.length >= CURVE_POINTS) {
      this.#steps = everyOther(this.#steps);
      this.#values = everyOther(this.#values);
      this.#stride *= 2;
      this.#offered = 1;
      this.#sent = undefined;
    }
    this.#steps.push(step);
    this.#values.push(value);
  }

  get length(): number {
    return this.#steps.length;
  }

  points(): { readonly at: Float64Array<ArrayBuffer>; readonly values: Float64Array<ArrayBuffer> } {
    return { at: Float64Array.from(this.#steps), values: Float64Array.from(this.#values) };
  }

  /** Points since the last call, or all of them where earlier ones changed. */
  unsent(): { readonly whole: boolean; readonly at: Float64Array<ArrayBuffer>; readonly values: Float64Array<ArrayBuffer> } {
    const from = this.#sent;
    this.#sent = this.#steps.length;
    return {
      whole: from === undefined,
      at: Float64Array.from(this.#steps.slice(from ?? 0)),
      values: Float64Array.from(this.#values.slice(from ?? 0)),
    };
  }
}

function everyOther(values: readonly number[]): number[] {
  return values.filter((_, index) => index % 2 === 0);
}
