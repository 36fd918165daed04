import { expect, test } from 'vitest';
import { layerAgreement, layerRanges } from './reference_layers.ts';
import { testArchitecture } from './reference_test_case.ts';

test('layers agree in their block, in one half of it, or not at all', () => {
  const released = testArchitecture('released', ['kv8/64', 'kv8/64', 'linear/64', 'no_op/no_op']);
  const child = testArchitecture('child', ['kv8/64', 'kv8/32', 'no_op/64', 'kv1/32']);
  expect(layerAgreement(child, released)).toEqual(['block', 'attention', 'ffn', 'none']);
});

test('layers beyond the other one agree with nothing', () => {
  expect(layerAgreement(testArchitecture('a', ['kv8/64', 'kv8/64']), testArchitecture('b', ['kv8/64']))).toEqual(['block', 'none']);
});

test('runs of layers are written as ranges', () => {
  expect(layerRanges([0, 1, 2, 7, 9, 10])).toBe('0–2, 7, 9–10');
  expect(layerRanges([])).toBe('none');
});
