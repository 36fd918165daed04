import { describe, expect, test } from 'vitest';
import type { LibraryView } from '../../engine/protocol/library.ts';
import { childCount, countText } from './derived_count.ts';
import { changeFigure, midSentence } from './derived_limit_text.ts';
import { spanLibrary, testLibrary } from './test_library.ts';

/** Covers of the layers, one by one. */
function enumerate(view: LibraryView, layer = 0): number {
  if (layer === view.header.parent.num_hidden_layers) return 1;
  return [...view.first_layer.keys()].reduce((sum, choice) => (view.first_layer[choice] === layer ? sum + enumerate(view, view.last_layer[choice] + 1) : sum), 0);
}

describe('the number of children', () => {
  test('is the product of the variants per layer', () => {
    expect(childCount(testLibrary().view)).toBe(9n);
  });

  test('counts every cover where blocks span layers', () => {
    const { view } = spanLibrary();
    expect(childCount(view)).toBe(10n);
    expect(Number(childCount(view))).toBe(enumerate(view));
  });

  test('is written out while it can be read, else as a power of ten', () => {
    expect(countText(1_296n)).toBe('1,296');
    // 80 layers of 16 variants: 16^80 = 2.1 × 10^96; of 60: 1.8 × 10^142; 4 × 10^9 is nearer to 10^10 by ratio.
    expect([countText(16n ** 80n), countText(60n ** 80n), countText(4_000_000_000n)]).toEqual(['10⁹⁶', '10¹⁴²', '10¹⁰']);
  });
});

test('changes carry their sign, and small ones a power of ten', () => {
  expect([0.0212345, -1234.56, 0, -6.274e-6, 1e-4, 9.9999e-5, -1e-15].map(changeFigure)).toEqual(['+0.0212', '−1,230', '±0', '−6.27 × 10⁻⁶', '+0.0001', '+0.0001', '±0']);
});

test('labels lose their capital inside a sentence, abbreviations and names do not', () => {
  expect(['Memory', 'KL divergence', 'TTFT', 'Chat: memory'].map(midSentence)).toEqual(['memory', 'KL divergence', 'TTFT', 'Chat: memory']);
});
