import { expect, it } from 'vitest';
import { gapText } from './gap_text.ts';

it('never reads a gap as none', () => {
  expect([0, 0.000_004_1, 0.000_123, 0.0213, 0.2, 1.5].map(gapText)).toEqual(['0 %', '0.00041 %', '0.012 %', '2.1 %', '20 %', '150 %']);
});
