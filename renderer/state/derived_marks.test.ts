import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { banPath, changedPath, lockPath, markOf, markText, usedMarks } from '../panels/layer_map/map_marks.ts';
import { baselineStore, startBaseline } from './derived_baseline.ts';
import { changedLayers, choiceByLayer, heldText, mapMarks } from './derived_marks.ts';
import { addPin, EMPTY_DOCUMENT, documentStore, lockLayer, setLimit, undo } from './document_store.ts';
import { solveStore, type Answer } from './solve_store.ts';
import { spanLibrary, testLibrary } from './test_library.ts';

describe('marks', () => {
  test('name the layers that changed, through blocks over several layers', () => {
    expect(changedLayers(testLibrary().view, [0, 4], [0, 3])).toEqual([1]);
    expect(changedLayers(testLibrary().view, [0, 4], [0, 4])).toEqual([]);
    const { view } = spanLibrary();
    expect(choiceByLayer(view, [3])).toEqual([3, 3]);
    expect(changedLayers(view, [3], [0, 4])).toEqual([0, 1]);
  });

  test('a ban on all layers marks none', () => {
    const marks = mapMarks(testLibrary().view, [0, 3], { locks: [{ layer: 0, variant: 'kv8/64' }], bans: [{ variant: 'kv8/32' }, { layer: 1, variant: 'kv8/32' }] }, undefined);
    expect([[...marks.locked], [...marks.banned], [...marks.changed]]).toEqual([[0], [1], []]);
    expect(usedMarks(marks)).toEqual(['locked', 'banned']);
  });

  test('a cell over several layers carries what any of them has; a lock says more than a ban', () => {
    const marks = { locked: new Set([3]), banned: new Set([2, 3]), changed: new Set([2]) };
    expect(markOf(marks, { firstLayer: 2, lastLayer: 2 })).toEqual({ held: 'banned', changed: true });
    expect(markOf(marks, { firstLayer: 2, lastLayer: 3 })).toEqual({ held: 'locked', changed: true });
    expect(markText(markOf(marks, { firstLayer: 2, lastLayer: 3 }))).toBe('locked, changed');
    expect(markText(markOf(marks, { firstLayer: 4, lastLayer: 4 }))).toBe('');
  });

  test('differ in shape, also where cells are too narrow for glyphs', () => {
    for (const width of [13, 5]) expect(new Set([lockPath(0, width, 0), banPath(0, width, 0), changedPath(0, width, 0)]).size).toBe(3);
  });

  test('are counted in words', () => {
    expect(heldText({ locks: [], bans: [] })).toBe('');
    expect(heldText({ locks: [{ layer: 1, variant: 'x' }], bans: [{ variant: 'y' }, { variant: 'z' }] })).toBe('1 lock, 2 bans');
  });
});

describe('the child that changes are marked against', () => {
  let stop: () => void;
  const settle = (choices: number[], pending = false): void => {
    const answer: Answer = {
      problem: { library_id: 'test', objective: 'kl_div', limits: [] },
      solutions: [{ objective: 1, costs: {}, choices }],
      certainty: { kind: 'optimal' },
      objective: 1,
      bound: 1,
      solveMs: 1,
      exhausted: false,
      limits: [],
      relaxation: undefined,
    };
    solveStore.setState({ pending, awaiting: false, outcome: { kind: 'answer' }, answer, solutionIndex: 0 });
  };
  const baseline = (): readonly number[] | undefined => baselineStore.getState().choices;

  beforeEach(() => {
    documentStore.setState({ document: EMPTY_DOCUMENT, past: [], future: [] });
    baselineStore.setState({ choices: undefined });
    stop = startBaseline();
  });
  afterEach(() => stop());

  test('stays the one before the drag while the drag goes on', () => {
    settle([0, 3]);
    setLimit('memory_mib', 'max', 100, 'drag');
    settle([0, 4]);
    setLimit('memory_mib', 'max', 90, 'drag');
    settle([1, 4]);
    expect(baseline()).toEqual([0, 3]);
    setLimit('memory_mib', 'max', 80, 'another drag');
    expect(baseline()).toEqual([1, 4]);
  });

  test('is the last settled one: an incumbent does not count', () => {
    settle([0, 3]);
    setLimit('memory_mib', 'max', 100);
    settle([0, 5], true);
    lockLayer(0, 'kv8/64');
    expect(baseline()).toEqual([0, 3]);
  });

  test('does not move with what asks for nothing new, but with undo', () => {
    settle([0, 3]);
    setLimit('memory_mib', 'max', 100);
    settle([0, 4]);
    addPin({ kind: 'in_library', id: 'p', name: 'P', created_at: '', origin: 'solution', library_id: 'test', objective: 'kl_div', blocks: [] });
    expect(baseline()).toEqual([0, 3]);
    undo();
    expect(baseline()).toEqual([0, 3]);
    undo();
    expect(baseline()).toEqual([0, 4]);
  });
});
