import { expect, test } from 'vitest';
import { referenceMaps } from './reference_maps.ts';
import { testArchitecture, testComparison } from './reference_test_case.ts';
import { testLibrary } from './test_library.ts';

test('the released model and both children are drawn in one quantity on one scale', () => {
  const { column, maps } = referenceMaps(testComparison(), testLibrary(), 'runtime_ms');
  expect(column?.id).toBe('runtime_ms');
  expect(maps.map(({ side }) => side.id)).toEqual(['released', '51b', '40b']);
  // Per layer 10 ms for the parent's block, 6 with half the FFN, 1 for none.
  expect(maps.map(({ data }) => data.bars.map((bar) => bar.unsplit))).toEqual([[6, 10], [6, 6], [1, 6]]);
  expect(maps.map(({ saved }) => saved)).toEqual([4, 8, 13].map((saved) => expect.closeTo(saved / 20, 12)));
  expect(new Set(maps.map(({ data }) => data.scale)).size).toBe(1);
});

test('scores have no saving', () => {
  expect(referenceMaps(testComparison(), testLibrary(), 'kl_div').maps.map(({ saved }) => saved)).toEqual([undefined, undefined, undefined]);
});

test('where a block is not in the library, all are drawn by their shapes', () => {
  const comparison = testComparison();
  const released = { ...comparison.released, architecture: testArchitecture('released', ['kv1/64', 'kv8/64']) };
  const { column, maps } = referenceMaps({ ...comparison, released }, testLibrary(), 'runtime_ms');
  expect(column).toBeUndefined();
  expect(maps.map(({ data }) => data.kind)).toEqual(['shape', 'shape', 'shape']);
  expect(new Set(maps.map(({ data }) => data.scale)).size).toBe(1);
});
