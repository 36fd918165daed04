import { expect, test } from 'vitest';
import { blocksOf, choicesOf, parentChoices } from './children.ts';
import { testLibrary } from './test_library.ts';

const { view } = testLibrary();

test('the parent is its own blocks', () => {
  expect(parentChoices(view)).toEqual([0, 3]);
  expect(blocksOf(view, [0, 3]).map((block) => block.variant)).toEqual(['kv8/64', 'kv8/64']);
});

test('choices and blocks lead to one another', () => {
  const blocks = blocksOf(view, [2, 4]);
  expect(blocks).toMatchObject([
    { parent_layers: [0], variant: 'no_op/no_op' },
    { parent_layers: [1], variant: 'kv8/32' },
  ]);
  expect(choicesOf(view, blocks)).toEqual([2, 4]);
});

test('blocks that the library lacks have no choices', () => {
  const [first, second] = blocksOf(view, [0, 3]);
  expect(choicesOf(view, [first, { ...second, variant: 'kv4/64' }])).toBeUndefined();
  expect(parentChoices({ ...view, header: { ...view.header, parent: { ...view.header.parent, variants: ['kv8/64', 'kv2/64'] } } })).toBeUndefined();
});
