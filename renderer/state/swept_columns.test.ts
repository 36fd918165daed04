import { describe, expect, test } from 'vitest';
import { contourColumns, sweptChoices, sweptColumn } from './swept_columns.ts';
import { testLibrary } from './test_library.ts';

const library = testLibrary();
const scored = { ...library, ranges: [...library.ranges, { column: 'kl_div', smallest: 0, largest: 10, parent: 0 }] };

describe('columns', () => {
  test('are what was chosen where the library has it', () => {
    expect(sweptColumn(library, 'kl_div', 'memory_mib')).toBe('memory_mib');
    expect(sweptColumn(library, 'kl_div', 'gone')).toBe('total_tok_s');
    expect(contourColumns(library, 'kl_div', ['runtime_ms', 'memory_mib'])).toEqual(['runtime_ms', 'memory_mib']);
    expect(contourColumns(library, 'kl_div', ['runtime_ms', 'runtime_ms'])).toEqual(['total_tok_s', 'memory_mib']);
    expect(contourColumns(library, 'kl_div', ['runtime_ms', 'gone'])).toEqual(['total_tok_s', 'memory_mib']);
  });

  test('never are the objective itself', () => {
    expect(sweptChoices(scored, 'kl_div')).not.toContain('kl_div');
    expect(sweptChoices(scored, 'lm_loss')).toContain('kl_div');
    expect(sweptColumn(scored, 'kl_div', 'kl_div')).toBe('total_tok_s');
    expect(contourColumns(scored, 'kl_div', ['kl_div', 'memory_mib'])).toEqual(['total_tok_s', 'memory_mib']);
  });

  test('are absent where there are too few', () => {
    const poor = { ...library, ranges: library.ranges.slice(1, 2), parent: { ...library.parent, costs: {} } };
    expect(sweptColumn(poor, 'kl_div', undefined)).toBe('runtime_ms');
    expect(contourColumns(poor, 'kl_div', undefined)).toBeUndefined();
  });
});
