/**
 * The traffic that the sample library has runtimes for. The first scenario is the one its plain columns belong to;
 * further batches and lengths add block runtimes only, in columns named like those of a Puzzletron run with several
 * measurements, so that workloads and batches have something to choose from.
 */
import type { Column, LibraryHeader, Measurement, Provenance } from '../protocol/library.ts';
import type { Block, ModelShape } from '../protocol/variant.ts';
import { statMeaning } from './column_names.ts';
import { attentionMs, ffnMs, nonBlockMs, type PhaseMs, type Workload } from './sample_roofline.ts';

export interface Scenario extends Workload {
  /** Id of its measurement. */
  readonly id: string;
}

/** Puzzle's text-generation scenario, with the batch that its 51B was served with on one H100. */
export const PRIMARY: Scenario = { id: 'h100-sxm-fp8-b256', batch: 256, isl: 128, osl: 1024 };

/** The same traffic in smaller batches, and Puzzle's retrieval scenario: long prompts, short answers. */
export const FURTHER: readonly Scenario[] = [
  ...[128, 64, 16].map((batch) => named({ batch, isl: 128, osl: 1024 })),
  ...[64, 16].map((batch) => named({ batch, isl: 2048, osl: 128 })),
];

const STATS = ['runtime_ms', 'prefill_runtime_ms', 'decode_runtime_ms'] as const;

/** Runtimes by column id. */
type Runtimes = Readonly<Record<string, number>>;

export function measurementOf({ id, batch, isl, osl }: Scenario): Measurement {
  return {
    id,
    device: 'h100-sxm',
    dtypes: { weights: 'fp8', activations: 'fp8', kv: 'fp8' },
    tp: 1,
    batch,
    isl,
    osl,
    tokens_counted: 'total',
  };
}

/** Columns of the further scenarios. */
export function furtherColumns(provenance: Provenance): Column[] {
  return FURTHER.flatMap(({ id, batch, isl, osl }) =>
    STATS.map((stat): Column => {
      const meaning = statMeaning(stat, []);
      const label = `${meaning.label} (${isl}/${osl} tokens, batch ${batch})`;
      return { id: `${stat}_${id}`, ...meaning, label, measurement: id, provenance };
    }),
  );
}

/** A block's values in `furtherColumns`. */
export function furtherValues(shape: ModelShape, block: Block): Runtimes {
  return Object.assign(
    {},
    ...FURTHER.map((scenario) => {
      const attention = attentionMs(shape, block.attention, scenario);
      const ffn = ffnMs(shape, block.ffn, scenario);
      return runtimes(scenario, { prefill: attention.prefill + ffn.prefill, decode: attention.decode + ffn.decode });
    }),
  );
}

/** Runtimes outside the blocks, per further scenario. */
export function furtherNonBlock(shape: ModelShape): LibraryHeader['non_block'] {
  return FURTHER.map((scenario) => ({ measurement: scenario.id, values: runtimes(scenario, nonBlockMs(shape, scenario)) }));
}

function runtimes({ id }: Scenario, { prefill, decode }: PhaseMs): Record<string, number> {
  return { [`runtime_ms_${id}`]: prefill + decode, [`prefill_runtime_ms_${id}`]: prefill, [`decode_runtime_ms_${id}`]: decode };
}

function named(workload: Workload): Scenario {
  return { id: `b${workload.batch}_${workload.isl}_${workload.osl}_fp8`, ...workload };
}
