import { describe, expect, test } from 'vitest';
import type { SolveState } from '../../state/solve_store.ts';
import { testLibrary } from '../../state/test_library.ts';
import { statusText } from './status_text.ts';
import { summaryItems } from './summary_model.ts';

const library = testLibrary();
const child = { objective: 1, costs: { kl_div: 1, runtime_ms: 16, memory_mib: 160, total_tok_s: 62_500 }, choices: [0, 4] };

describe('the summary', () => {
  test('gives each change in per cent of the parent, and whether it is good', () => {
    const items = summaryItems(library, 'kl_div', [], child);
    expect(items.map((item) => [item.id, item.change])).toEqual([
      ['kl_div', { text: '+1', kind: 'worse' }],
      ['memory_mib', { text: '−20.0 %', kind: 'better' }],
      ['total_tok_s', { text: '+25.0 %', kind: 'better' }],
      ['runtime_ms', { text: '−20.0 %', kind: 'better' }],
    ]);
  });

  test('shows the parent alone before there is a child', () => {
    expect(summaryItems(library, 'kl_div', [], undefined)[1]).toMatchObject({ value: undefined, parent: 200, change: undefined });
  });

  test('shows the throughput that is limited', () => {
    const both = { ...library, parent: { ...library.parent, costs: { ...library.parent.costs, output_tok_s: 20_000 } } };
    const limits = [{ column: 'output_tok_s', side: 'min', value: 1, enabled: true }] as const;
    const shown = (settings: Parameters<typeof summaryItems>[2]): readonly string[] => summaryItems(both, 'kl_div', settings, child).map(({ id }) => id);
    expect(shown([])).toContain('total_tok_s');
    expect(shown(limits)).toContain('output_tok_s');
    expect(shown(limits)).not.toContain('total_tok_s');
  });
});

describe('the status', () => {
  const solved = (certainty: NonNullable<SolveState['answer']>['certainty']): SolveState => ({
    pending: false,
    awaiting: false,
    outcome: { kind: 'answer' },
    solutionIndex: 0,
    answer: { problem: { library_id: 'test', objective: 'kl_div', limits: [] }, solutions: [child], certainty, objective: 1, bound: 1, solveMs: 12.3, exhausted: false,
  limits: [],
  relaxation: undefined, },
  });

  test('claims a proof only with gap 0', () => {
    expect(statusText(solved({ kind: 'optimal' }))).toMatchObject({ kind: 'optimal', text: 'Proven optimal · 12 ms' });
    expect(statusText(solved({ kind: 'within', gap: 0.0004, refining: true }))).toMatchObject({ kind: 'feasible', text: 'Within 0.04 % · refining' });
  });

  test('calls an answer provisional whose gap says little', () => {
    expect(statusText(solved({ kind: 'within', gap: 0.032, refining: true }))).toMatchObject({ kind: 'feasible', text: 'Provisional · within 3.20 %' });
    expect(statusText(solved({ kind: 'within', gap: 0.01, refining: false })).text).toBe('Within 1.00 %');
  });

  test('never rounds a gap to nothing', () => {
    expect(statusText(solved({ kind: 'within', gap: 3.2e-7, refining: false })).text).toBe('Within 0.00003 %');
  });

  test('does not call a problem infeasible while a newer one is being solved', () => {
    const infeasible: SolveState = { ...solved({ kind: 'optimal' }), outcome: { kind: 'infeasible', reachable: [], conflict: [] } };
    expect(statusText(infeasible).kind).toBe('infeasible');
    expect(statusText({ ...infeasible, pending: true }).kind).toBe('searching');
  });
});
