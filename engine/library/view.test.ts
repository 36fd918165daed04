import { describe, expect, it } from 'vitest';
import { librarySummarySchema, libraryViewSchema } from '../protocol/library.ts';
import { exportLibrary } from './export.ts';
import { importLibrary } from './import.ts';
import type { Library } from '../protocol/library.ts';
import { libraryId, slug } from './library_id.ts';
import { sampleLibrary, sampleView } from './sample.ts';
import { summaryOf, toView } from './view.ts';

describe('toView', () => {
  it('holds every value of every choice, ordered by first layer and otherwise as given', () => {
    const library = sampleLibrary();
    const shuffled = { ...library, choices: library.choices.toReversed() };
    const view = libraryViewSchema.parse(toView('id', shuffled));
    expect(view.first_layer).toHaveLength(4800);
    expect(view.variants).toHaveLength(60);
    for (let index = 0; index < 4800; index += 7) {
      const layer = Math.floor(index / 60);
      // Reversed as a whole, then put back in order of layers: reversed inside each layer.
      const choice = library.choices[layer * 60 + 59 - (index % 60)]!;
      expect(view.first_layer[index]).toBe(layer);
      expect(view.last_layer[index]).toBe(layer);
      expect(view.variants[view.variant[index]!]).toEqual({ id: choice.variant, attention: choice.attention, ffn: choice.ffn });
      for (const [column, { id }] of library.columns.entries()) expect(view.values[column]![index]).toBe(choice.values[id]);
    }
    expect(view.header).not.toHaveProperty('choices');
    expect(view.imported_names).toBeUndefined();
  });

  it('keeps imported names and spans', () => {
    const library = sampleLibrary();
    const [first] = library.choices;
    const view = toView('id', { ...library, choices: [{ ...first!, parent_layers: [3, 4], imported_name: 'both' }, { ...first!, parent_layers: [2] }] });
    expect([...view.first_layer]).toEqual([2, 3]);
    expect([...view.last_layer]).toEqual([2, 4]);
    expect(view.imported_names).toEqual(['kv8/28672', 'both']);
  });
});

describe('summaryOf', () => {
  it('counts layers and variants', () => {
    const summary = librarySummarySchema.parse(summaryOf(sampleView('x'), 'sample'));
    expect(summary).toMatchObject({ id: 'x', layers: 80, variants: 60, origin: 'sample', provenance: { kind: 'estimated' } });
  });
});

describe('libraryId', () => {
  it('follows name and content', () => {
    const library = sampleLibrary();
    const idOf = (of: Library) => libraryId(of.name, exportLibrary(of));
    const id = idOf(library);
    expect(id).toMatch(/^sample-llama-3-1-70b-on-h100-[0-9a-f]{8}$/);
    expect(idOf(sampleLibrary())).toBe(id);
    expect(idOf({ ...library, notes: [] })).not.toBe(id);
    expect(idOf(importLibrary([{ path: 'a.json', bytes: exportLibrary(library) }]))).toBe(id);
  });

  it.each([
    ['Llama-3.3-70B (ours)', 'llama-3-3-70b-ours'],
    ['../../etc/passwd', 'etc-passwd'],
    ['Größe №1', 'gro-e-no1'],
    ['模型', 'library'],
    ['a'.repeat(99), 'a'.repeat(48)],
  ])('slug(%j)', (name, expected) => {
    expect(slug(name)).toBe(expected);
  });
});
