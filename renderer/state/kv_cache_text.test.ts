import { expect, test } from 'vitest';
import { kvCacheText } from './kv_cache_text.ts';
import { testLibrary } from './test_library.ts';

test('the KV cache is counted as the library keeps it', () => {
  const { header } = testLibrary().view;
  const kept = (kv: string | undefined) => ({ ...header, measurements: header.measurements.map((one) => ({ ...one, dtypes: kv === undefined ? {} : { kv } })) });
  expect(kvCacheText(128, kept('fp32'))).toBe('512 bytes per token at FP32');
  expect(kvCacheText(128, kept('bf16'))).toBe('256 bytes per token at BF16');
  for (const unknown of [kept(undefined), kept('fp4'), undefined]) expect(kvCacheText(128, unknown)).toBe('128 bytes per token at FP8');
});
