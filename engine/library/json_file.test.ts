import { describe, expect, it } from 'vitest';
import { WorkbenchError } from '../protocol/errors.ts';
import { parseJsonFile } from './json_file.ts';

const parse = (text: string | Uint8Array): unknown =>
  parseJsonFile({ path: 'a.json', bytes: typeof text === 'string' ? new TextEncoder().encode(text) : text });
function messageOf(text: string | Uint8Array): string {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof WorkbenchError && error.payload.code === 'bad_input') return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('parseJsonFile', () => {
  it.each([
    ['[1, 2 3]', 'a.json, line 1, column 7: expected "," or "]", found "3]".'],
    ['{"a": 1,\n "b": ,}', 'a.json, line 2, column 7: expected a value, found ",}".'],
    ['{"a": 1,\n}', 'a.json, line 2, column 1: expected a name in double quotes, found "}".'],
    ['{"a" 1}', 'a.json, line 1, column 6: expected ":", found "1}".'],
    ['hello', 'a.json, line 1, column 1: expected a JSON value, found "hello".'],
    ['{"a": [1,', 'a.json, line 1, column 10: expected a value, found the end of the file.'],
    ['{"a": "b', 'a.json, line 1, column 9: expected more text and a closing double quote, found the end of the file.'],
    ['["a\\x"]', 'a.json, line 1, column 4: expected more text and a closing double quote, found "\\\\x\\"]".'],
    ['["a\tb"]', 'a.json, line 1, column 4: expected more text and a closing double quote, found "\\t".'],
    ['{} {}', 'a.json, line 1, column 4: expected the end of the file, found "{}".'],
    ['[01]', 'a.json, line 1, column 2: expected a value, found "01]".'],
    ['[NaNa]', 'a.json, line 1, column 2: expected a value, found "NaNa]".'],
    ['', 'a.json: expected JSON, found an empty file.'],
    [new Uint8Array([0x7b, 0, 1, 2]), 'a.json, byte 1: expected JSON text in UTF-8, found binary data.'],
    [new Uint8Array([0x22, 0xff, 0x22]), 'a.json: expected JSON text in UTF-8, found bytes that are no UTF-8.'],
  ])('refuses %j with its place', (text, message) => {
    expect(messageOf(text)).toBe(message);
  });

  it('hands on the NaN and Infinity that Python writes, but only outside strings', () => {
    expect(parse('{"a": NaN, "b": [-Infinity, Infinity], "NaN": "is \\"NaN\\" here, Infinity"}')).toEqual({
      a: 'NaN',
      b: ['-Infinity', 'Infinity'],
      NaN: 'is "NaN" here, Infinity',
    });
  });

  it('skips a byte-order mark and copes with a deeply nested or very long text', () => {
    expect(parse('\uFEFF[1]')).toEqual([1]);
    expect(messageOf('['.repeat(300_000))).toContain('column 300001: expected a value, found the end of the file');
    expect(messageOf(`["${'a'.repeat(3_000_000)}" NaN]`)).toContain('expected "," or "]"');
  });
});
