import { expect, test } from 'vitest';
import { testProblem } from '../../state/reference_test_case.ts';
import { limitTexts, proofText } from './problem_text.ts';

test('limits are said with their side, memory in gigabytes as it was asked', () => {
  const problem = testProblem('51b');
  const limits = [
    { column: 'output_tok_s' as const, min: 5372.3002 },
    { column: 'memory_mib' as const, max: 80e9 / 2 ** 20 },
    { column: 'kv_tokens' as const, min: 300_000 },
  ];
  expect(limitTexts({ workload: { ...problem.workload, limits } })).toEqual(['Throughput (generated) ≥ 5,372 tok/s', 'Memory ≤ 80 GB', 'Cached tokens ≥ 300,000']);
});

test('an answer says how good it is known to be', () => {
  expect(proofText({ status: 'optimal', gap: 0, solve_ms: 556 })).toMatchObject({ tone: 'ok', text: 'Proven optimal · 556 ms' });
  expect(proofText({ status: 'feasible', gap: 0.0123, solve_ms: 2100 })).toMatchObject({ tone: 'warning', text: 'Within 1.23 % · 2.1 s' });
  expect(proofText({ status: 'feasible', gap: 2e-6, solve_ms: 2100 }).text).toBe('Within 0.0002 % · 2.1 s');
  expect(proofText({ status: 'infeasible', gap: 0, solve_ms: 3 })).toMatchObject({ tone: 'danger', text: 'Nothing fits' });
});
