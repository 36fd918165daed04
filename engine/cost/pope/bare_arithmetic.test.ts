import { describe, expect, it } from 'vitest';
import { bareArithmetic } from './bare_arithmetic.ts';
import { PAPER } from './paper.ts';
import { palmModel } from './planned_model.ts';

/** Computed by hand from the closed forms, milliseconds of one pass: compute, weights, KV, network, largest, sum. */
const BY_HAND = [
  ['palm-540b', 'prefill, low latency', '125.8', '7.0', '0', '33.0', '125.8', '165.8'],
  ['palm-540b', 'decode 64 tokens, low latency', '3.9', '7.0', '0.2', '1.0', '7.2', '12.2'],
  ['palm-540b', 'prefill, throughput', '64386', '14', '0', '4003', '64386', '68403'],
  ['palm-540b', 'decode 64 tokens, throughput', '31.4', '14.1', '1.65', '8.3', '31.4', '55.4'],
  ['palm-62b', 'prefill, low latency', '58.2', '3.3', '0', '15.9', '58.2', '77.4'],
  ['palm-62b', 'decode 64 tokens, low latency', '0.9', '3.3', '0.2', '0.25', '3.5', '4.6'],
  ['palm-62b', 'prefill, throughput', '14895', '3', '0', '463', '14895', '15361'],
  ['palm-62b', 'decode 64 tokens, throughput', '29.1', '13.0', '7.2', '5.6', '29.1', '54.9'],
] as const;

/** To 1 %, or to half of the last digit given where that is coarser. */
function expectFigure(ours: number, text: string): void {
  const decimals = text.split('.')[1]?.length ?? 0;
  const tolerance = Math.max(0.01 * Number(text), 0.5 * 10 ** -decimals);
  expect(Math.abs(ours - Number(text)), `${ours} for ${text}`).toBeLessThanOrEqual(tolerance * 1.0001);
}

describe('bare arithmetic', () => {
  it.each(BY_HAND)('%s, %s', (id, row, compute, weights, kv, network, most, sum) => {
    const run = PAPER.runs.find((candidate) => candidate.model === id && candidate.row === row)!;
    const ours = bareArithmetic(palmModel(id)!, run);
    expectFigure(ours.compute, compute);
    expectFigure(ours.weights, weights);
    expectFigure(ours.kv, kv);
    expectFigure(ours.network, network);
    expectFigure(ours.most, most);
    expectFigure(ours.sum, sum);
  });

  it('is a lower bound on every published latency', () => {
    for (const run of PAPER.runs) {
      expect((bareArithmetic(palmModel(run.model)!, run).sum / 1e3) * run.steps).toBeLessThan(run.latency_s);
    }
  });
});
