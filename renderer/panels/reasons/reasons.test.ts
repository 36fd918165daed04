import { describe, expect, test } from 'vitest';
import type { LimitState } from '../../../engine/protocol/problem.ts';
import { limitKey, type LayerExplanation, type LimitExplanation } from '../../state/explain_store.ts';
import type { Answer } from '../../state/solve_store.ts';
import { spanLibrary, testLibrary } from '../../state/test_library.ts';
import { holdsOf } from './holds.ts';
import { decisionSentence, leadSentences, listed, textOf } from './lead.ts';
import { gainOf, limitReasons } from './limit_reasons.ts';
import { layerRegrets, regretText, summarise } from './regrets.ts';

const { view } = testLibrary();
const memory: LimitState = { column: 'memory_mib', side: 'max', limit: 80_000, value: 79_990, slack: 10, binding: true, price: -0.000251 };
const runtime: LimitState = { column: 'runtime_ms', side: 'max', limit: 100, value: 92, slack: 8, binding: false, price: 0 };
const throughput: LimitState = { column: 'total_tok_s', side: 'min', limit: 5_000, value: 5_001, slack: 1, binding: true, price: 0.002 };
const answerOf = (limits: readonly LimitState[], change: Partial<Answer> = {}): Answer => ({
  problem: { library_id: 'test', objective: 'kl_div', limits: [] },
  solutions: [{ objective: 6.861, costs: {}, choices: [0, 4] }],
  certainty: { kind: 'optimal' },
  objective: 6.861,
  bound: 6.861,
  solveMs: 1,
  exhausted: false,
  limits,
  relaxation: undefined,
  ...change,
});
const piece = (limit: number, objective: number, proven = true): LimitExplanation => ({ kind: 'limit', column: 'memory_mib', side: 'max', tightest: 20, loosest: 200, looser: { limit, objective, proven } });
const explained = (pieces: readonly LimitExplanation[], state: 'done' | 'stale' = 'done') => ({ state, limits: new Map(pieces.map((each) => [limitKey(each), each])) });
const lead = (answer: Answer, pieces: readonly LimitExplanation[] = []): readonly string[] =>
  leadSentences({ view, answer, limits: limitReasons(view, answer, explained(pieces)) }).map(textOf);

describe('the leading sentences', () => {
  test('say how many children, which one and under what limits; what holds it back; what is to spare', () => {
    expect(lead(answerOf([memory, runtime]))).toEqual([
      'Of 9 children of Tiny, this one has the lowest KL (6.861, proven optimal) while memory ≤ 80,000 MiB and runtime ≤ 100 ms.',
      // 1 GB is 953.67 MiB: 953.67 × −0.000251.
      'Memory is what holds it back: 1 GB more would buy −0.239 KL.',
      'Runtime has 8.0 % to spare.',
    ]);
  });

  test('quote the search instead of the price where both are known', () => {
    const sentences = lead(answerOf([memory]), [piece(80_800, 6.66)]);
    expect(sentences[1]).toBe('Memory is what holds it back: 800 MiB more would buy −0.201 KL.');
  });

  test('a lower limit gives way downwards, and gaining is said with the sign of the objective', () => {
    // 1 % of 5,000 is 50: 50 × −0.002.
    expect(lead(answerOf([throughput]))[1]).toBe('Throughput (all) is what holds it back: 1 % less would buy −0.1 KL.');
  });

  test('name several limits by what they cost', () => {
    expect(lead(answerOf([throughput, memory]))[1]).toBe('Memory and throughput (all) are what hold it back: 1 GB more would buy −0.239 KL; 1 % less would buy −0.1 KL.');
  });

  test('claim a proof only where there is one', () => {
    const sentences = lead(answerOf([], { certainty: { kind: 'within', gap: 0.004, refining: true } }));
    expect(sentences[0]).toBe('Of 9 children of Tiny, this one has the lowest KL found (6.861, at most 0.40 % from the best possible), with no limit set.');
  });

  test('say where no limit is in the way, and do not quote hundreds of per cent', () => {
    expect(lead(answerOf([{ ...runtime, value: 10, slack: 90 }]))).toContain('No limit holds it back: it would be the best without any of them.');
    expect(lead(answerOf([memory, { ...throughput, binding: false, value: 50_000, slack: 45_000 }]))[2]).toBe('Throughput (all) is 10.0 times its limit.');
  });

  test('tell locks and bans', () => {
    const problem = { library_id: 'test', objective: 'kl_div', limits: [], locks: [{ layer: 0, variant: 'kv8/64' }], bans: [{ variant: 'no_op/no_op' }] };
    expect(lead(answerOf([], { problem }))[0]).toContain('proven optimal) with 1 lock, 1 ban kept.');
  });

  test('lists read as sentences do', () => {
    expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(listed)).toEqual(['', 'a', 'a and b', 'a, b and c']);
  });
});

describe('limits', () => {
  test('keep dual and search apart and say which is which', () => {
    const answer = answerOf([memory]);
    const [priced] = limitReasons(view, answer, explained([]));
    expect(gainOf(priced).source).toContain('dual');
    const [searched] = limitReasons(view, answer, explained([piece(80_800, 6.66, false)]));
    expect(searched.looser).toMatchObject({ step: 800, proven: false });
    expect(gainOf(searched).source).toMatch(/^Found by search, not proven yet/);
  });

  test('do not compare this optimum with a search beside an earlier one', () => {
    expect(limitReasons(view, answerOf([memory]), explained([piece(80_800, 6.66)], 'stale'))[0].looser).toBeUndefined();
  });

  test('that are free cost nothing, whatever rounding leaves of their price', () => {
    expect(limitReasons(view, answerOf([{ ...runtime, price: 1e-17 }]), explained([]))[0].price).toBe(0);
  });
});

describe('regrets', () => {
  const pieces = new Map<number, LayerExplanation>([
    [0, { kind: 'layer', layer: 0, chosen: 'kv8/64', runner_up: { variant: 'kv8/32', objective: 6.9, regret: 0.039, proven: true } }],
    [1, { kind: 'layer', layer: 1, chosen: 'kv8/32' }],
  ]);
  const regrets = layerRegrets(view, [0, 4], pieces);

  test('say what the second best costs, or that there is none', () => {
    expect(regrets.map((entry) => regretText(entry, { label: 'KL' }))).toEqual([
      'Layer 0: kv8/64; second best kv8/32, +0.039 KL (proven)',
      'Layer 1: kv8/32; no other block here lets the limits be met',
    ]);
    expect(regretText(layerRegrets(view, [0, 4], pieces, [{ layer: 1, variant: 'kv8/32' }])[1], { label: 'KL' })).toBe('Layer 1: kv8/32; locked');
  });

  test('not proven are upper bounds', () => {
    const [entry] = layerRegrets(view, [0, 4], new Map([[0, { kind: 'layer', layer: 0, chosen: 'kv8/64', runner_up: { variant: 'kv8/32', objective: 6.9, regret: 0.039, proven: false } }]]));
    expect(regretText(entry, { label: 'KL' })).toBe('Layer 0: kv8/64; second best kv8/32, at most +0.039 KL (not proven yet)');
  });

  test('of a block over several layers name them all, and a lock on one holds it', () => {
    const spans = spanLibrary().view;
    const [, second] = layerRegrets(spans, [3], new Map([[1, { kind: 'layer', layer: 1, chosen: 'kv8/32' }]]), [{ layer: 0, variant: 'kv8/32' }]);
    expect(regretText(second, { label: 'KL' })).toBe('Layer 0–1: kv8/32; locked');
  });

  test('of an earlier problem fill in for what is not searched yet, but are not counted', () => {
    const merged = layerRegrets(view, [0, 4], new Map([[1, pieces.get(1)!]]), [], pieces);
    expect(merged.map(({ kind, old }) => [kind, old])).toEqual([['known', true], ['forced', false]]);
    expect(summarise(merged, 6.861)).toMatchObject({ known: 1, most: undefined, forced: [1] });
    expect(regretText(merged[0], { label: 'KL' })).toContain('for the previous limits');
  });

  test('name the decision that matters most and count the nearly free ones', () => {
    const more = new Map(pieces).set(1, { kind: 'layer', layer: 1, chosen: 'kv8/32', runner_up: { variant: 'kv8/64', objective: 6.862, regret: 0.001, proven: true } });
    const summary = summarise(layerRegrets(view, [0, 4], more), 6.861);
    // A tenth of a per cent of 6.861 is 0.0069.
    expect(summary).toMatchObject({ known: 2, free: [1], forced: [] });
    expect(textOf(decisionSentence(summary, { label: 'KL' })!)).toBe(
      'The choice that matters most is layer 0 (kv8/64): the next best there would cost +0.039 KL; 1 of 2 layers could take their second best for less than 0.1 % each.',
    );
    expect(decisionSentence(summarise([], 1), { label: 'KL' })).toBeUndefined();
  });
});

test('locks and bans find their own cost and no other', () => {
  const held = { locks: [{ layer: 1, variant: 'kv8/32' }], bans: [{ variant: 'kv8/32' }, { layer: 1, variant: 'kv8/32' }] };
  const holds = holdsOf(held, [{ kind: 'hold', hold: 'ban', layer: 1, variant: 'kv8/32', free: 6, cost: 0.8, proven: true }]);
  expect(holds.map(({ text, cost }) => [text, cost])).toEqual([
    ['Layer 1 locked to kv8/32', undefined],
    ['kv8/32 banned in all layers', undefined],
    ['kv8/32 banned in layer 1', 0.8],
  ]);
});
