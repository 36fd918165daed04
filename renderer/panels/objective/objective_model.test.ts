import { describe, expect, test } from 'vitest';
import { testLibrary } from '../../state/test_library.ts';
import { composed, differingLayers, noiseWarnings, unusedScores, weightProblem, withAnother, without, withTerm } from './objective_model.ts';
import { settledChild, withChild, type PreviousChild } from './previous_child.ts';

const plain = testLibrary();
const [kl] = plain.view.header.columns;
const scores = [kl, { ...kl, id: 'lm_loss', label: 'LM loss' }, { ...kl, id: 'accuracy', label: 'Accuracy', better: 'higher' as const }];
const library = {
  ...plain,
  view: { ...plain.view, header: { ...plain.view.header, columns: [...scores, ...plain.view.header.columns.slice(1)] } },
  ranges: [...plain.ranges, { column: 'lm_loss', smallest: 1, largest: 3, parent: 1.6, better_than_parent: 14 }, { column: 'accuracy', smallest: 0, largest: 1, parent: 1, better_than_parent: 1 }],
};
const { view } = library;

describe('composing', () => {
  test('one column counting whole is a plain choice, everything else is weighted', () => {
    expect(composed('kl_div')).toEqual({ kind: 'single', column: 'kl_div' });
    expect(composed('0.5*kl_div').kind).toBe('weighted');
    expect(composed('kl_div + 0.5*lm_loss')).toEqual({ kind: 'weighted', terms: [{ column: 'kl_div', weight: 1 }, { column: 'lm_loss', weight: 0.5 }] });
  });

  test('adds the next score not yet used, until there is none', () => {
    const one = withAnother([{ column: 'kl_div', weight: 1 }], view);
    expect(one).toBe('kl_div + lm_loss');
    const all = scores.map(({ id }) => ({ column: id, weight: 2 }));
    expect(unusedScores(all, view)).toEqual([]);
    expect(withAnother(all, view)).toBe('2*kl_div + 2*lm_loss + 2*accuracy');
  });

  test('changes and removes terms; the last one left counts whole again', () => {
    const terms = [{ column: 'kl_div', weight: 1 }, { column: 'lm_loss', weight: 0.5 }];
    expect(withTerm(terms, 1, { weight: 3 })).toBe('kl_div + 3*lm_loss');
    expect(withTerm(terms, 0, { column: 'accuracy' })).toBe('accuracy + 0.5*lm_loss');
    expect(without(terms, 0)).toBe('lm_loss');
  });

  test('refuses weights that an objective cannot hold as text', () => {
    for (const weight of [0, -1, 1e-7, 1e22, Number.NaN]) expect(weightProblem(weight)).toContain('Weight');
    for (const weight of [1e-6, 0.5, 1e6]) {
      expect(weightProblem(weight)).toBeUndefined();
      expect(composed(withTerm([{ column: 'kl_div', weight: 2 }], 0, { weight }))).toBeDefined();
    }
  });
});

test('scores better than the parent’s own block are called noise', () => {
  expect(noiseWarnings('kl_div', library)).toEqual([]);
  expect(noiseWarnings('kl_div + 0.5*lm_loss', library)).toEqual([
    "LM loss: 14 choices score better than the parent's own block; replacing a block by a worse one cannot help, so part of this objective is noise.",
  ]);
  expect(noiseWarnings('accuracy', library)[0]).toContain('1 choice scores better');
});

describe('a switch of the objective', () => {
  test('counts layers covered by another choice, spans included', () => {
    expect(differingLayers(view, [0, 4], [0, 5])).toBe(1);
    expect(differingLayers(view, [0, 4], [0, 4])).toBe(0);
    const spanning = { ...view, last_layer: Int32Array.from([0, 0, 1, 1, 1, 1]) };
    expect(differingLayers(spanning, [0, 4], [2])).toBe(2);
  });

  const empty: PreviousChild = { current: undefined, previous: undefined };
  const child = (objective: string, asked = 'limits'): Parameters<typeof withChild>[1] => ({ asked, objective, choices: [objective.length] });

  test('keeps the child of the objective before, until anything else changes', () => {
    const first = withChild(empty, child('kl_div'));
    expect(first.previous).toBeUndefined();
    const switched = withChild(first, child('lm_loss'));
    expect(switched.previous?.objective).toBe('kl_div');
    expect(withChild(switched, { ...child('lm_loss'), choices: [9] }).previous?.objective).toBe('kl_div');
    expect(withChild(switched, child('kl_div')).previous?.objective).toBe('lm_loss');
    expect(withChild(switched, child('lm_loss', 'other limits')).previous).toBeUndefined();
  });

  test('waits for the final answer', () => {
    const answer = {
      problem: { library_id: 'test', objective: 'kl_div', limits: [], solutions: 3 },
      solutions: [{ objective: 1, costs: {}, choices: [0, 4] }],
      certainty: { kind: 'optimal' } as const,
      objective: 1,
      bound: 1,
      solveMs: 1,
      exhausted: false,
      limits: [],
      relaxation: undefined,
    };
    const outcome = { kind: 'answer' } as const;
    expect(settledChild({ pending: true, outcome, answer })).toBeUndefined();
    expect(settledChild({ pending: false, outcome: { kind: 'infeasible', reachable: [], conflict: [] }, answer })).toBeUndefined();
    expect(settledChild({ pending: false, outcome, answer })).toEqual({
      asked: '{"library_id":"test","limits":[]}',
      objective: 'kl_div',
      choices: [0, 4],
    });
  });
});
