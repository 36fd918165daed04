import { describe, expect, test } from 'vitest';
import { niceStep, numberText, parseNumber, roundOutward, snap } from './number_text.ts';

const value = (text: string, unit: string): number | string => {
  const parsed = parseNumber(text, unit);
  return parsed.kind === 'ok' ? parsed.value : parsed.why;
};

describe('reading numbers', () => {
  test.each([
    ['80000', 80_000],
    ['80 000', 80_000],
    ['80\u202f000', 80_000],
    ['80,000', 80_000],
    ["80'000", 80_000],
    ['1,234,567.5', 1_234_567.5],
    ['80k', 80_000],
    ['1e5', 100_000],
    ['-3', -3],
    ['−3', -3],
    ['  12.5 MiB ', 12.5],
  ])('%j in MiB', (text, expected) => {
    expect(value(text, 'MiB')).toBe(expected);
  });

  test('other units of the same kind are converted', () => {
    expect(value('78 GiB', 'MiB')).toBe(78 * 1024);
    expect(value('80 GB', 'MiB')).toBeCloseTo(80e9 / 1_048_576, 6);
    expect(value('1.5 s', 'ms')).toBe(1500);
  });

  test('counts take magnitudes', () => {
    expect(value('51.5 B', 'parameters')).toBe(51.5e9);
    expect(value('51.5G', 'params')).toBe(51.5e9);
    expect(value('12k tok/s', 'tok/s')).toBe(12_000);
  });

  test('a bare G of memory is refused, as nobody means 1e9 MiB', () => {
    expect(value('78 G', 'MiB')).toContain('the unit is MiB');
  });

  test.each(['', 'much', '1.2.3', '1,5', '12,34', '5 parsecs'])('%j is refused with a reason', (text) => {
    expect(parseNumber(text, 'ms').kind).toBe('invalid');
  });

  test('a decimal comma is explained, not taken for grouping', () => {
    expect(value('1,5', 'ms')).toContain('point');
  });
});

describe('writing numbers', () => {
  test.each([
    [79_994.6, 'MiB', '79,994.6'],
    [0.140_712_34, 'nats', '0.1407123'],
    [51.5e9, 'parameters', '51.50 B'],
    [1_618_304, 'parameters', '1.618304 M'],
    [12_345_678_901, 'params', '12.34568 B'],
    [800_000, 'params', '800,000'],
    [0, 'ms', '0'],
  ])('%d %s', (number, unit, text) => {
    expect(numberText(number, unit)).toBe(text);
  });

  test('what is written can be read back', () => {
    for (const number of [0.001_234, 7, 13_200, 79_994.62, 1.5e12]) {
      expect(value(numberText(number, 'MiB'), 'MiB')).toBeCloseTo(number, 6);
    }
  });

  test('a limit in parameters that is taken as it is shown admits what it admitted', () => {
    for (const number of [999_999, 1_000_000, 1_618_304, 1_624_999, 9_999_999, 51.5e9, 70_553_000_000]) {
      expect(value(numberText(number, 'parameters'), 'parameters')).toBe(number);
    }
  });

  test('every number reads back to its seven digits', () => {
    for (let number = 1e6; number < 1e12; number *= 1.000_37 * 1.9) {
      const read = parseNumber(numberText(number, 'params'), 'params');
      expect(read.kind === 'ok' && Number(read.value.toPrecision(7))).toBe(Number(number.toPrecision(7)));
    }
  });
});

describe('round numbers', () => {
  test('steps are 1, 2 or 5 times a power of ten', () => {
    expect([0.7, 1, 3, 7, 999, 1000].map(niceStep)).toEqual([0.5, 1, 2, 5, 500, 1000]);
  });

  test('snapping leaves no binary dust', () => {
    expect(snap(0.31, 0.1)).toBe(0.3);
    expect(snap(13_195.5, 100)).toBe(13_200);
  });

  test('a limit at the rounded extreme still admits the extreme', () => {
    for (const extreme of [38_512.371_912, 0.190_283_746, 12_345_678.9, 2004.000_000_1]) {
      expect(roundOutward(extreme, 'max')).toBeGreaterThanOrEqual(extreme);
      expect(roundOutward(extreme, 'min')).toBeLessThanOrEqual(extreme);
      expect(Math.abs(roundOutward(extreme, 'max') - extreme) / extreme).toBeLessThan(2e-6);
    }
  });
});
