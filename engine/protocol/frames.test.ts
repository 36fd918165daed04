import { describe, expect, it } from 'vitest';
import { MAX_FRAME_BYTES, decodeFrame, encodeFrame } from './frames.ts';

describe('frames', () => {
  it('carry JSON and number arrays there and back', () => {
    const message = { a: [1, 'x', null], values: new Float64Array([0.1, -2]), deep: { i: new Int32Array([7]), b: new Uint8Array([1, 2, 3]) } };
    expect(decodeFrame(encodeFrame(message))).toEqual(message);
  });

  it('work from the middle of a larger buffer, as sockets deliver them', () => {
    const frame = encodeFrame({ v: new Float64Array([1, 2, 3]) });
    const padded = new Uint8Array(frame.length + 5);
    padded.set(frame, 3);
    expect(decodeFrame(padded.subarray(3, 3 + frame.length))).toEqual({ v: new Float64Array([1, 2, 3]) });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuse %s, in JSON and in arrays', (value) => {
    expect(() => encodeFrame({ value })).toThrow('"value" is not a finite number');
    expect(() => encodeFrame({ value: new Float64Array([value]) })).toThrow('"value" is not a finite number');
  });

  it('refuse what was not encoded by them', () => {
    expect(() => decodeFrame(new Uint8Array(2))).toThrow('shorter than its length field');
    expect(() => decodeFrame(new Uint8Array([255, 255, 0, 0, 1]))).toThrow('ends after the frame');
    const cut = encodeFrame({ v: new Float64Array(10) });
    expect(() => decodeFrame(cut.subarray(0, cut.length - 16))).toThrow('an array ends after the frame');
    expect(() => decodeFrame(encodeFrame({ $array: 3, other: new Uint8Array(1) }))).toThrow('not there');
  });

  it('have a size limit', () => {
    expect(() => encodeFrame({ v: new Uint8Array(MAX_FRAME_BYTES) })).toThrow('above the limit');
  });
});
