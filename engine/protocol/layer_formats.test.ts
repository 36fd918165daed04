import { describe, expect, it } from 'vitest';
import { layerFormatsText, parseLayerFormats } from './layer_formats.ts';

describe('formats by layer', () => {
  it('are read from text and written back as it', () => {
    const text = '0-3,79: weights=bf16 kv=bf16; 40: kv=fp8';
    const parsed = parseLayerFormats(` ${text} ;`);
    expect(parsed).toEqual({ kind: 'formats', formats: [{ layers: [0, 1, 2, 3, 79], weights: 'bf16', kv: 'bf16' }, { layers: [40], kv: 'fp8' }] });
    if (parsed.kind === 'formats') expect(layerFormatsText(parsed.formats)).toBe(text);
    expect(parseLayerFormats('')).toEqual({ kind: 'formats', formats: [] });
  });

  it('say what is wrong with them', () => {
    for (const [text, words] of [
      ['3-1: kv=fp8', '0-3,79'],
      ['a: kv=fp8', '0-3,79'],
      ['1', 'names no format'],
      ['1:', 'names no format'],
      ['1: heads=fp8', 'weights, activations, kv'],
      ['1: kv=fp7', 'fp32, bf16'],
    ]) {
      expect(parseLayerFormats(text!)).toEqual({ kind: 'wrong', problem: expect.stringContaining(words!) as string });
    }
  });
});
