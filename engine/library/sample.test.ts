import { describe, expect, it } from 'vitest';
import { referenceArchitecture } from '../architecture/presets.ts';
import { librarySchema } from '../protocol/library.ts';
import type { Choice } from '../protocol/library.ts';
import { variantId } from '../protocol/variant.ts';
import { checkLibrary } from './check_library.ts';
import { exportLibrary } from './export.ts';
import { importLibrary } from './import.ts';
import { sampleLibrary } from './sample.ts';
import { priorKlDiv } from './sample_prior.ts';
import { attentionMs, ffnMs } from './sample_roofline.ts';

const library = sampleLibrary();
const outside = library.non_block[0]!.values;
const byKey = new Map(library.choices.map((choice) => [`${choice.parent_layers[0]} ${choice.variant}`, choice]));
const pick = (variants: readonly string[]): Choice[] => variants.map((variant, layer) => byKey.get(`${layer} ${variant}`)!);
const total = (choices: readonly Choice[], column: string): number => choices.reduce((sum, { values }) => sum + values[column]!, outside[column] ?? 0);
const reference = (id: string): Choice[] => pick(referenceArchitecture(id)!.blocks.map(({ variant }) => variant));
const parent = pick(library.parent.variants);

describe('the sample library', () => {
  it('is valid, the same every time, and survives its own export', () => {
    expect(library.choices).toHaveLength(80 * 60);
    checkLibrary(librarySchema.parse(library), 'sample');
    expect(sampleLibrary()).toEqual(library);
    expect(importLibrary([{ path: 'sample.json', bytes: exportLibrary(library) }])).toEqual(library);
  });

  it('says of every column whether it is exact or estimated, and how it came about', () => {
    const plain = library.columns.filter(({ measurement }) => measurement === undefined || measurement === library.measurements[0]!.id);
    const kinds = Object.fromEntries(plain.map(({ id, provenance }) => [id, provenance.kind]));
    expect(kinds).toEqual({
      kl_div: 'estimated',
      memory_mib: 'exact',
      runtime_ms: 'estimated',
      num_params: 'exact',
      attention_memory_mib: 'exact',
      attention_runtime_ms: 'estimated',
      attention_num_params: 'exact',
      ffn_memory_mib: 'exact',
      ffn_runtime_ms: 'estimated',
      ffn_num_params: 'exact',
      prefill_runtime_ms: 'estimated',
      decode_runtime_ms: 'estimated',
      weights_bytes: 'exact',
      kv_bytes_per_sequence: 'exact',
    });
    expect(library.columns.every(({ provenance }) => provenance.source.length > 20)).toBe(true);
    expect(library.columns.filter((column) => !plain.includes(column)).every(({ provenance }) => provenance.kind === 'estimated')).toBe(true);
  });

  it('has runtimes for smaller batches and for long prompts, in columns named after their measurement', () => {
    expect(library.measurements.map(({ id, batch, isl, osl }) => [id, batch, isl, osl])).toEqual([
      ['h100-sxm-fp8-b256', 256, 128, 1024],
      ['b128_128_1024_fp8', 128, 128, 1024],
      ['b64_128_1024_fp8', 64, 128, 1024],
      ['b16_128_1024_fp8', 16, 128, 1024],
      ['b64_2048_128_fp8', 64, 2048, 128],
      ['b16_2048_128_fp8', 16, 2048, 128],
    ]);
    const { shape } = library.parent;
    for (const { id, batch, isl, osl } of library.measurements.slice(1)) {
      const workload = { batch: batch!, isl: isl!, osl: osl! };
      for (const { attention, ffn, values } of library.choices.slice(0, 60)) {
        const [a, f] = [attentionMs(shape!, attention, workload), ffnMs(shape!, ffn, workload)];
        expect(values[`prefill_runtime_ms_${id}`]).toBe(a.prefill + f.prefill);
        expect(values[`decode_runtime_ms_${id}`]).toBe(a.decode + f.decode);
        expect(values[`runtime_ms_${id}`]).toBe(values[`prefill_runtime_ms_${id}`]! + values[`decode_runtime_ms_${id}`]!);
      }
      expect(library.non_block.find(({ measurement }) => measurement === id)!.values[`runtime_ms_${id}`]).toBeGreaterThan(0);
    }
  });

  // Each step of decoding reads the weights once for the whole batch, so larger batches generate more per second.
  it('gains throughput and loses latency with the batch', () => {
    const runtimes = ['runtime_ms_b16_128_1024_fp8', 'runtime_ms_b64_128_1024_fp8', 'runtime_ms_b128_128_1024_fp8', 'runtime_ms'];
    const totals = runtimes.map((column) => parent.reduce((sum, { values }) => sum + values[column]!, 0));
    for (const [index, batch] of [16, 64, 128].entries()) {
      const next = [64, 128, 256][index]!;
      expect(totals[index + 1]!).toBeGreaterThan(totals[index]!);
      expect(next / totals[index + 1]!).toBeGreaterThan(batch / totals[index]!);
    }
  });

  it('expresses the released children, with their published sizes', () => {
    expect(total(parent, 'num_params')).toBe(70_553_706_496);
    expect(total(reference('nemotron-51b'), 'num_params')).toBe(51_501_015_040);
    expect(total(reference('nemotron-super-49b'), 'num_params')).toBe(49_867_145_216);
    // 94,976 and 100,352 bytes per token in FP8; a sequence has 128 + 1024 tokens.
    expect(total(reference('nemotron-51b'), 'kv_bytes_per_sequence')).toBe(94_976 * 1152);
    expect(total(reference('nemotron-super-49b'), 'kv_bytes_per_sequence')).toBe(100_352 * 1152);
  });

  it('fits the 51B but not its parent on one 80 GB device at batch 256, as published', () => {
    expect(total(reference('nemotron-51b'), 'memory_mib') * 2 ** 20).toBe(51_501_015_040 + 256 * 1152 * 94_976);
    expect(total(reference('nemotron-51b'), 'memory_mib') * 2 ** 20).toBeLessThan(80e9);
    expect(total(parent, 'memory_mib') * 2 ** 20).toBeGreaterThan(80e9);
  });

  it('has halves and phases that add up to the block', () => {
    for (const { values } of library.choices.slice(0, 60)) {
      for (const column of ['memory_mib', 'runtime_ms', 'num_params']) {
        expect(values[`attention_${column}`]! + values[`ffn_${column}`]!).toBeCloseTo(values[column]!, 8);
      }
      expect(values['prefill_runtime_ms']! + values['decode_runtime_ms']!).toBe(values['runtime_ms']);
    }
  });

  it('never makes a smaller block slower, larger or better', () => {
    const attentions = ['kv8', 'kv4', 'kv2', 'kv1', 'linear', 'no_op'];
    const ffns = ['28672', '25088', '21504', '17920', '14336', '7168', '5632', '2816', 'linear', 'no_op'];
    for (let layer = 0; layer < 80; layer++) {
      for (const [a, attention] of attentions.entries()) {
        for (const [f, ffn] of ffns.entries()) {
          const { values } = byKey.get(`${layer} ${attention}/${ffn}`)!;
          const smaller = [attentions[a + 1] && `${attentions[a + 1]}/${ffn}`, ffns[f + 1] && `${attention}/${ffns[f + 1]}`];
          for (const variant of smaller.filter((id) => id !== undefined)) {
            const other = byKey.get(`${layer} ${variant}`)!.values;
            expect(other['kl_div']!).toBeGreaterThan(values['kl_div']!);
            for (const cost of ['runtime_ms', 'memory_mib', 'num_params']) expect(other[cost]!).toBeLessThan(values[cost]!);
          }
        }
      }
    }
  });
});

describe('the roofline', () => {
  const { shape } = library.parent;

  it('is bound by operations in prefill and by weights in a decode step of few sequences', () => {
    const workload = { batch: 1, isl: 8192, osl: 1 };
    const { prefill, decode } = ffnMs(shape!, { kind: 'swiglu', intermediate_size: 28672 }, workload);
    // 2 * 3 * 8192 * 28672 operations per token at 1978.9 TFLOP/s; 3 * 8192 * 28672 bytes at 3350 GB/s.
    expect(prefill).toBeGreaterThan(5.8337);
    expect(prefill).toBeLessThan(5.8337 * 1.05);
    expect(decode).toBeGreaterThan(0.21034);
    expect(decode).toBeLessThan(0.21034 * 1.01);
  });

  it('reads the cache of all earlier tokens in every decode step', () => {
    const workload = { batch: 64, isl: 4096, osl: 2 };
    const full = attentionMs(shape!, { kind: 'gqa', kv_heads: 8 }, workload).decode;
    const half = attentionMs(shape!, { kind: 'gqa', kv_heads: 4 }, workload).decode;
    // Caches of 4097 and 4098 tokens, 64 sequences, 4 heads of 2 * 128 bytes less; and narrower projections.
    const cache = (1000 * 64 * (4097 + 4098) * 4 * 256) / 3350e9;
    expect(full - half).toBeGreaterThan(cache);
    expect(full - half).toBeLessThan(cache * 1.05);
  });
});

describe('the prior', () => {
  it("is 0 for the parent, and 0.19 for the 51B, the published KL before global distillation", () => {
    expect(total(parent, 'kl_div')).toBe(0);
    expect(total(reference('nemotron-51b'), 'kl_div')).toBeCloseTo(0.19, 4);
  });

  it('holds FFN removal for dearer than attention removal, and the first layer for dearest', () => {
    const loss = (layer: number, variant: string): number => byKey.get(`${layer} ${variant}`)!.values['kl_div']!;
    for (let layer = 0; layer < 80; layer++) {
      expect(loss(layer, 'kv8/no_op')).toBeGreaterThan(4 * loss(layer, 'no_op/28672'));
      if (layer > 0) expect(loss(0, 'no_op/no_op')).toBeGreaterThan(loss(layer, 'no_op/no_op'));
    }
    const parentBlock = { kvHeads: 8, width: 28672 };
    expect(priorKlDiv(30, { attention: { kind: 'gqa', kv_heads: 8 }, ffn: { kind: 'swiglu', intermediate_size: 28672 } }, parentBlock)).toBe(0);
  });

  // Puzzle, figures 6 and 8: late attention goes first, the middle stays, FFNs are narrowed and never dropped.
  it("leads a search for the 51B's speed to a child like the published ones", () => {
    const child = cheapestAt(total(reference('nemotron-51b'), 'runtime_ms') - outside['runtime_ms']!);
    const withoutAttention = child.filter(({ attention }) => attention.kind !== 'gqa').map(({ parent_layers: [layer] }) => layer!);
    expect(withoutAttention.length).toBeGreaterThan(15);
    expect(withoutAttention.length).toBeLessThan(35);
    expect(withoutAttention.filter((layer) => layer >= 43 && layer <= 70).length / withoutAttention.length).toBeGreaterThan(0.8);
    const middle = child.slice(18, 38);
    expect(middle.every(({ attention }) => variantId({ attention, ffn: { kind: 'no_op' } }) === 'kv8/no_op')).toBe(true);
    expect(child.every(({ ffn }) => ffn.kind === 'swiglu')).toBe(true);
    expect(total(child, 'kl_div')).toBeLessThan(total(reference('nemotron-51b'), 'kl_div'));
  });

  /** Best choices at the lowest price per millisecond that brings the blocks under a runtime. */
  function cheapestAt(runtimeMs: number): Choice[] {
    const at = (price: number): Choice[] =>
      Array.from({ length: 80 }, (_, layer) =>
        library.choices
          .slice(layer * 60, layer * 60 + 60)
          .reduce((best, choice) => (priced(choice, price) < priced(best, price) ? choice : best)),
      );
    const priced = ({ values }: Choice, price: number): number => values['kl_div']! + price * values['runtime_ms']!;
    let [low, high] = [0, 1];
    for (let step = 0; step < 60; step++) {
      const price = (low + high) / 2;
      if (at(price).reduce((sum, { values }) => sum + values['runtime_ms']!, 0) > runtimeMs) low = price;
      else high = price;
    }
    return at(high);
  }
});
