import { describe, expect, it } from 'vitest';
import type { PublishedRow, PublishedTable } from '../../engine/protocol/published_tables.ts';
import { bandText, errorText, errorTone, figureText, oursText, printOf, releaseOf, shownSections, summarise, tableCsv, tagsOf } from './published_comparison.ts';

const row = (id: string, more: Partial<PublishedRow> = {}): PublishedRow => ({ id, label: id, facts: [], source: 'paper', ...more });

const TABLE: PublishedTable = {
  id: 't',
  group: 'g',
  menu: 'm',
  title: 'Title',
  summary: '',
  source: 'paper',
  facts: ['TP'],
  releases: [
    { id: '2024', label: '2024' },
    { id: 'new', label: 'New' },
  ],
  plotted: false,
  notes: [],
  sections: [
    {
      id: 'ratio',
      label: 'Speed-up',
      unit: '×',
      tag: 'a',
      rows: [row('fixed', { facts: [1], published: 3 }), row('r', { release: '2024', published: 2.07, ours: 1.63, error: -0.21 }), row('r@new', { release: 'new', published: 1.62, ours: 1.63, error: 0.006 })],
    },
    { id: 'other', label: 'Other, with comma', unit: 'tok/s', tag: 'b', rows: [row('none', { published: 9568, reason: '=never "published"' })] },
  ],
};

describe('what is shown of a published table', () => {
  it('is the rows of one release, with the first release’s figure beside a newer one', () => {
    expect(shownSections(TABLE, undefined, undefined)[0]!.rows.map(({ id, before }) => [id, before])).toEqual([['fixed', undefined], ['r', undefined]]);
    expect(shownSections(TABLE, 'new', undefined)[0]!.rows.map(({ id, before }) => [id, before])).toEqual([['fixed', undefined], ['r@new', 2.07]]);
  });

  it('says once what all rows of a section note', () => {
    const noted = (notes: readonly string[]): PublishedTable => ({ ...TABLE, releases: [], sections: [{ id: 's', label: '', unit: '', rows: notes.map((note, index) => row(String(index), { note })) }] });
    const same = shownSections(noted(['a', 'a']), undefined, undefined)[0]!;
    expect([same.note, ...same.rows.map(({ note }) => note)]).toEqual(['a', undefined, undefined]);
    const other = shownSections(noted(['a', 'b']), undefined, undefined)[0]!;
    expect([other.note, ...other.rows.map(({ note }) => note)]).toEqual([undefined, 'a', 'b']);
  });

  it('falls back to the table’s own release and to all tags', () => {
    expect(releaseOf(TABLE, 'unknown')).toBe('2024');
    expect(releaseOf({ ...TABLE, releases: [] }, 'new')).toBeUndefined();
    expect(shownSections(TABLE, undefined, 'b').map(({ id }) => id)).toEqual(['other']);
    expect(shownSections(TABLE, undefined, 'gone')).toHaveLength(2);
    expect(tagsOf(TABLE)).toEqual(['a', 'b']);
    expect(tagsOf({ ...TABLE, sections: TABLE.sections.slice(0, 1) })).toEqual([]);
  });
});

describe('errors in sum', () => {
  it('count compared rows only and name the worst, whatever its sign', () => {
    const summary = summarise([row('a', { error: 0.1 }), row('b', { error: -0.2 }), row('c', { reason: 'no' })]);
    expect(summary).toMatchObject({ compared: 2, rows: 3, worst: { id: 'b' } });
    expect(summary.mean).toBeCloseTo(0.15, 12);
    // sqrt(1.1 * 0.8)
    expect(summary.geomean).toBeCloseTo(0.938083, 6);
  });

  it('are nothing without rows', () => {
    expect(summarise([])).toEqual({ compared: 0, rows: 0, geomean: 1, mean: 0, worst: undefined });
  });
});

describe('figures as text', () => {
  const plain = (unit: string) => printOf(unit, []);
  it.each([
    [2.0710775, '×', '2.07'],
    [5133.4, 'tok/s per GPU', '5,133'],
    [276.7165, 'tok/s per GPU', '276.7'],
    [8_030_261_248, 'parameters', '8,030,261,248'],
    [113_620.5078125, 'MiB', '113,620.51'],
    [300_065.12, 'tokens', '300,065'],
  ])('%d %s is %s', (value, unit, text) => {
    expect(figureText(value, plain(unit))).toBe(text);
  });

  it('prints scores of one column with the same digits, and ours with at least one', () => {
    const kept = printOf('%', [99.35, 98.3, 100.37, undefined]);
    expect([98.3, 100.37].map((value) => figureText(value, kept))).toEqual(['98.30', '100.37']);
    const mfu = printOf('%', [43, 14]);
    expect([figureText(43, mfu), oursText(43.363, mfu)]).toEqual(['43', '43.4']);
  });

  it('writes errors with a sign, and none for none', () => {
    expect([0.1405, -0.2722, 0.0002, -0.0004].map(errorText)).toEqual(['+14.1 %', '−27.2 %', '0.0 %', '0.0 %']);
    expect([0.1, -0.2, 0.21].map(errorTone)).toEqual(['close', 'off', 'far']);
  });

  it('writes even bands as a share and uneven ones by their ends', () => {
    expect(bandText(row('a', { ours: 100, low: 92, high: 108 }), plain('tok/s'))).toBe('±8 %');
    expect(bandText(row('a', { ours: 1.63, low: 1.39, high: 1.92 }), plain('×'))).toBe('1.39 – 1.92');
    expect(bandText(row('a', { ours: 5, low: 5, high: 5 }), plain('tokens'))).toBeUndefined();
    expect(bandText(row('a'), plain('tokens'))).toBeUndefined();
  });
});

describe('the CSV', () => {
  it('has the rows shown, and text that is no formula', () => {
    const lines = tableCsv(TABLE, shownSections(TABLE, 'new', undefined)).split('\r\n');
    expect(lines[0]).toBe('section,row,TP,unit,published,ours,low,high,error,reason,release,source,provenance,note');
    expect(lines[1]).toBe('Speed-up,fixed,1,×,3,,,,,,,paper,,');
    expect(lines[2]).toBe('Speed-up,r@new,,×,1.62,1.63,,,0.006,,New,paper,,');
    expect(lines[3]).toBe('"Other, with comma",none,,tok/s,9568,,,,,"\'=never ""published""",,paper,,');
    expect(lines).toHaveLength(5);
  });
});
