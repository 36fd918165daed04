/** Libraries for tests: made from plain numbers, or read from the NVlabs/puzzle demo files. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Column, LibraryHeader, LibraryView, Measurement } from '../protocol/library.ts';
import { parseVariantId, variantId, type Block } from '../protocol/variant.ts';

export interface FixtureChoice {
  readonly layer: number;
  /** Last layer of a block that replaces several; `layer` where absent. */
  readonly lastLayer?: number;
  readonly values: Readonly<Record<string, number>>;
  readonly variant?: string;
}

const provenance = { kind: 'exact', source: 'test' } as const;

/** A block-level column; a cost to keep low unless told otherwise. */
export function fixtureColumn(id: string, rest: Partial<Column> = {}): Column {
  const unit = id.endsWith('_ms') ? 'ms' : '';
  return { id, label: id, unit, level: 'block', role: 'cost', better: 'lower', summable: true, measurement: 'm', provenance, ...rest };
}

export function fixtureView(
  layers: number,
  columns: readonly Column[],
  choices: readonly FixtureChoice[],
  rest: Partial<Pick<LibraryHeader, 'non_block'>> & { readonly measurement?: Partial<Measurement>; readonly id?: string } = {},
): LibraryView {
  const names = [...new Set(choices.map((choice) => choice.variant ?? 'kv8/1024'))];
  const ordered = [...choices].sort((a, b) => a.layer - b.layer);
  return {
    id: rest.id ?? 'fixture',
    header: {
      format: 'puzzle-workbench/library',
      version: 1,
      name: 'fixture',
      parent: { name: 'parent', num_hidden_layers: layers, variants: Array.from({ length: layers }, () => names[0]) },
      provenance,
      measurements: [{ id: 'm', device: 'test', dtypes: {}, tokens_counted: 'total', ...rest.measurement }],
      columns: [...columns],
      non_block: rest.non_block ?? [],
      default_objective: columns[0].id,
      notes: [],
    },
    variants: names.map((id) => ({ id, ...blockOf(id) })),
    first_layer: Int32Array.from(ordered, (choice) => choice.layer),
    last_layer: Int32Array.from(ordered, (choice) => choice.lastLayer ?? choice.layer),
    variant: Int32Array.from(ordered, (choice) => names.indexOf(choice.variant ?? 'kv8/1024')),
    values: columns.map(({ id }) => Float64Array.from(ordered, (choice) => choice.values[id])),
  };
}

function blockOf(id: string): Block {
  const block = parseVariantId(id);
  if (block === undefined) throw new Error(`${id} is no variant id`);
  return block;
}

interface NvlabsEntry {
  readonly stats: Readonly<Record<string, number | null>>;
  readonly metrics: Readonly<Record<string, number>>;
}

/** The demo library of NVlabs/puzzle: Llama-3.3-70B, 80 layers x 16 variants, H100, batch 256, 1200 tokens. */
export function nvlabsView(file: string): LibraryView {
  const library = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, NvlabsEntry>>;
  const info = JSON.parse(readFileSync(path.join(path.dirname(file), 'measurement_info.json'), 'utf8')) as {
    batch_size: number;
    sequence_length: number;
  };
  const choices = Object.entries(library).flatMap(([layer, variants]) =>
    Object.values(variants).map(({ stats, metrics }): FixtureChoice => ({
      layer: Number(layer.replace('layer_', '')),
      variant: variantId({
        attention: stats['num_kv_heads'] ? { kind: 'gqa', kv_heads: stats['num_kv_heads'] } : { kind: 'no_op' },
        ffn: stats['ffn_intermediate_size'] ? { kind: 'swiglu', intermediate_size: stats['ffn_intermediate_size'] } : { kind: 'no_op' },
      }),
      values: {
        kl_div: metrics['kl_div'],
        memory_mib: Number(stats['memory_mib']),
        runtime_ms: Number(stats['runtime_ms']),
        num_params: Number(stats['num_params']),
      },
    })),
  );
  const columns = [
    fixtureColumn('kl_div', { role: 'score' }),
    fixtureColumn('memory_mib'),
    fixtureColumn('runtime_ms'),
    fixtureColumn('num_params'),
  ];
  return fixtureView(Object.keys(library).length, columns, choices, {
    id: 'nvlabs',
    measurement: { batch: info.batch_size, sequence: info.sequence_length },
  });
}
