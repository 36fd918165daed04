import { describe, expect, it } from 'vitest';
import { parentArchitecture, parentModel, referenceArchitecture } from '../architecture/presets.ts';
import { librarySchema } from '../protocol/library.ts';
import type { Choice } from '../protocol/library.ts';
import { variantId } from '../protocol/variant.ts';
import { checkLibrary } from './check_library.ts';
import { exportLibrary } from './export.ts';
import { importLibrary } from './import.ts';
import { sampleLibrary } from './sample.ts';
import { costReport } from '../cost/report.ts';
import { deploymentSchema } from '../protocol/cost.ts';
import { attentionLoss, ffnLoss } from './generate/prior.ts';

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
    for (const { id } of library.measurements.slice(1)) {
      expect(library.choices.slice(0, 59).every(({ values }) => values[`runtime_ms_${id}`]! > 0 && values[`prefill_runtime_ms_${id}`]! > 0)).toBe(true);
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

  it('has halves that add up to the block', () => {
    for (const { values } of library.choices.slice(0, 60)) {
      for (const column of ['memory_mib', 'runtime_ms', 'num_params']) {
        expect(values[`attention_${column}`]! + values[`ffn_${column}`]!).toBeCloseTo(values[column]!, 8);
      }
    }
  });

  it('never makes a smaller block slower, larger or better, but for one KV head', () => {
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
            for (const cost of ['memory_mib', 'num_params']) expect(other[cost]!).toBeLessThan(values[cost]!);
            // The KV-head cliff: 64 query heads on one KV head leave the kernel that reuses the cache.
            if (variant.startsWith('kv1/') && attention === 'kv2') expect(other['runtime_ms']!).toBeGreaterThan(2 * values['runtime_ms']! - values['ffn_runtime_ms']!);
            else expect(other['runtime_ms']!).toBeLessThan(values['runtime_ms']!);
          }
        }
      }
    }
  });
});

describe('its runtimes', () => {
  it('are those of the cost model, for the parent and the 51B', () => {
    const deployment = deploymentSchema.parse({ device: 'h100-sxm' });
    for (const [choices, architecture] of [[parent, parentArchitecture(parentModel('llama-3.1-70b')!)], [reference('nemotron-51b'), referenceArchitecture('nemotron-51b')!]] as const) {
      const report = costReport(architecture, deployment, { isl: 128, osl: 1024, batch: 256 });
      expect((256 * 1024 * 1000) / total(choices, 'runtime_ms') / report.output_tok_s).toBeCloseTo(1, 12);
      expect(total(choices, 'prefill_runtime_ms') / report.ttft_ms).toBeCloseTo(1, 12);
    }
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
    expect(attentionLoss({ kind: 'gqa', kv_heads: 8 }, 8) + ffnLoss({ kind: 'swiglu', intermediate_size: 28672 }, 28672)).toBe(0);
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
