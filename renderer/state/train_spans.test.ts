import { describe, expect, test } from 'vitest';
import { neighbours, readSpans, spanChoiceOf, spansText } from './train_spans.ts';

describe('spans', () => {
  test.each(['2-3, 4-6', '2 - 3;4–6', ' 2-3  4 - 6 '])('%j is layers 2 and 3, and layers 4 to 6', (text) => {
    expect(readSpans(text, 7)).toEqual({ kind: 'ok', value: [[2, 3], [4, 5, 6]] });
  });

  test.each([
    ['', 'such as 2-3'],
    ['2', '"2" is no span'],
    ['2-3, four', '"four" is no span'],
    ['1-2-3', '"1-2-3" is no span'],
    ['3-3', 'two at least'],
    ['3-2', 'type 2-3'],
    ['6-7', 'last layer, which is 6'],
    ['0-1, 0-1', '0-1 is there twice'],
  ])('%j is refused with a reason', (text, why) => {
    const read = readSpans(text, 7);
    expect(read.kind === 'wrong' && read.why).toContain(why);
  });

  test('how far they may go is open while the parent is unknown', () => {
    expect(readSpans('60-61', undefined).kind).toBe('ok');
  });

  test('neighbours are every two layers in a row', () => {
    expect(neighbours(4)).toEqual([[0, 1], [1, 2], [2, 3]]);
    expect(neighbours(1)).toEqual([]);
  });

  test('what a plan has is recognised and can be written', () => {
    expect(spanChoiceOf(undefined, 4)).toBe('none');
    expect(spanChoiceOf([[0, 1], [1, 2], [2, 3]], 4)).toBe('pairs');
    expect(spanChoiceOf([[0, 1], [1, 2], [2, 3]], 8)).toBe('own');
    expect(spanChoiceOf([[0, 1]], undefined)).toBe('own');
    expect(spansText([[2, 3], [4, 5, 6]])).toBe('2-3, 4-6');
  });
});
