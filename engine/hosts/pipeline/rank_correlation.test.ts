import { describe, expect, it } from 'vitest';
import { spearman } from './rank_correlation.ts';

describe('rank correlation', () => {
  it('is 1 for any increasing and -1 for any decreasing relation', () => {
    const x = [0.1, 3, 2, 10, 7];
    expect(spearman(x, x.map((value) => value ** 3))).toBeCloseTo(1, 12);
    expect(spearman(x, x.map((value) => -Math.exp(value)))).toBeCloseTo(-1, 12);
  });

  it('says nothing of too few values, or of equal ones', () => {
    expect(spearman([1, 2], [2, 1])).toBeUndefined();
    expect(spearman([1, 1, 1], [1, 2, 3])).toBeUndefined();
  });

  it('gives ties their mean rank, as scipy.stats.spearmanr does', () => {
    // scipy.stats.spearmanr([1, 2, 2, 4, 5], [3, 1, 4, 4, 9]) = 0.7631578947368421 (ranks 1, 2.5, 2.5, 4, 5 and 2, 1, 3.5, 3.5, 5).
    expect(spearman([1, 2, 2, 4, 5], [3, 1, 4, 4, 9])).toBeCloseTo(0.763157894736842, 12);
  });
});
