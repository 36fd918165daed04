import { describe, expect, it } from 'vitest';
import { toCsv } from './csv.ts';

describe('toCsv', () => {
  it('ends every line with CRLF and quotes only what needs it', () => {
    const table = { header: ['layer', 'a "quoted", name'], rows: [[0, 'kv8/28672'], [1, 'two\nlines']] };
    expect(toCsv(table)).toBe('layer,"a ""quoted"", name"\r\n0,kv8/28672\r\n1,"two\nlines"\r\n');
  });

  it('keeps numbers exact', () => {
    const values = [0.1 + 0.2, 70_553_706_496, -1.5e-9, 18.935023];
    const cells = toCsv({ header: ['a', 'b', 'c', 'd'], rows: [values] }).split('\r\n')[1]!.split(',');
    expect(cells.map(Number)).toEqual(values);
  });

  it('repeats the provenance in columns at the end', () => {
    const table = { header: ['layer'], rows: [[0], [1]] };
    expect(toCsv(table, { source: 'measured, H100' })).toBe('layer,source\r\n0,"measured, H100"\r\n1,"measured, H100"\r\n');
  });

  it.each([
    ['=1+1', "'=1+1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['+cmd', "'+cmd"],
    ['-2+3', "'-2+3"],
    ['=A1,"x"', `"'=A1,""x"""`],
    ['-12.5', '-12.5'],
    ['-1e-3', '-1e-3'],
  ])('text %j cannot run as a formula', (text, cell) => {
    expect(toCsv({ header: ['t'], rows: [[text]] })).toBe(`t\r\n${cell}\r\n`);
  });

  it('refuses ragged rows', () => {
    expect(() => toCsv({ header: ['a', 'b'], rows: [[1, 2], [3]] })).toThrow('Row 2 has 1 cells, the header 2.');
  });
});
