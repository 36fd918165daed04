import { assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ffnMultOf, intermediateSizeOf } from './ffn_mult.ts';

// Widths of the released models, from the loaders' formula and NVIDIA NeMo's copies of their configurations.
const RELEASED = [
  [8192, 5.25, 28672], [8192, 3.28125, 17920], [8192, 2.625, 14336], [8192, 1.3125, 7168], [8192, 1.0, 5632],
  [8192, 0.5, 2816], [16384, 4.875, 53248], [16384, 3.4125, 37376], [16384, 2.925, 32000], [16384, 2.4375, 26624],
  [16384, 1.95, 21504], [16384, 1.4625, 16128], [16384, 0.975, 10752], [16384, 0.4875, 5376],
  [16384, 36.5625, 399360], [16384, 39.0, 425984], [16384, 31.40625, 343040], [16384, 27.5625, 301056],
] as const;

describe('ffn_mult', () => {
  it.each(RELEASED)('hidden %d: %d is width %d', (hidden, ffnMult, width) => {
    expect(intermediateSizeOf(ffnMult, hidden)).toBe(width);
    expect(intermediateSizeOf(ffnMultOf(width, hidden)!, hidden)).toBe(width);
  });

  it('writes the released factors where they are exact', () => {
    expect(ffnMultOf(28672, 8192)).toBe(5.25);
    expect(ffnMultOf(17920, 8192)).toBe(3.28125);
    expect(ffnMultOf(53248, 16384)).toBe(4.875);
  });

  it('reads back every multiple of 256, at any hidden size', () => {
    assert(
      property(integer({ min: 1, max: 4000 }), integer({ min: 1, max: 40_000 }), (multiple, hidden) => {
        const width = 256 * multiple;
        const ffnMult = ffnMultOf(width, hidden);
        expect(ffnMult).toBeDefined();
        expect(intermediateSizeOf(ffnMult!, hidden)).toBe(width);
      }),
    );
  });

  it('cannot express other widths', () => {
    expect(ffnMultOf(11008 + 1, 4096)).toBeUndefined();
    expect(ffnMultOf(14000, 4096)).toBeUndefined();
  });
});
