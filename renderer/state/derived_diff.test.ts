import { describe, expect, it } from 'vitest';
import { choiceLayers, differs, diffRows, totalRows, verdict } from './derived_diff.ts';
import { testLibrary } from './test_library.ts';

const { view } = testLibrary();

describe('two children layer by layer', () => {
  it('tell apart which half differs', () => {
    const rows = diffRows(choiceLayers(view, [0, 3]), choiceLayers(view, [1, 5]));
    expect(rows.map(({ attentionDiffers, ffnDiffers }) => [attentionDiffers, ffnDiffers])).toEqual([
      [false, true],
      [true, true],
    ]);
    expect(diffRows(choiceLayers(view, [1, 4]), choiceLayers(view, [1, 4])).some(differs)).toBe(false);
  });

  it('count blocks that begin and end elsewhere as different', () => {
    const [layer] = choiceLayers(view, [0]);
    const rows = diffRows([{ ...layer, lastLayer: 1 }], choiceLayers(view, [0, 3]));
    expect(rows.map(({ firstLayer, lastLayer }) => [firstLayer, lastLayer])).toEqual([
      [0, 0],
      [0, 1],
      [1, 1],
    ]);
    expect(rows.every(differs)).toBe(true);
  });
});

describe('totals', () => {
  const column = { id: 'kl_div', label: 'KL', unit: '', better: 'lower', estimated: false } as const;

  it('are what both sides have, with the change from the first to the second', () => {
    const rows = totalRows([column, { ...column, id: 'only_a' }], { kl_div: 4, only_a: 1 }, { kl_div: 3 });
    expect(rows).toEqual([{ ...column, a: 4, b: 3, delta: -1, fraction: -0.25 }]);
    expect(totalRows([column], { kl_div: 0 }, { kl_div: 3 })[0].fraction).toBeUndefined();
    // An accuracy that was gained: a share of it would point the wrong way.
    expect(totalRows([column], { kl_div: -0.05 }, { kl_div: -0.13 })[0].fraction).toBeUndefined();
  });

  it('judge a change by the direction of the column', () => {
    expect(verdict({ delta: -1, better: 'lower' })).toBe('better');
    expect(verdict({ delta: -1, better: 'higher' })).toBe('worse');
    expect(verdict({ delta: 0, better: 'higher' })).toBe('same');
  });
});
