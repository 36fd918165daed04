import { describe, expect, it } from 'vitest';
import { CURVE_POINTS } from '../../protocol/train_api.ts';
import { Curve } from './curve.ts';

describe('a curve', () => {
  it('keeps every point while they are few', () => {
    const curve = new Curve();
    for (let step = 1; step <= 10; step++) expect(curve.add(step, step * step)).toBe(true);
    expect([...curve.points().at]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(curve.points().values[9]).toBe(100);
  });

  it.each([501, 1234, 10_000])('thins %i steps out to evenly spaced ones from the first on', (count) => {
    const curve = new Curve();
    for (let step = 0; step < count; step++) curve.add(step, -step);
    const { at, values } = curve.points();
    expect(at.length).toBeLessThanOrEqual(CURVE_POINTS);
    expect(at.length).toBeGreaterThanOrEqual(CURVE_POINTS / 2);
    const gaps = new Set([...at].slice(1).map((step, i) => step - at[i]!));
    expect(gaps.size).toBe(1);
    expect(at[0]).toBe(0);
    expect(at.at(-1)).toBeGreaterThan(count - 1 - 2 * [...gaps][0]!);
    expect([...values]).toEqual([...at].map((step) => -step));
  });

  it('goes on from a checkpoint: what came after it is replaced', () => {
    const curve = new Curve();
    for (let step = 1; step <= 20; step++) curve.add(step, 1);
    for (let step = 11; step <= 22; step++) curve.add(step, 2);
    expect([...curve.points().at]).toEqual(Array.from({ length: 22 }, (_, i) => i + 1));
    expect([...curve.points().values]).toEqual([...Array.from({ length: 10 }, () => 1), ...Array.from({ length: 12 }, () => 2)]);
  });

  it('is the same when what was kept is read back in order', () => {
    const curve = new Curve();
    const again = new Curve();
    for (let step = 0; step < 3000; step++) if (curve.add(step, step)) again.restore(step, step);
    expect(again.points()).toEqual(curve.points());
    for (let step = 3000; step < 6000; step++) {
      curve.add(step, step);
      again.add(step, step);
    }
    expect(again.length).toBeLessThanOrEqual(CURVE_POINTS);
    expect(again.points().at.at(-1)).toBeGreaterThan(5900);
  });

  it('tells what is new, and everything where that would not do', () => {
    const curve = new Curve();
    for (let step = 1; step <= 3; step++) curve.add(step, step);
    expect(curve.unsent()).toMatchObject({ whole: true, at: Float64Array.of(1, 2, 3) });
    curve.add(4, 4);
    expect(curve.unsent()).toMatchObject({ whole: false, at: Float64Array.of(4), values: Float64Array.of(4) });
    curve.add(3, 9);
    expect(curve.unsent()).toMatchObject({ whole: true, at: Float64Array.of(1, 2, 3), values: Float64Array.of(1, 2, 9) });
    for (let step = 4; step <= 600; step++) curve.add(step, step);
    expect(curve.unsent().whole).toBe(true);
  });
});
