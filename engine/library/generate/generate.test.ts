import { describe, expect, it } from 'vitest';
import { sharedData } from '../../../test/support/shared_data.ts';
import { parentModel } from '../../architecture/presets.ts';
import { BUILT_IN } from '../../hardware/calibrations.ts';
import { librarySchema, type LibraryView } from '../../protocol/library.ts';
import { parseRecipeId, recipeId, recipeSchema, type RecipeInput } from '../../protocol/recipe.ts';
import type { ParentModel } from '../../protocol/variant.ts';
import { checkLibrary } from '../check_library.ts';
import { importLibrary } from '../import.ts';
import { readImportFiles } from '../read_files.ts';
import { fromView, toView } from '../view.ts';
import { generateView } from './generate.ts';
import { carriedQuality, priorQuality } from './quality.ts';
import { searchSpace } from './space.ts';

const llama = parentModel('llama-3.1-70b')!;
const base: RecipeInput = { parent: 'llama-3.1-70b', device: 'h100-sxm', isl: 128, osl: 1024 };
const made = (recipe: Partial<RecipeInput> = {}, parent: ParentModel = llama): LibraryView =>
  generateView({ id: 'test', recipe: recipeSchema.parse({ ...base, ...recipe }), parent, hardware: BUILT_IN });
const column = (view: LibraryView, id: string): Float64Array => view.values[view.header.columns.findIndex((candidate) => candidate.id === id)]!;

describe('recipe ids', () => {
  it('say all of the recipe and nothing at its default', () => {
    expect(recipeId(base)).toBe('generated:llama-3.1-70b?device=h100-sxm&isl=128&osl=1024');
    const full: RecipeInput = { ...base, weights: 'fp4', activations: 'bf16', kv: 'int8', tp: 4, kv_head_cliff: false, batches: [256, 3], quality: 'nvlabs-demo-1a2b', calibration: 'mine' };
    expect(parseRecipeId(recipeId(full))).toEqual(recipeSchema.parse(full));
    expect(parseRecipeId(recipeId(base))).toEqual(recipeSchema.parse(base));
  });

  it('name nothing where they are wrong', () => {
    for (const id of ['generated:', 'generated:x?device=h100-sxm', 'generated:x?device=d&isl=1&osl=0', 'generated:x?device=d&isl=1&osl=1&weights=fp7', 'sample:x']) {
      expect(parseRecipeId(id)).toBeUndefined();
    }
  });
});

describe('the search space', () => {
  it("is the paper's for the 70B: the widths of the released models and half as many KV heads each time", () => {
    const { attentions, ffns, blocks } = searchSpace(llama);
    expect(attentions.map((part) => (part.kind === 'gqa' ? part.kv_heads : part.kind))).toEqual([8, 4, 2, 1, 'linear', 'no_op']);
    expect(ffns.map((part) => (part.kind === 'swiglu' ? part.intermediate_size : part.kind))).toEqual([28672, 25088, 21504, 17920, 14336, 7168, 5632, 2816, 'linear', 'no_op']);
    expect(blocks).toHaveLength(60);
  });

  it('begins with the parent and has no block twice, whatever the parent', () => {
    for (const [kvHeads, width] of [[1, 11008], [32, 11008], [2, 4864], [4, 9216], [7, 100], [12, 3072]] as const) {
      const { attentions, ffns } = searchSpace({ num_key_value_heads: kvHeads, intermediate_size: width });
      expect(attentions[0]).toEqual({ kind: 'gqa', kv_heads: kvHeads });
      expect(ffns[0]).toEqual({ kind: 'swiglu', intermediate_size: width });
      expect(new Set(ffns.map((ffn) => JSON.stringify(ffn))).size).toBe(ffns.length);
      expect(new Set(attentions.map((part) => JSON.stringify(part))).size).toBe(attentions.length);
      expect(ffns.every((part) => part.kind !== 'swiglu' || (part.intermediate_size > 0 && part.intermediate_size <= width))).toBe(true);
    }
  });
});

describe('a generated library', () => {
  it('is valid and says of everything but sizes that it is estimated', () => {
    for (const recipe of [{}, { device: 'h200-sxm', tp: 2 }, { device: 'a100-sxm-80', weights: 'bf16', activations: 'bf16', kv: 'bf16' }, { device: 'tpu-v5e', weights: 'int8', activations: 'bf16', kv: 'bf16', tp: 8 }, { device: 'b200', weights: 'fp4' }] as const) {
      const library = fromView(made(recipe));
      checkLibrary(librarySchema.parse(library), 'generated');
      expect(new Set(library.columns.map(({ provenance }) => provenance.kind))).toEqual(new Set(['estimated', 'exact']));
      expect(library.provenance.kind).toBe('estimated');
      expect(library.measurements.every(({ device }) => device === recipe.device || recipe.device === undefined)).toBe(true);
    }
  });

  it('survives its own export, and its view is the one it was made as', () => {
    const view = made();
    expect(toView('test', fromView(view))).toEqual(view);
  });

  it('takes less memory per device and fewer milliseconds with more devices', () => {
    const [one, four] = [made({ batches: [64] }), made({ batches: [64], tp: 4 })];
    for (const id of ['memory_mib', 'runtime_ms', 'weights_bytes', 'kv_bytes_per_sequence']) expect(column(four, id)[0]!).toBeLessThan(column(one, id)[0]!);
    expect(column(four, 'num_params')).toEqual(column(one, 'num_params'));
    // Eight KV heads on four devices are two each; one is repeated on every one.
    expect(column(four, 'kv_bytes_per_sequence')[0]!).toBe(column(one, 'kv_bytes_per_sequence')[0]! / 4);
    const single = made().variants.findIndex(({ id }) => id === 'kv1/28672');
    expect(column(four, 'kv_bytes_per_sequence')[single]!).toBe(column(one, 'kv_bytes_per_sequence')[single]!);
  });

  it('has the KV-head cliff where the calibration has it, and not where it is switched off', () => {
    const runtime = (view: LibraryView, id: string): number => column(view, 'attention_runtime_ms')[view.variants.findIndex((variant) => variant.id === id)]!;
    const [steep, level] = [made(), made({ kv_head_cliff: false })];
    expect(runtime(steep, 'kv1/28672')).toBeGreaterThan(2 * runtime(steep, 'kv8/28672'));
    expect(runtime(level, 'kv1/28672')).toBeLessThan(runtime(level, 'kv2/28672'));
    expect(steep.header.notes.some(({ text }) => text.startsWith('KV-head cliff'))).toBe(true);
    expect(level.header.notes.some(({ text }) => text.startsWith('KV-head cliff'))).toBe(false);
  });

  it('names what it does not know', () => {
    expect(() => made({ device: 'h900' })).toThrow('There is no device "h900".');
    expect(() => made({ calibration: 'nobody' })).toThrow('There is no calibration "nobody".');
    expect(() => made({ device: 'tpu-v4', weights: 'fp32', activations: 'fp32' })).toThrow('no peak for fp32');
  });
});

describe('quality', () => {
  it('is 0 for the parent and grows with what is given up, for a parent of any depth', () => {
    const shallow = parentModel('llama-3.1-8b')!;
    const space = searchSpace(shallow);
    const { attention, ffn } = priorQuality(shallow, space);
    expect(attention).toHaveLength(32);
    for (const layer of [...attention, ...ffn]) {
      expect(layer[0]).toBe(0);
      for (let part = 1; part < layer.length; part++) expect(layer[part]!).toBeGreaterThan(layer[part - 1]!);
    }
  });

  it('carried over to the same parent gives back the scores of one changed half', () => {
    const view = made();
    const space = searchSpace(llama);
    const prior = priorQuality(llama, space);
    const carried = carriedQuality(llama, space, view)!;
    for (const layer of [0, 40, 79]) {
      for (const [a] of space.attentions.entries()) expect(carried.attention[layer]![a]!).toBeCloseTo(prior.attention[layer]![a]!, 12);
      for (const [f] of space.ffns.entries()) expect(carried.ffn[layer]![f]!).toBeCloseTo(prior.ffn[layer]![f]!, 12);
    }
  });

  const folder = sharedData('nvlabs-puzzle');
  it.skipIf(folder === undefined)("the prior ranks blocks much as NVlabs' measured KL does, from which it never saw a number", async () => {
    const measured = toView('nvlabs', importLibrary(await readImportFiles(folder!)));
    const view = made();
    const at = new Map(Array.from(view.variant, (variant, choice) => [`${view.first_layer[choice]} ${view.variants[variant]!.id}`, choice]));
    const pairs = Array.from(measured.variant, (variant, choice) => [column(measured, 'kl_div')[choice]!, column(view, 'kl_div')[at.get(`${measured.first_layer[choice]} ${measured.variants[variant]!.id}`)!]!] as const);
    const correlation = spearman(pairs.filter(([, prior]) => prior > 0));
    console.log(`rank correlation of the prior with NVlabs' KL over ${pairs.length} blocks: ${correlation.toFixed(3)}`);
    expect(pairs.every(([, prior]) => prior !== undefined)).toBe(true);
    expect(correlation).toBeGreaterThan(0.5);
  });
});

function spearman(pairs: readonly (readonly [number, number])[]): number {
  const ranks = (side: 0 | 1): number[] => {
    const order = pairs.map((_, index) => index).sort((a, b) => pairs[a]![side] - pairs[b]![side]);
    const rank: number[] = [];
    for (const [position, index] of order.entries()) rank[index] = position;
    return rank;
  };
  const [x, y] = [ranks(0), ranks(1)];
  const n = pairs.length;
  return 1 - (6 * x.reduce((sum, rank, index) => sum + (rank - y[index]!) ** 2, 0)) / (n * (n * n - 1));
}
