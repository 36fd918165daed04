/** Enumerating what a relaxation leaves, against trying every child. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coreOf, type Core } from './core.ts';
import { Enumeration } from './enumeration.ts';
import { DualSimplex } from './relaxation.ts';

/** Cost of the best choice per group within the rows, or Infinity. */
function best(core: Core, g = 0, sums: readonly number[] = core.coefs.map(() => 0), cost = 0): number {
  if (g === core.groupStart.length - 1) return sums.every((sum, r) => sum <= core.bounds[r]) ? cost : Infinity;
  let least = Infinity;
  for (let c = core.groupStart[g]; c < core.groupStart[g + 1]; c++) {
    least = Math.min(
      least,
      best(
        core,
        g + 1,
        sums.map((sum, r) => sum + core.coefs[r][c]),
        cost + core.cost[c],
      ),
    );
  }
  return least;
}

const cores = fc
  .record({
    cost: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 18, maxLength: 18 }),
    coefs: fc.array(fc.array(fc.integer({ min: -5, max: 20 }), { minLength: 18, maxLength: 18 }), { minLength: 1, maxLength: 3 }),
    share: fc.integer({ min: 10, max: 90 }),
  })
  .map(({ cost, coefs, share }) =>
    coreOf(
      {
        groupStart: Int32Array.from({ length: 7 }, (_, g) => 3 * g),
        cost: Float64Array.from(cost),
        rows: coefs.map((coef, r) => ({ key: `r${r}`, coef: Float64Array.from(coef), bound: coef.reduce((sum, value) => sum + value, 0) * (share / 150), tolerance: 1e-9 })),
      },
      new Uint8Array(18).fill(1),
    ),
  )
  .filter((core): core is Core => core !== undefined && core.coefs.length > 0);

describe('enumeration', () => {
  test('finds the best child below the cutoff, or that there is none', () => {
    fc.assert(
      fc.property(cores, fc.integer({ min: 1, max: 300 }), (core, above) => {
        const simplex = new DualSimplex(core);
        const solved = simplex.solve();
        if (solved === 'infeasible') return;
        const cutoff = solved.bound + above / 10;
        const { complete, chosen, cost } = new Enumeration(core).run(simplex.reduced(), simplex.prices, solved.bound, cutoff, 1_000, 1e6);
        expect(complete).toBe(true);
        const expected = best(core);
        if (expected < cutoff - 1e-9) {
          expect(cost).toBeCloseTo(expected, 9);
          expect(chosen?.reduce((sum, c) => sum + core.cost[c], 0)).toBeCloseTo(expected, 9);
        } else if (expected > cutoff + 1e-9) expect(chosen).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  test('says where it gave up', () => {
    const core = coreOf(
      {
        groupStart: Int32Array.from({ length: 11 }, (_, g) => 2 * g),
        cost: Float64Array.from({ length: 20 }, (_, c) => c % 2),
        rows: [{ key: 'r', coef: Float64Array.from({ length: 20 }, (_, c) => 1 - (c % 2)), bound: 5, tolerance: 1e-9 }],
      },
      new Uint8Array(20).fill(1),
    );
    if (core === undefined) throw new Error('infeasible');
    const simplex = new DualSimplex(core);
    const solved = simplex.solve();
    if (solved === 'infeasible') throw new Error('infeasible');
    const enumeration = new Enumeration(core);
    const run = (maxOpen: number, maxSteps: number): boolean => enumeration.run(simplex.reduced(), simplex.prices, solved.bound, solved.bound + 3, maxOpen, maxSteps).complete;
    expect(run(10, 1e6)).toBe(false);
    expect(run(100, 3)).toBe(false);
    expect(run(100, 1e6)).toBe(true);
  });
});
