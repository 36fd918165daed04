/** Columns of an imported Puzzletron run, and what each replacement has in them. */
import type { Column, Note } from '../protocol/library.ts';
import { scoreMeaning, statMeaning } from './column_names.ts';
import type { Replacement } from './puzzletron_blocks.ts';
import type { Stat, SubblockStats } from './puzzletron_stats.ts';

/** What further measurements add; sizes do not depend on the measurement, and halves of the first are enough. */
const PER_MEASUREMENT: readonly Stat[] = ['memory_mib', 'runtime_ms', 'prefill_runtime_ms', 'decode_runtime_ms'];

/** The statistics taken over from a measurement, by its position. */
export function statsOf(entry: SubblockStats, index: number): readonly Stat[] {
  return index === 0 ? entry.complete : entry.complete.filter((stat) => PER_MEASUREMENT.includes(stat));
}

/** Plain names belong to the first measurement; those of others end in its id. */
export function columnId(stat: Stat, entry: SubblockStats, index: number): string {
  return index === 0 ? stat : `${stat}_${entry.measurement.id}`.replaceAll(/[^\w.-]/g, '_');
}

/** All columns: scores, then those of each measurement; what had to be left out goes to the notes. */
export function columnsOf(scoreNames: readonly string[], measured: readonly SubblockStats[], folder: string, notes: Note[], file: string): Column[] {
  const columns: Column[] = scoreNames.map((name) => ({
    id: name,
    ...scoreMeaning(name),
    provenance: { kind: 'imported', source: folder === '' ? 'replacement scores' : folder },
  }));
  const provenance = { kind: 'imported', source: file } as const;
  for (const [index, entry] of measured.entries()) {
    const own = statsOf(entry, index);
    if (entry.partial.length > 0) {
      notes.push({ severity: 'warning', text: `Left out of ${entry.measurement.id} because some sub-blocks have no value: ${entry.partial.join(', ')}.`, where: file });
    }
    for (const stat of own) {
      const meaning = statMeaning(stat, own);
      const suffix = index === 0 ? '' : ` (${entry.measurement.id})`;
      columns.push({
        id: columnId(stat, entry, index),
        ...meaning,
        label: meaning.label + suffix,
        ...(stat === 'num_params' || stat === 'active_params' ? {} : { measurement: entry.measurement.id }),
        provenance,
      });
    }
    if (index > 0) continue;
    for (const half of ['attention', 'ffn'] as const) {
      for (const stat of own) {
        if (stat === 'kv_cache_memory_mib') continue;
        const id = `${half}_${stat}`;
        const tied = stat === 'num_params' || stat === 'active_params' ? {} : { measurement: entry.measurement.id };
        columns.push({ id, ...statMeaning(id, own), ...tied, provenance });
      }
    }
    columns.push({ id: 'num_kv_heads', ...statMeaning('num_kv_heads', own), provenance });
    columns.push({ id: 'has_attention', ...statMeaning('has_attention', own), provenance });
  }
  return columns;
}

/** Values of a replacement in all columns but the scores; a block costs the sum of its halves. */
export function costsOf(replacement: Replacement, measured: readonly SubblockStats[]): Record<string, number> {
  const { attention: kind } = replacement.block;
  const values: Record<string, number> = {
    num_kv_heads: kind.kind === 'gqa' ? kind.kv_heads : 0,
    has_attention: kind.kind === 'no_op' ? 0 : 1,
  };
  for (const [index, entry] of measured.entries()) {
    const { attention, ffn } = entry.halves(replacement.block, replacement.layers[0] ?? 0);
    for (const stat of statsOf(entry, index)) {
      const halves = [attention[stat] ?? 0, ffn[stat] ?? 0] as const;
      values[columnId(stat, entry, index)] = halves[0] + halves[1];
      if (index > 0 || stat === 'kv_cache_memory_mib') continue;
      values[`attention_${stat}`] = halves[0];
      values[`ffn_${stat}`] = halves[1];
    }
  }
  return values;
}
