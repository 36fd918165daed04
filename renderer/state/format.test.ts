import { expect, test } from 'vitest';
import { formatCount, formatDelta, formatValue } from './format.ts';

test('values have four figures, thousands in groups, and the minus of differences', () => {
  expect([0, 0.00123456, 12.3456, 79_994.63, 1_281_024].map((value) => formatValue(value, ''))).toEqual(['0', '0.001235', '12.35', '79,994.6', '1,281,024']);
  expect(formatValue(-0.001804, '')).toBe('−0.001804');
  expect(formatDelta(-0.001804, '')).toBe('−0.001804');
});

test('counts of parameters tell children of a small parent apart', () => {
  expect([684_288, 1_454_464, 1_456_473, 51_500_000, 70_553_706_496].map(formatCount)).toEqual(['684,288', '1.45 M', '1.46 M', '51.5 M', '70.55 B']);
});
