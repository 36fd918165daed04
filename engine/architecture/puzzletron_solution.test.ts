import { describe, expect, it } from 'vitest';
import { chosenBlock, type Architecture } from '../protocol/variant.ts';
import { parentModel, referenceArchitecture } from './presets.ts';
import { fromPuzzletronSolutions, toPuzzletronSolutions } from './puzzletron_solution.ts';

const objective = { column: 'kl_div', value: 6.861455 };
const costs = { memory_mib: 79994.6, runtime_ms: 46980.2 };
const problem = { limits: [{ column: 'memory_mib', max: 80000 }] };

function written(...architectures: Architecture[]): Record<string, unknown>[] {
  const solutions = architectures.map((architecture) => ({ architecture, objective, costs, problem }));
  return JSON.parse(JSON.stringify(toPuzzletronSolutions(solutions, { tool: 'Puzzle Workbench' })));
}

describe('toPuzzletronSolutions', () => {
  it("writes an entry with Puzzletron's keys and configurations", () => {
    const [entry] = written(referenceArchitecture('nemotron-super-49b')!);
    expect(entry).toMatchObject({ total_value: { kl_div: 6.861455 }, total_costs: costs, puzzle_args: problem });
    const replacements = entry!['chosen_replacements'] as unknown[];
    expect(replacements).toHaveLength(80);
    expect(replacements[6]).toEqual({
      parent_layer_indices: [6],
      child_block_configs: [
        {
          attention: { no_op: true, replace_with_linear: false, sparsify: null, weights_precision: 'bf16', num_key_value_heads: null, llama4: null, mamba: null },
          ffn: { no_op: false, replace_with_linear: false, sparsify: null, weights_precision: 'bf16', moe: null, intermediate_size: 14336 },
          parallel_blocks: null,
        },
      ],
      weight_paths: [],
    });
    expect(entry!['chosen_block_configs']).toHaveLength(80);
    expect((entry!['solution_repr'] as string).split('\n')[6]).toBe('block_6: no_op/14336');
  });

  // Its BlockConfig asserts that everything but a no-op has KV heads and a width.
  it('leaves no number out that its reader insists on', () => {
    const [entry] = written(referenceArchitecture('nemotron-51b')!);
    const configs = entry!['chosen_block_configs'] as { attention: { no_op: boolean; num_key_value_heads: unknown } }[];
    for (const { attention } of configs) expect(attention.num_key_value_heads === null).toBe(attention.no_op);
  });
});

describe('fromPuzzletronSolutions', () => {
  it('reads back what was written, several at once', () => {
    const children = [referenceArchitecture('nemotron-51b')!, referenceArchitecture('nemotron-super-49b')!];
    expect(fromPuzzletronSolutions('solutions.json', written(...children))).toEqual(children);
  });

  it('keeps spans of parent layers', () => {
    const { shape } = parentModel('llama-3.1-8b')!;
    const block = { attention: { kind: 'gqa', kv_heads: 8 }, ffn: { kind: 'no_op' } } as const;
    const blocks = [chosenBlock([0, 1], block), chosenBlock([2], block)];
    const architecture: Architecture = { id: 's', name: 's', external: false, shape, blocks, source: 'test' };
    expect(fromPuzzletronSolutions('solutions.json', written(architecture))).toEqual([architecture]);
  });

  it("needs the parent for Puzzletron's own files, which do not name it", () => {
    const [{ _puzzle_workbench: _, ...entry }] = written(referenceArchitecture('nemotron-super-49b')!) as [Record<string, unknown>];
    expect(() => fromPuzzletronSolutions('solutions.json', [entry])).toThrow(/the dimensions of the parent, found nothing/);
    const { shape, id } = parentModel('llama-3.3-70b')!;
    const [read] = fromPuzzletronSolutions('solutions.json', [entry], { shape, id });
    expect(read).toMatchObject({ name: 'solutions.json', parent: id, blocks: referenceArchitecture('nemotron-super-49b')!.blocks });
  });

  it.each([
    [[], /expected at least one solution/],
    [{ chosen_replacements: [] }, /chosen_replacements: expected at least one replacement/],
    [{ chosen_replacements: [{ parent_layer_indices: [1] }] }, /child_block_configs: expected a list/],
    [
      { chosen_replacements: [{ parent_layer_indices: [1], child_block_configs: [{ attention: { no_op: true }, ffn: { no_op: true } }] }] },
      /chosen_replacements\[0\]\.parent_layer_indices: expected layer 0 next/,
    ],
  ])('%#: a failure names the place', (json, message) => {
    expect(() => fromPuzzletronSolutions('solutions.json', json, parentModel('llama-3.1-8b')!)).toThrow(message);
  });
});
