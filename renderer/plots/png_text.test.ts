import { describe, expect, it } from 'vitest';
import { crc32, withPngText } from './png_text.ts';

/** The smallest PNG: one pixel. Its own checksums come from the program that made it. */
const PNG = Uint8Array.from(
  atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='),
  (character) => character.charCodeAt(0),
);

function chunksOf(png: Uint8Array): { type: string; body: string; sound: boolean }[] {
  const view = new DataView(png.buffer, png.byteOffset);
  const chunks = [];
  for (let at = 8; at < png.length; ) {
    const length = view.getUint32(at);
    const typed = png.subarray(at + 4, at + 8 + length);
    const text = String.fromCharCode(...typed);
    chunks.push({ type: text.slice(0, 4), body: text.slice(4), sound: crc32(typed) === view.getUint32(at + 8 + length) });
    at += length + 12;
  }
  return chunks;
}

describe('text in PNG files', () => {
  it('stands in sound chunks between header and data', () => {
    const chunks = chunksOf(withPngText(PNG, { Title: 'Runtime map', Software: 'Puzzle Workbench' }));
    expect(chunks.map(({ type }) => type)).toEqual(['IHDR', 'tEXt', 'tEXt', 'IDAT', 'IEND']);
    expect(chunks.every(({ sound }) => sound)).toBe(true);
    expect(chunks[1].body).toBe('Title\0Runtime map');
  });

  it('writes what Latin-1 lacks as escapes', () => {
    expect(chunksOf(withPngText(PNG, { Limits: 'memory ≤ 80 MiB ·' }))[1].body).toBe('Limits\0memory \\u2264 80 MiB ·');
  });

  it('refuses what is no PNG', () => {
    expect(() => withPngText(new Uint8Array(64), {})).toThrow('not a PNG');
  });
});

describe('CRC-32', () => {
  it('has the published check value over "123456789"', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  });

  it('agrees with the checksums in a PNG that another program wrote', () => {
    expect(chunksOf(PNG).map(({ sound }) => sound)).toEqual([true, true, true]);
  });
});
