import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryFiles } from '../../transformer/memory_files.ts';
import { LINE_PIECE_BYTES, linesOf, type Line } from './text_lines.ts';

async function lines(content: Uint8Array | string): Promise<Line[]> {
  const found: Line[] = [];
  for await (const line of linesOf(new MemoryFiles({ 'a.txt': content }), 'a.txt')) found.push(line);
  return found;
}

/** Lines again, pieces joined. */
function whole(pieces: readonly Line[]): string[] {
  const found: string[] = [''];
  for (const { text, ends } of pieces) {
    found.push((found.pop() ?? '') + text);
    if (ends) found.push('');
  }
  return found.slice(0, -1);
}

describe('linesOf', () => {
  it('gives the lines of any text', async () => {
    const line = fc.string({ unit: fc.constantFrom('a', ' ', '\t', 'é', '€', '😀', '\ufeff', '\x7f'), maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1 }), fc.constantFrom('\n', '\r\n'), async (texts, end) => {
        const found = await lines(`\ufeff${texts.join(end)}${end}`);
        expect(found.map(({ text }) => text)).toEqual(texts);
        expect(found.map(({ number }) => number)).toEqual(texts.map((_, i) => i + 1));
      }),
    );
  });

  it('gives long lines in pieces that end between characters', async () => {
    for (const unit of ['abc', 'ä', '€', '😀', 'word and ']) {
      const text = `x${unit.repeat(Math.ceil((3.3 * LINE_PIECE_BYTES) / unit.length))}`;
      const found = await lines(`${text}\nnext\n`);
      expect(found.length).toBeGreaterThan(3);
      expect(whole(found)).toEqual([text, 'next']);
      expect(found.at(-1)?.number).toBe(2);
    }
  });

  it('drops a byte order mark and does without a last line end', async () => {
    expect(whole(await lines('\ufeffone\ntwo'))).toEqual(['one', 'two']);
  });

  it.each([
    ['Latin-1', Uint8Array.of(65, 10, 66, 0xe9, 67, 10), /a\.txt, line 2: expected UTF-8 text/],
    ['UTF-16 with its mark', Uint8Array.of(0xff, 0xfe, 65, 0), /a\.txt, line 1: .*UTF-16/],
    ['UTF-16 without', Uint8Array.of(65, 0, 66, 0, 10, 0), /a\.txt, line 1: .*zero byte/],
    ['a character cut off', Uint8Array.of(65, 10, 0xe2, 0x82), /a\.txt, line 2: expected UTF-8 text/],
  ])('refuses %s with the place', async (_, bytes, message) => {
    await expect(lines(bytes)).rejects.toThrow(message);
  });
});
