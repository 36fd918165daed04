/** A two-layer library small enough to check by hand, for tests. */
import type { LibraryView } from '../../engine/protocol/library.ts';
import type { OpenLibrary } from './engine_store.ts';

const provenance = { kind: 'measured', source: 'made up' } as const;

/**
 * Per layer the parent block, one with half the FFN and none at all.
 * Runtimes 10, 6 and 1 ms, memory 100, 60 and 10 MiB, score 0, 1 and 5; 1000 tokens in all.
 */
export function testLibrary(id = 'test', parent = 'Tiny'): OpenLibrary {
  const view: LibraryView = {
    id,
    header: {
      format: 'puzzle-workbench/library',
      version: 1,
      name: `Library ${id}`,
      parent: { name: parent, num_hidden_layers: 2, variants: ['kv8/64', 'kv8/64'] },
      provenance,
      measurements: [{ id: 'm', device: 'h100-sxm', dtypes: {}, batch: 10, isl: 60, osl: 40, tokens_counted: 'total' }],
      columns: [
        { id: 'kl_div', label: 'KL', unit: '', level: 'block', role: 'score', better: 'lower', summable: true, provenance },
        { id: 'runtime_ms', label: 'Runtime', unit: 'ms', level: 'block', role: 'cost', better: 'lower', summable: true, measurement: 'm', provenance },
        { id: 'memory_mib', label: 'Memory', unit: 'MiB', level: 'block', role: 'cost', better: 'lower', summable: true, measurement: 'm', provenance },
      ],
      non_block: [],
      default_objective: 'kl_div',
      notes: [],
    },
    variants: [
      { id: 'kv8/64', attention: { kind: 'gqa', kv_heads: 8 }, ffn: { kind: 'swiglu', intermediate_size: 64 } },
      { id: 'kv8/32', attention: { kind: 'gqa', kv_heads: 8 }, ffn: { kind: 'swiglu', intermediate_size: 32 } },
      { id: 'no_op/no_op', attention: { kind: 'no_op' }, ffn: { kind: 'no_op' } },
    ],
    first_layer: Int32Array.from([0, 0, 0, 1, 1, 1]),
    last_layer: Int32Array.from([0, 0, 0, 1, 1, 1]),
    variant: Int32Array.from([0, 1, 2, 0, 1, 2]),
    values: [
      Float64Array.from([0, 1, 5, 0, 1, 5]),
      Float64Array.from([10, 6, 1, 10, 6, 1]),
      Float64Array.from([100, 60, 10, 100, 60, 10]),
    ],
  };
  return {
    view,
    ranges: [
      { column: 'total_tok_s', smallest: 50_000, largest: 500_000, parent: 50_000 },
      { column: 'runtime_ms', smallest: 2, largest: 20, parent: 20 },
      { column: 'memory_mib', smallest: 20, largest: 200, parent: 200 },
    ],
    parentChoices: [0, 3],
    parent: { objective: 0, costs: { kl_div: 0, runtime_ms: 20, memory_mib: 200, total_tok_s: 50_000 }, choices: [0, 3] },
  };
}

/** The same with choice 3 standing for both layers: `kv8/32` at 9 ms, 90 MiB and score 1.5. */
export function spanLibrary(): OpenLibrary {
  const library = testLibrary('spans');
  const { view } = library;
  return {
    ...library,
    view: {
      ...view,
      first_layer: Int32Array.from([0, 0, 0, 0, 1, 1, 1]),
      last_layer: Int32Array.from([0, 0, 0, 1, 1, 1, 1]),
      variant: Int32Array.from([0, 1, 2, 1, 0, 1, 2]),
      values: [
        Float64Array.from([0, 1, 5, 1.5, 0, 1, 5]),
        Float64Array.from([10, 6, 1, 9, 10, 6, 1]),
        Float64Array.from([100, 60, 10, 90, 100, 60, 10]),
      ],
    },
    parentChoices: [0, 4],
    parent: { ...library.parent, choices: [0, 4] },
  };
}
