import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { logAxis } from './log_axis.ts';

const ROOM = { before: 0.05, after: 0.12, leastSpan: 0.15 };
const ticks = (values: readonly number[]): readonly string[] => logAxis(values, String, ROOM).layout['ticktext'] as readonly string[];

test('has ticks at round numbers, however much or little it covers', () => {
  // 12 % of 2.3 decades are left free above 1,600: the axis ends at 3,020.
  expect(ticks([8, 1600])).toEqual(['10', '30', '100', '300', '1000', '3000']);
  expect(ticks([25, 130])).toEqual(['30', '40', '60', '80', '100', '150']);
  expect(ticks([5, 7])).toEqual(['5', '5.5', '6', '6.5', '7']);
});

test('two to ten ticks inside the range, over any values', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 12 }), (values) => {
      const { layout, place } = logAxis(values, String, ROOM);
      const [low = 0, high = 0] = layout['range'] as readonly number[];
      const places = layout['tickvals'] as readonly number[];
      expect(places.length).toBeGreaterThanOrEqual(2);
      expect(places.length).toBeLessThanOrEqual(10);
      // Ticks are all along the axis.
      const gaps = [...places, high].map((place, i) => place - (places[i - 1] ?? low));
      expect(Math.max(...gaps)).toBeLessThanOrEqual(0.55 * (high - low));
      for (const tick of places) expect(tick >= low - 1e-9 && tick <= high + 1e-9).toBe(true);
      for (const value of values) expect(place(value) >= low && place(value) <= high).toBe(true);
    }),
  );
});

test('one value does not fill the axis with noise', () => {
  const [low = 0, high = 0] = logAxis([10], String, ROOM).layout['range'] as readonly number[];
  expect(high - low).toBeGreaterThan(0.1);
});
