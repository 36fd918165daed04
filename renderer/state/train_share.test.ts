import { expect, test } from 'vitest';
import { share } from './train_share.ts';

test('equal parts stay the same objects, others do not', () => {
  const before = { a: { x: [1, 2] }, b: { y: 'old' }, c: [{ z: 1 }, { z: 2 }] };
  const now = share<typeof before>(before, { a: { x: [1, 2] }, b: { y: 'new' }, c: [{ z: 1 }, { z: 3 }] });
  expect(now).toEqual({ a: { x: [1, 2] }, b: { y: 'new' }, c: [{ z: 1 }, { z: 3 }] });
  expect(now.a).toBe(before.a);
  expect(now.b).not.toBe(before.b);
  expect(now.c[0]).toBe(before.c[0]);
  expect(share(before, structuredClone(before))).toBe(before);
});

test('an empty list where there was nothing is an empty list', () => {
  expect(share<{ runs: unknown[] }>(undefined, { runs: [] })).toEqual({ runs: [] });
  expect(share({ a: 1, gone: 2 }, { a: 1 })).toEqual({ a: 1 });
  expect(share([1, 2, 3], [1, 2])).toEqual([1, 2]);
});

test('typed arrays are taken as they are', () => {
  const values = Float64Array.from([1]);
  expect(share({ values: Float64Array.from([1]) }, { values }).values).toBe(values);
});
