import { describe, expect, test } from 'vitest';
import { recipeId } from '../../engine/protocol/recipe.ts';
import { haveSameChoices, isComputed, parentOfLibrary, recipeOf } from './recipe_ids.ts';
import { testLibrary } from './test_library.ts';

const onH100 = recipeId({ parent: 'llama-3.1-70b', device: 'h100-sxm', isl: 128, osl: 1024 });
const onB200 = recipeId({ parent: 'llama-3.1-70b', device: 'b200', weights: 'fp4', isl: 128, osl: 128 });
const other = recipeId({ parent: 'llama-3.1-8b', device: 'h100-sxm', isl: 128, osl: 1024 });

describe('computed libraries', () => {
  test('are those of recipes and the sample, but not the sample that was measured', () => {
    expect([onH100, 'sample:llama-3.1-70b', 'sample:measured-tiny', 'block-library-3f2a'].map(isComputed)).toEqual([true, true, false, false]);
    expect(parentOfLibrary('sample:measured-tiny')).toBeUndefined();
  });

  test('of one parent have the same choices, whatever they are served with', () => {
    expect(haveSameChoices(onH100, onB200)).toBe(true);
    expect(haveSameChoices('sample:llama-3.1-70b', onB200)).toBe(true);
    expect(haveSameChoices(onH100, other)).toBe(false);
    expect(haveSameChoices('block-library-3f2a', 'block-library-3f2a')).toBe(false);
    expect(parentOfLibrary('block-library-3f2a')).toBeUndefined();
  });
});

describe('the recipe of a library', () => {
  test('is what its id says', () => {
    const { view } = testLibrary(onB200);
    expect(recipeOf(view)).toMatchObject({ parent: 'llama-3.1-70b', device: 'b200', weights: 'fp4', activations: 'fp8', isl: 128, osl: 128 });
  });

  test('is read off the measurements of the sample, its other traffic left aside', () => {
    const { view } = testLibrary('sample:llama-3.1-70b');
    const measured = { device: 'h100-sxm', dtypes: { weights: 'fp8', activations: 'fp8', kv: 'bf16' }, tp: 2, tokens_counted: 'total' } as const;
    const measurements = [
      { ...measured, id: 'a', batch: 256, isl: 128, osl: 1024 },
      { ...measured, id: 'b', batch: 64, isl: 128, osl: 1024 },
      { ...measured, id: 'c', batch: 64, isl: 2048, osl: 128 },
    ];
    expect(recipeOf({ ...view, header: { ...view.header, measurements } })).toMatchObject({ parent: 'llama-3.1-70b', kv: 'bf16', tp: 2, isl: 128, osl: 1024, batches: [256, 64] });
  });

  test('is absent for measured ones', () => {
    expect(recipeOf(testLibrary('block-library-3f2a').view)).toBeUndefined();
    const { view } = testLibrary('sample:measured-tiny');
    const measurements = [{ id: 'here', device: 'h100-sxm', dtypes: { weights: 'fp32', activations: 'fp32', kv: 'fp32' }, tp: 1, batch: 8, isl: 128, osl: 32, tokens_counted: 'total' }] as const;
    expect(recipeOf({ ...view, header: { ...view.header, measurements: [...measurements] } })).toBeUndefined();
  });
});
