import { describe, expect, it } from 'vitest';
import { architectureKvBytesPerToken, blockParams } from '../architecture/count.ts';
import { checkLibrary } from './check_library.ts';
import { exportLibrary } from './export.ts';
import { importLibrary } from './import.ts';
import { measuredSample } from './measured_sample.ts';

const library = await measuredSample();
const { shape } = library.parent;
const provenanceOf = (id: string): string | undefined => library.columns.find((column) => column.id === id)?.provenance.kind;

describe('the measured sample', () => {
  it('passes every check of a library and survives its own export', () => {
    checkLibrary(library, 'measured-tiny.json');
    expect(importLibrary([{ path: 'library.json', bytes: exportLibrary(library) }])).toEqual(library);
  });

  it('has at least 8 layers of at least 12 variants', () => {
    expect(library.parent.num_hidden_layers).toBeGreaterThanOrEqual(8);
    for (let layer = 0; layer < library.parent.num_hidden_layers; layer++) {
      expect(library.choices.filter(({ parent_layers: layers }) => layers[0] === layer).length).toBeGreaterThanOrEqual(12);
    }
  });

  it('says what was measured and what was not', () => {
    expect(library.provenance.kind).toBe('measured');
    for (const id of ['kl_div', 'runtime_ms']) expect(provenanceOf(id)).toBe('measured');
    expect(provenanceOf('num_params')).toBe('exact');
    for (const { id } of library.columns.filter((column) => column.id.startsWith('runtime_ms_'))) expect(provenanceOf(id)).toBe('estimated');
  });

  it('has the sizes that follow from its shapes', () => {
    if (shape === undefined) throw new Error('The sample has no shape.');
    for (const choice of library.choices) {
      expect(choice.values['num_params']).toBe(blockParams(shape, choice));
      const kv = architectureKvBytesPerToken({ shape, blocks: [choice] }, Float32Array.BYTES_PER_ELEMENT);
      const [measurement] = library.measurements;
      expect(choice.values['kv_bytes_per_sequence']).toBe(kv * ((measurement.isl ?? 0) + (measurement.osl ?? 0)));
    }
  });

  it('has no score for the parent’s own blocks to lose', () => {
    for (const [layer, variant] of library.parent.variants.entries()) {
      expect(library.choices.find((choice) => choice.parent_layers[0] === layer && choice.variant === variant)?.values['kl_div']).toBe(0);
    }
  });
});
