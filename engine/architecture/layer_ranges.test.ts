import { expect, it } from 'vitest';
import { layerRanges } from './layer_ranges.ts';

it.each([
  [[3], 'layer 3'],
  [[11, 15, 35], 'layers 11, 15, 35'],
  [[42, 38, 39, 40, 41, 11, 11], 'layers 11, 38-42'],
  [[0, 1], 'layers 0-1'],
])('%j is "%s"', (layers, text) => {
  expect(layerRanges(layers)).toBe(text);
});
