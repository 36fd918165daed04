import { describe, expect, it } from 'vitest';
import { chosenBlock, type Architecture } from '../protocol/variant.ts';
import { architectureParams } from './count.ts';
import { presetArchitecture } from './presets.ts';
import { puzzletronMemoryMib } from './puzzletron_memory.ts';

const teacher = presetArchitecture('llama-3.1-8b')!;
const workload = { batch: 96, prefillTokens: 4096, generatedTokens: 4096, weightBytes: 2, kvBytes: 2 };

function without(layers: readonly number[]): Architecture {
  return {
    ...teacher,
    blocks: teacher.blocks.map(({ ffn }, index) =>
      layers.includes(index) ? chosenBlock([index], { attention: { kind: 'no_op' }, ffn }) : teacher.blocks[index]!,
    ),
  };
}

// What Puzzletron prints for its example on Llama-3.1-8B: batch 96, 4096 + 4096 tokens, BF16.
describe('puzzletronMemoryMib', () => {
  it.each([
    ['teacher', [], 113_620.5078125, 8_030_261_248],
    ['target_memory 96,000', [18, 19, 20, 22, 23, 24], 94_708.4609375, 7_778_578_432],
    ['target_memory 78,000', [17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28], 75_796.4140625, 7_526_895_616],
  ])('%s', (_, layers, mib, params) => {
    const architecture = without(layers);
    expect(puzzletronMemoryMib(architecture, workload).total).toBe(mib);
    expect(architectureParams(architecture)).toBe(params);
  });

  it('has the printed parts of the smallest', () => {
    const parts = puzzletronMemoryMib(without([17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28]), workload);
    expect(parts).toMatchObject({ attention: 63_040.15625, kvCache: 61_440, ffn: 10_752.25 });
    expect(parts.nonBlock).toBe(75_796.4140625 - 63_040.15625 - 10_752.25);
  });

  it('counts 3072 MiB of keys and values for each layer, and those of waiting sequences', () => {
    const { kvCache } = puzzletronMemoryMib(teacher, workload);
    expect(kvCache / teacher.blocks.length).toBe(3072);
    expect(puzzletronMemoryMib(teacher, { ...workload, prefillQueue: 96 }).kvCache).toBe(2 * kvCache);
  });
});
