import { describe, expect, test } from 'vitest';
import { loaderWarnings } from '../../engine/architecture/loaders.ts';
import { parentModel } from '../../engine/architecture/presets.ts';
import { chosenBlock, parseVariantId, type Architecture } from '../../engine/protocol/variant.ts';
import { deciLmObstacles, kvCacheText } from './export_forms.ts';
import { testLibrary } from './test_library.ts';

function child(...variants: readonly string[]): Architecture {
  const blocks = variants.map((variant, layer) => chosenBlock([layer], parseVariantId(variant)!));
  return { id: 'c', name: 'c', external: false, shape: parentModel('llama-3.1-70b')!.shape, blocks, source: 'made up' };
}

describe('a DeciLM configuration', () => {
  test('that cannot be written says why, once', () => {
    const obstacles = deciLmObstacles(loaderWarnings(child('kv8/300', 'linear/linear')));
    expect(obstacles).toHaveLength(1);
    expect(obstacles[0]).toMatch(/multiples of 256: layer 0$/);
  });

  test('that some loader reads can be', () => {
    expect(deciLmObstacles(loaderWarnings(child('kv8/512', 'linear/linear')))).toEqual([]);
    expect(deciLmObstacles([])).toEqual([]);
  });
});

test('the KV cache is counted as the library keeps it', () => {
  const { header } = testLibrary().view;
  const kept = (kv: string | undefined) => ({ ...header, measurements: header.measurements.map((one) => ({ ...one, dtypes: kv === undefined ? {} : { kv } })) });
  expect(kvCacheText(128, kept('fp32'))).toBe('512 bytes per token at FP32');
  expect(kvCacheText(128, kept('bf16'))).toBe('256 bytes per token at BF16');
  for (const unknown of [kept(undefined), kept('fp4'), undefined]) expect(kvCacheText(128, unknown)).toBe('128 bytes per token at FP8');
});
