import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bestGathered,
  bestMeshX,
  bestX,
  breakEvenTokens,
  divisors,
  fullyGatheredTokens,
  trafficByLayout,
  weightGathered,
  weightGatheredBest,
  weightStationary1d,
  weightStationary2d,
  weightStationary2dBest,
} from './closed_forms.ts';

/** PaLM 540B: E 18,432, F = 4E. */
const PALM = { hidden: 18_432, ffn: 73_728 };
const shapes = fc.record({ hidden: fc.integer({ min: 64, max: 32_768 }), ffn: fc.integer({ min: 64, max: 131_072 }) });
const chipCounts = fc.constantFrom(2, 4, 8, 16, 32, 64, 128, 256);
const tokenCounts = fc.integer({ min: 1, max: 1 << 22 });

describe('weight-stationary forms', () => {
  // Pope et al., section 3.2: X = sqrt(n)/2 and YZ = 2 sqrt(n) at F = 4E.
  it.each([
    [16, 2],
    [64, 4],
    [256, 8],
  ])('at F = 4E and %i chips divide E by %i', (chips, x) => {
    expect(bestX(chips, PALM)).toBeCloseTo(x, 12);
    expect(chips === 16 ? [1, 2] : [x]).toContain(bestMeshX(chips, PALM));
  });

  it('send 8 B L E / sqrt(n) at the best mesh', () => {
    expect(weightStationary2dBest(64, PALM, 64)).toBeCloseTo((8 * 64 * PALM.hidden) / 8, 6);
    expect(weightStationary2d(64, PALM, 4, 16)).toBeCloseTo((8 * 64 * PALM.hidden) / 8, 6);
  });

  it('are the one-dimensional one at X = 1', () => {
    expect(weightStationary2d(64, PALM, 1, 64)).toBe(weightStationary1d(64, PALM));
    expect(weightStationary2d(64, PALM, 1, 1)).toBe(0);
  });

  // The paper: the second dimension pays beyond sqrt(n) > F/E, so beyond 16 chips at F = 4E.
  it('gain from the second dimension beyond 16 chips', () => {
    expect(weightStationary2dBest(64, PALM, 16)).toBeCloseTo(weightStationary1d(64, PALM), 6);
    expect(weightStationary2dBest(64, PALM, 32)).toBeLessThan(weightStationary1d(64, PALM));
  });

  it('are never below the form at the best X', () => {
    fc.assert(
      fc.property(shapes, chipCounts, tokenCounts, (shape, chips, tokens) => {
        const least = weightStationary2dBest(tokens, shape, chips);
        for (const x of divisors(chips).filter((candidate) => candidate > 1 && candidate < chips)) {
          expect(weightStationary2d(tokens, shape, x, chips / x)).toBeGreaterThanOrEqual(least * (1 - 1e-12));
        }
      }),
    );
  });
});

describe('weight-gathered forms', () => {
  it('meet the best weight-stationary one at B L = F/4, whatever the number of chips', () => {
    const tokens = PALM.ffn / 4;
    expect(breakEvenTokens(PALM)).toBe(tokens);
    for (const chips of [32, 64, 256]) {
      expect(weightGatheredBest(tokens, PALM, chips)).toBeCloseTo(weightStationary2dBest(tokens, PALM, chips), 3);
      expect(weightGatheredBest(tokens * 1.01, PALM, chips)).toBeLessThan(weightStationary2dBest(tokens * 1.01, PALM, chips));
      expect(weightGatheredBest(tokens * 0.99, PALM, chips)).toBeGreaterThan(weightStationary2dBest(tokens * 0.99, PALM, chips));
    }
  });

  it('gather over all chips at B L = n F', () => {
    expect(fullyGatheredTokens(64, PALM)).toBe(4_718_592);
    expect(bestGathered(4_718_592, PALM, 64)).toBe(64);
    expect(bestGathered(4_718_592 / 4, PALM, 64)).toBe(32);
  });

  it('are never below the form at the best N', () => {
    fc.assert(
      fc.property(shapes, chipCounts, tokenCounts, (shape, chips, tokens) => {
        for (const gathered of divisors(chips).filter((candidate) => candidate > 1 && candidate < chips)) {
          expect(weightGathered(tokens, shape, chips, gathered)).toBeGreaterThanOrEqual(weightGatheredBest(tokens, shape, chips) * (1 - 1e-12));
        }
      }),
    );
  });
});

describe('the paper’s plot of communication over batch', () => {
  /** The layout that sends least on a mesh of 4 x 4 x 4. */
  const best = (tokens: number, shape: typeof PALM): string =>
    Object.entries(trafficByLayout(tokens, shape, { x: 4, y: 4, z: 4 })).sort(([, a], [, b]) => a - b)[0]![0];

  it('climbs from stationary to X, XY and XYZ', () => {
    const order = ['ws_2d', 'wg_x', 'wg_xy', 'wg_xyz'];
    const stairs = [2048, 8192, 16_384, 32_768, 65_536, 131_072, 262_144, 524_288, 1_048_576, 2_097_152].map((tokens) => best(tokens, PALM));
    expect([...new Set(stairs)]).toEqual(order);
    expect(stairs).toEqual(stairs.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)));
  });

  // Equating neighbouring forms on this mesh: E, F and 16 F tokens.
  it.each([
    [18_432, 'ws_2d', 'wg_x'],
    [73_728, 'wg_x', 'wg_xy'],
    [1_179_648, 'wg_xy', 'wg_xyz'],
  ])('changes at %i tokens from %s to %s', (tokens, below, above) => {
    expect(best(tokens * 0.99, PALM)).toBe(below);
    expect(best(tokens * 1.01, PALM)).toBe(above);
  });

  // The paper's figure has E 16,384 and F 65,536 and ends at 1M tokens, just where XYZ takes over.
  it('reaches XYZ at 1M tokens for the shape of the figure', () => {
    expect(best(1_048_576 * 1.01, { hidden: 16_384, ffn: 65_536 })).toBe('wg_xyz');
    expect(best(1_048_576 * 0.99, { hidden: 16_384, ffn: 65_536 })).toBe('wg_xy');
  });
});

it('divisors come in rising order and divide', () => {
  expect(divisors(64)).toEqual([1, 2, 4, 8, 16, 32, 64]);
  expect(divisors(1)).toEqual([1]);
  expect(divisors(12)).toEqual([1, 2, 3, 4, 6, 12]);
});
