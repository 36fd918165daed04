import { expect, test } from 'vitest';
import { deploymentSchema } from '../../../engine/protocol/cost.ts';
import type { AnsweredReport } from '../../state/serving_reports.ts';
import { bestPair, comparedPairs, imbalance, pairCells, wantedPairs } from './parallelism_model.ts';
import { testReport } from './test_reports.ts';

const serving = { deployment: deploymentSchema.parse({ device: 'h100-sxm', tp: 16, pp: 2 }), traffic: { isl: 128, osl: 1024 } };
const subject = { kind: 'model', id: 'tiny' } as const;

test('the usual pairs and the present one are asked for, all else as it is', () => {
  expect(comparedPairs(serving.deployment)).toEqual({ tensor: [1, 2, 4, 8, 16], pipeline: [1, 2, 4] });
  const wanted = wantedPairs(subject, serving);
  expect(wanted).toHaveLength(15);
  expect(wanted[4]!.request).toEqual({ subject, deployment: { ...serving.deployment, tp: 2, pp: 2 }, traffic: serving.traffic });
});

test('what does not fit or cannot be has no figure, and the best gives most per device', () => {
  const answered = (place: number, outcome: AnsweredReport['outcome']): AnsweredReport => ({ ...wantedPairs(subject, serving)[place]!, outcome });
  const cells = pairCells([
    answered(0, { kind: 'report', report: testReport({ batch: 0, max_batch: 0, output_tok_s_per_gpu: 0 }) }),
    answered(1, { kind: 'report', report: testReport({ output_tok_s_per_gpu: 900 }) }),
    answered(3, { kind: 'report', report: testReport({ output_tok_s_per_gpu: 1200 }) }),
    answered(6, { kind: 'report', report: testReport({ output_tok_s_per_gpu: 1200 }) }),
    answered(7, { kind: 'report', report: testReport({ output_tok_s_per_gpu: 9000, batch: 101 }) }),
    answered(9, { kind: 'failed', error: { code: 'bad_input', message: 'Too few layers.', retryable: false } }),
  ]);
  expect(cells.map(({ problem }) => problem)).toEqual(['does not fit', undefined, undefined, undefined, 'does not fit', 'Too few layers.']);
  // Of equals the one with fewer devices.
  expect(bestPair(cells)).toMatchObject({ tp: 2, pp: 1 });
  expect(bestPair([])).toBeUndefined();
});

test('imbalance is the slowest stage over the mean', () => {
  const stage = { first_layer: 0, last_layer: 0, weights_bytes_per_gpu: 0 };
  expect(imbalance([{ ...stage, step_ms: 30 }, { ...stage, step_ms: 20 }, { ...stage, step_ms: 10 }])).toBeCloseTo(1.5, 12);
  expect(imbalance([{ ...stage, step_ms: 0 }])).toBe(1);
});
