import { describe, expect, test } from 'vitest';
import type { LimitState } from '../../../engine/protocol/problem.ts';
import { humanStep, priceDetails, priceText, slackText } from './price_text.ts';

const KL = { label: 'KL divergence', unit: 'nats' };
const memory = { label: 'Memory', unit: 'MiB' };
const throughput = { label: 'Throughput', unit: 'tok/s' };
const state = (change: Partial<LimitState>): LimitState => ({
  column: 'memory_mib',
  side: 'max',
  limit: 80_000,
  value: 79_990,
  slack: 10,
  binding: true,
  price: -0.000_25,
  ...change,
});

describe('the step of a price', () => {
  test('is what people count in', () => {
    expect(humanStep(memory, 80_000)).toEqual({ amount: 953.674_316_406_25, text: '1 GB' });
    expect(humanStep({ unit: 'parameters' }, 50e9)).toEqual({ amount: 1e9, text: '1 B' });
    expect(humanStep({ unit: 'layers' }, 60)).toEqual({ amount: 1, text: '1 layer' });
    expect(humanStep({ unit: 'ms' }, 25_000)).toEqual({ amount: 250, text: '1 %' });
    expect(humanStep(throughput, 12_000)).toEqual({ amount: 120, text: '1 %' });
  });

  test('is small beside the limit', () => {
    expect(humanStep(memory, 36).text).toBe('1 %');
    expect(humanStep({ unit: 'parameters' }, 40e6)).toEqual({ amount: 1e6, text: '1 M' });
  });
});

describe('a price', () => {
  test('says what loosening an upper limit gains', () => {
    expect(priceText(state({}), memory, KL)).toBe('+1 GB → −0.238 KL divergence');
  });

  test('says what loosening a lower limit gains: it goes down', () => {
    const lower = state({ column: 'total_tok_s', side: 'min', limit: 12_000, price: 0.0005 });
    expect(priceText(lower, throughput, KL)).toBe('−1 % → −0.06 KL divergence');
  });

  test('of an objective to maximise rises as its limit is loosened', () => {
    expect(priceText(state({ price: 0.001 }), memory, { label: 'Accuracy', unit: '' })).toBe('+1 GB → +0.954 Accuracy');
  });

  test('is explained with what was searched', () => {
    const searched = {
      kind: 'limit',
      column: 'memory_mib',
      side: 'max',
      tightest: 2_000,
      loosest: 100_000,
      looser: { limit: 81_000, objective: 6.71, proven: true },
      tighter: { limit: 79_000, objective: 7.02, proven: false },
    } as const;
    const details = priceDetails(state({}), memory, KL, searched);
    expect(details).toContain('per 1 GB (953.7 MiB) −0.238 KL divergence');
    expect(details).toContain('dual of the linear relaxation');
    expect(details).toContain('Searched: at 81,000 MiB 6.71, at 79,000 MiB about 7.02.');
    expect(priceDetails(state({}), memory, KL, undefined)).not.toContain('Searched');
  });
});

describe('slack', () => {
  test.each([
    [12_300, 'MiB', '12.9 GB to spare'],
    [240, 'MiB', '240 MiB to spare'],
    [3.21e9, 'parameters', '3.2 B to spare'],
    [340, 'tok/s', '340 tok/s to spare'],
    [1, 'layers', '1 layer to spare'],
    [4, 'layers', '4 layers to spare'],
    [0, 'ms', 'just met'],
  ])('of %d %s reads "%s"', (slack, unit, text) => {
    expect(slackText(slack, { label: '', unit })).toBe(text);
  });
});
