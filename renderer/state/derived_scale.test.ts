import { describe, expect, it } from 'vitest';
import { decadeTicks, linearScale, linearThreshold, spansDecades, symlog, symlogScale } from './derived_scale.ts';

describe('symmetric logarithm', () => {
  it('keeps zero, is odd, and is a logarithm far from zero', () => {
    expect(symlog(0, 0.01)).toBe(0);
    expect(symlog(-3, 0.01)).toBe(-symlog(3, 0.01));
    expect(symlog(1000, 0.01) - symlog(100, 0.01)).toBeCloseTo(1, 3);
  });

  it('has ticks at zero and at decades, and room for values below zero only where there are some', () => {
    const scale = symlogScale([0, 0.02, 4.1], 0.01, String);
    expect(scale.ticks.map(({ value }) => value)).toEqual([0, 0.01, 0.1, 1, 10]);
    expect([scale.smallest, scale.largest]).toEqual([0, 10]);
    expect(symlogScale([-0.03, 4], 0.01, String).smallest).toBeCloseTo(-0.1);
    // Over so many decades that not all are named, none is that zero's label would lie on.
    expect(symlogScale([0, 4.1], 1e-6, String).ticks.map(({ value }) => value)).toEqual([0, 1e-5, 1e-3, 0.1, 10]);
  });
});

describe('linear axis', () => {
  it('starts at zero and steps by round numbers up to the largest value', () => {
    expect(linearScale(816.97, String).ticks.map(({ value }) => value)).toEqual([0, 200, 400, 600, 800]);
    expect(linearScale(816.97, String).largest).toBe(816.97);
    expect(linearScale(0, String).largest).toBe(1);
  });
});

it('turns linear a decade below the small positive values', () => {
  expect(linearThreshold([0, 0, 0.034, 457])).toBe(0.01);
  expect(linearThreshold([0])).toBe(1);
});

it('knows whether values span more than a hundredfold, zeros aside', () => {
  expect(spansDecades([0, 1, 99])).toBe(false);
  expect(spansDecades([1, 101])).toBe(true);
});

it('ticks a logarithmic axis at 1, 2 and 5', () => {
  expect(decadeTicks(4000, 60_000)).toEqual([5000, 10_000, 20_000, 50_000]);
});
