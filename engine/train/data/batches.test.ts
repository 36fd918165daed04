import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { batchIndices } from './batches.ts';

const cases = fc.record({ count: fc.integer({ min: 1, max: 50 }), batch: fc.integer({ min: 1, max: 70 }), seed: fc.nat(), epochs: fc.integer({ min: 1, max: 4 }) });

it('goes through every sequence once per epoch, with batches that may lie across epochs', () => {
  fc.assert(
    fc.property(cases, ({ count, batch, seed, epochs }) => {
      const steps = Math.ceil((epochs * count) / batch);
      const visited = Array.from({ length: steps }, (_, step) => batchIndices(count, batch, seed, step)).flat();
      for (let epoch = 0; epoch < epochs; epoch++) {
        const sorted = visited.slice(epoch * count, (epoch + 1) * count).sort((a, b) => a - b);
        expect(sorted).toEqual(Array.from({ length: count }, (_, i) => i));
      }
    }),
  );
});

it('gives a step the same batch whatever was asked before', () => {
  const inOrder = Array.from({ length: 30 }, (_, step) => batchIndices(17, 4, 9, step));
  batchIndices(1000, 8, 3, 12);
  for (const step of [29, 0, 13, 28, 5]) expect(batchIndices(17, 4, 9, step)).toEqual(inOrder[step]);
});

it('orders epochs and seeds differently', () => {
  const epoch = (seed: number, number: number) => batchIndices(100, 100, seed, number);
  expect(epoch(1, 0)).not.toEqual(epoch(1, 1));
  expect(epoch(1, 0)).not.toEqual(epoch(2, 0));
});
