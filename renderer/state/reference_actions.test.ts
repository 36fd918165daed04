import { beforeEach, describe, expect, test } from 'vitest';
import { dialogStore } from './dialog_store.ts';
import { documentStore, EMPTY_DOCUMENT, undo } from './document_store.ts';
import { isPinned, openReferenceProblem, pinReferenceAnswer, showReference } from './reference_actions.ts';
import { testComparison, testProblem } from './reference_test_case.ts';

const comparison = testComparison();
const released = comparison.released.architecture;
const current = () => documentStore.getState().document;
const busy = {
  ...EMPTY_DOCUMENT,
  library_id: 'other',
  limits: [{ column: 'memory_mib', side: 'max' as const, value: 5, enabled: true }],
  locks: [{ layer: 0, variant: 'kv8/64' }],
  bans: [{ variant: 'kv8/32' }],
  compare: ['current', 'parent'] as [string, string],
};

beforeEach(() => documentStore.setState({ document: busy, past: [], future: [] }));

describe('opening a reference problem', () => {
  test('asks exactly that, with the released model beside it, and undoes in one step', () => {
    showReference();
    openReferenceProblem(testProblem('51b'), released);
    expect(dialogStore.getState().dialog.kind).toBe('none');
    expect(current()).toMatchObject({
      library_id: 'test',
      objective: 'kl_div',
      limits: [],
      locks: [],
      bans: [],
      workloads: [{ ...testProblem('51b').workload, enabled: true }],
      pins: [{ kind: 'in_library', origin: 'reference', library_id: 'test', name: 'released', blocks: released.blocks }],
    });
    expect(current().compare).toBeUndefined();
    undo();
    expect(current()).toEqual(busy);
  });

  test('does not pin the released model twice', () => {
    openReferenceProblem(testProblem('51b'), released);
    openReferenceProblem(testProblem('40b'), released);
    expect(current().pins).toHaveLength(1);
    expect(current().workloads.map(({ id }) => id)).toEqual(['reference-40b']);
  });

  test('takes pins along from the same blocks at other costs', () => {
    const recipe = (batch: number): string => `generated:llama-3.1-70b?device=h100-sxm&isl=128&osl=1024&batches=${batch}`;
    openReferenceProblem(testProblem('51b', recipe(1)), released);
    openReferenceProblem(testProblem('51b', recipe(2)), released);
    expect(current().pins).toMatchObject([{ library_id: recipe(2) }]);
  });
});

describe('pinning what was found', () => {
  test('keeps the child with its proof', () => {
    const [answer] = comparison.answers;
    pinReferenceAnswer(answer!);
    expect(current().pins).toMatchObject([{ origin: 'solution', name: '51b-child', solve: { status: 'optimal', gap: 0, bound: answer!.child!.kl_div } }]);
    expect(isPinned(current(), 'test', answer!.child!.architecture.blocks)).toBe(true);
    expect(isPinned(current(), 'other', answer!.child!.architecture.blocks)).toBe(false);
    expect(isPinned(current(), 'test', released.blocks)).toBe(false);
  });

  test('does nothing where nothing was found', () => {
    const { child: _, ...none } = comparison.answers[0]!;
    pinReferenceAnswer({ ...none, status: 'infeasible' });
    expect(current().pins).toEqual([]);
  });
});
