import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { presetArchitecture } from '../../architecture/presets.ts';
import { paperHardware } from './hardware.ts';
import { layoutsFor } from './layouts.ts';
import { kvBytesPerChip, largestBatch, maxContextTokens, weightBytesPerChip } from './memory.ts';
import { palmModel, plannedModel, withAttention, type PlannedModel } from './planned_model.ts';

const palm540b = palmModel('palm-540b')!;
const chipCounts = fc.constantFrom(1, 2, 4, 8, 12, 16, 24, 64, 96, 256);
const models = fc.constantFrom<PlannedModel>(
  palmModel('palm-8b')!,
  palmModel('palm-62b')!,
  palm540b,
  plannedModel(presetArchitecture('llama-3.1-8b')!),
  plannedModel(presetArchitecture('nemotron-51b')!),
  plannedModel(presetArchitecture('nemotron-ultra-253b')!),
);

describe('maximum context of PaLM 540B on 64 chips at 30 % of the memory', () => {
  const share = 0.3 * paperHardware().memoryBytes;
  const multiHead = withAttention(palm540b, 48, 128);
  const paddedHeads = withAttention(palm540b, 64, 128);
  const byHeads = { headWays: 64, batchWays: 1 };
  const byBatch = { headWays: 1, batchWays: 64 };

  // Pope et al. (arXiv 2211.05102), Table 1.
  it.each([
    ['multi-head, d_head 128', multiHead, byHeads, 128, 1320],
    ['multi-head, d_head 128', multiHead, byHeads, 512, 330],
    ['multi-query over heads, d_head 256', palm540b, byHeads, 128, 660],
    ['multi-query over heads, d_head 256', palm540b, byHeads, 512, 165],
    ['multi-query over batch, d_head 256', palm540b, byBatch, 128, 43_000],
    ['multi-query over batch, d_head 256', palm540b, byBatch, 512, 10_700],
  ])('%s: %#', (_, model, ways, batch, published) => {
    expect(Math.abs((maxContextTokens(model, ways, batch, share, 'bf16') ?? 0) / published - 1)).toBeLessThan(0.015);
  });

  it('counts 48 heads on 64 chips as 64', () => {
    expect(maxContextTokens(multiHead, byHeads, 128, share, 'bf16')).toBe(maxContextTokens(paddedHeads, byHeads, 128, share, 'bf16'));
  });
});

describe('one chip', () => {
  it('never holds more weights where there are more chips', () => {
    fc.assert(
      fc.property(models, chipCounts, fc.integer({ min: 1, max: 8 }), (model, chips, times) => {
        expect(weightBytesPerChip(model, chips * times, 'bf16')).toBeLessThanOrEqual(weightBytesPerChip(model, chips, 'bf16'));
      }),
    );
  });

  it('never holds more keys and values by batch than by heads with one KV head', () => {
    fc.assert(
      fc.property(chipCounts, fc.integer({ min: 1, max: 2048 }), fc.integer({ min: 1, max: 100_000 }), (chips, batch, tokens) => {
        const byBatch = kvBytesPerChip(palm540b, { headWays: 1, batchWays: chips }, { batch, tokens }, 2);
        expect(byBatch).toBeLessThanOrEqual(kvBytesPerChip(palm540b, { headWays: chips, batchWays: 1 }, { batch, tokens }, 2));
      }),
    );
  });

  it('with the others holds all keys and values at least once, under every layout', () => {
    fc.assert(
      fc.property(models, chipCounts, fc.integer({ min: 1, max: 600 }), (model, chips, batch) => {
        const whole = kvBytesPerChip(model, { headWays: 1, batchWays: 1 }, { batch, tokens: 1024 }, 2);
        for (const layout of layoutsFor(chips, model)) {
          expect(layout.headWays * layout.batchWays).toBe(chips);
          expect(chips * kvBytesPerChip(model, layout, { batch, tokens: 1024 }, 2)).toBeGreaterThanOrEqual(whole);
        }
      }),
    );
  });

  it('holds at the maximum context just the share it was stated for, also with windows', () => {
    const base = presetArchitecture('llama-3.1-8b')!;
    const windowed = plannedModel({ ...base, shape: { ...base.shape, sliding_window: { tokens: 4096, layers: [0, 1, 2, 3] } } });
    for (const model of [windowed, palm540b]) {
      for (const bytes of [1e7, 1e9, 2e10]) {
        const tokens = maxContextTokens(model, { headWays: 2, batchWays: 4 }, 8, bytes, 'bf16')!;
        expect(kvBytesPerChip(model, { headWays: 2, batchWays: 4 }, { batch: 8, tokens }, 2)).toBeCloseTo(bytes, 0);
      }
    }
    const allWindowed = plannedModel({ ...base, shape: { ...base.shape, sliding_window: { tokens: 4096 } } });
    expect(maxContextTokens(allWindowed, { headWays: 1, batchWays: 1 }, 1, 1e12, 'bf16')).toBeUndefined();
  });
});

it('the largest batch is the last that fits', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1 << 20 }), (most) => {
      expect(largestBatch((batch) => batch <= most)).toBe(most);
    }),
  );
  expect(largestBatch(() => true, 100)).toBe(100);
  expect(largestBatch((batch) => batch <= 70, 100)).toBe(70);
  expect(largestBatch((batch) => batch <= 1, 1)).toBe(1);
});
