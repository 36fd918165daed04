import { describe, expect, it } from 'vitest';
import { bordersOf, contourGrid } from './contour_grid.ts';

const solution = (objective: number) => ({ objective, costs: {}, choices: [] });

describe('the cells of a contour', () => {
  it('stand in ascending order of their levels, though the engine goes from loose to tight', () => {
    const grid = contourGrid({
      levels: [[1, 2], [30, 20, 10]],
      cells: [
        { at: [0, 0], solution: solution(1), gap: 0 },
        { at: [1, 2], gap: 0 },
        { at: [0, 2], gap: 1 },
      ],
    });
    expect(grid.across).toEqual([1, 2]);
    expect(grid.up).toEqual([10, 20, 30]);
    expect(grid.rows.map((row) => row.map(({ kind }) => kind))).toEqual([
      ['unknown', 'none'],
      ['pending', 'pending'],
      ['child', 'pending'],
    ]);
    expect(grid.rows[2][0]).toMatchObject({ levels: [1, 30], solution: { objective: 1 } });
  });

  it('take what came last for a place', () => {
    const cells = [
      { at: [0, 0] as [number, number], solution: solution(2), gap: 0.1 },
      { at: [0, 0] as [number, number], solution: solution(1), gap: 0 },
    ];
    expect(contourGrid({ levels: [[1], [1]], cells }).rows[0][0]).toMatchObject({ gap: 0, solution: { objective: 1 } });
  });

  it('have borders halfway, and as far beyond the ends as within', () => {
    expect(bordersOf([1, 2, 4])).toEqual([0.5, 1.5, 3, 5]);
    expect(bordersOf([7])).toEqual([6.5, 7.5]);
    expect(bordersOf([])).toEqual([]);
  });
});
