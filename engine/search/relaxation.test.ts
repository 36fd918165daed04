/** The relaxation's bound against HiGHS on the same linear program. */
import createHighs from 'highs';
import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { coreOf } from './core.ts';
import type { NumericProblem } from './numeric_problem.ts';
import { solveRelaxation } from './relaxation.ts';

const highs = await createHighs();

function linearOptimum(problem: NumericProblem): number | undefined {
  const terms = (coef: Float64Array): string => Array.from(coef, (value, c) => `${value < 0 ? '-' : '+'} ${Math.abs(value)} x${c}`).join(' ');
  const lines = ['Minimize', ` obj: ${terms(problem.cost)}`, 'Subject To'];
  for (const row of problem.rows) lines.push(` ${row.key}: ${terms(row.coef)} <= ${row.bound}`);
  for (let g = 0; g + 1 < problem.groupStart.length; g++) {
    const names = Array.from({ length: problem.groupStart[g + 1] - problem.groupStart[g] }, (_, i) => `x${problem.groupStart[g] + i}`);
    lines.push(` g${g}: ${names.join(' + ')} = 1`);
  }
  lines.push('End');
  const result = highs.solve(lines.join('\n'));
  if (result.Status === 'Infeasible') return undefined;
  if (result.Status !== 'Optimal') throw new Error(result.Status);
  return result.ObjectiveValue;
}

const problems = fc
  .record({ layers: fc.integer({ min: 1, max: 12 }), variants: fc.integer({ min: 2, max: 6 }), rows: fc.integer({ min: 0, max: 5 }), whole: fc.boolean() })
  .chain(({ layers, variants, rows, whole }) => {
    const n = layers * variants;
    const value = whole ? fc.integer({ min: -3, max: 5 }) : fc.integer({ min: -3000, max: 5000 }).map((thousandth) => thousandth / 1000);
    const list = fc.array(value, { minLength: n, maxLength: n });
    return fc.record({
      layers: fc.constant(layers),
      variants: fc.constant(variants),
      cost: list,
      rows: fc.array(fc.record({ coef: list, share: fc.integer({ min: -10, max: 25 }) }), { minLength: rows, maxLength: rows }),
    });
  })
  .map(({ layers, variants, cost, rows }): NumericProblem => ({
    groupStart: Int32Array.from({ length: layers + 1 }, (_, g) => g * variants),
    cost: Float64Array.from(cost),
    rows: rows.map(({ coef, share }, r) => ({ key: `r${r}`, coef: Float64Array.from(coef), bound: (layers * share) / 10, tolerance: 0 })),
  }));

describe('the dual simplex method', () => {
  test('reaches the linear optimum, and calls infeasible what is', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const core = coreOf(problem, new Uint8Array(problem.cost.length).fill(1));
        const relaxation = core === undefined ? 'infeasible' : solveRelaxation(core);
        const expected = linearOptimum(problem);
        if (expected === undefined) {
          expect(relaxation).toBe('infeasible');
          return;
        }
        if (relaxation === 'infeasible' || core === undefined) throw new Error('called infeasible');
        expect(relaxation.converged).toBe(true);
        expect(core.offset + relaxation.bound).toBeCloseTo(expected, 6);
      }),
      { numRuns: 300 },
    );
  });

  test('goes on from the basis of a neighbouring problem to the same bound', () => {
    fc.assert(
      fc.property(problems, fc.integer({ min: 0, max: 100 }), (problem, percent) => {
        const keep = new Uint8Array(problem.cost.length).fill(1);
        const core = coreOf(problem, keep);
        if (core === undefined) return;
        const before = solveRelaxation(core);
        if (before === 'infeasible') return;
        const moved = { ...core, bounds: core.bounds.map((bound) => bound * (0.7 + percent / 200)) };
        const warm = solveRelaxation(moved, before.basis);
        const cold = solveRelaxation(moved);
        if (warm === 'infeasible' || cold === 'infeasible') expect(warm).toBe(cold);
        else expect(warm.bound).toBeCloseTo(cold.bound, 7);
      }),
      { numRuns: 300 },
    );
  });
});

test('a basis that fits but is not dual feasible leads to the same bound', () => {
  fc.assert(
    fc.property(problems, fc.infiniteStream(fc.nat({ max: 1000 })), (problem, numbers) => {
      const core = coreOf(problem, new Uint8Array(problem.cost.length).fill(1));
      if (core === undefined) return;
      const cold = solveRelaxation(core);
      const keys = Int32Array.from({ length: core.groupStart.length - 1 }, (_, g) => {
        const size = core.groupStart[g + 1] - core.groupStart[g];
        return core.groupStart[g] + (Number(numbers.next().value) % size);
      });
      const warm = solveRelaxation(core, { keys, others: Int32Array.from(core.coefs, (_, r) => -1 - r) });
      if (warm === 'infeasible' || cold === 'infeasible') expect(warm).toBe(cold);
      else expect(warm.bound).toBeCloseTo(cold.bound, 6);
    }),
    { numRuns: 300 },
  );
});
