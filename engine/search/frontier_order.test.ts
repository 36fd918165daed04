import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { coarseToFine, coarseToFineGrid } from './frontier_order.ts';

test('every level comes once, every eighth of a hundred and the last first', () => {
  expect(coarseToFine(100).slice(0, 14)).toEqual([0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 99]);
  expect(coarseToFine(4)).toEqual([0, 1, 2, 3]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), (points) => {
      expect([...coarseToFine(points)].sort((a, b) => a - b)).toEqual(Array.from({ length: points }, (_, i) => i));
    }),
  );
});

test('every cell comes once, corners in the first pass', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 60 }), fc.integer({ min: 2, max: 60 }), (rows, columns) => {
      const cells = coarseToFineGrid(rows, columns).map(([row, column]) => row * columns + column);
      expect([...cells].sort((a, b) => a - b)).toEqual(Array.from({ length: rows * columns }, (_, i) => i));
    }),
  );
  const cells = coarseToFineGrid(30, 40).map((cell) => cell.join());
  expect(Math.max(...['0,0', '0,39', '29,0', '29,39'].map((corner) => cells.indexOf(corner)))).toBeLessThan(200);
});
