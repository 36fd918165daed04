/**
 * The limits a library starts with: one row for each quantity people usually limit, at the parent's own value and
 * switched off, but for one that asks for something, so that the first picture is already a child with savings:
 * what the device's memory holds, where a library is computed for a device that does not hold the parent at the same
 * batch; else half as much throughput again as the parent's, or four fifths of its memory or runtime where throughput is
 * unknown.
 */
import { isRecipeId } from '../../engine/protocol/recipe.ts';
import type { LimitSetting } from '../../engine/protocol/workspace.ts';
import { quantityOf } from './columns.ts';
import type { OpenLibrary } from './engine_store.ts';
import { usableMemoryMib } from './hardware_store.ts';
import { niceStep, snap } from './number_text.ts';

const USUAL = ['total_tok_s', 'output_tok_s', 'memory_mib', 'runtime_ms', 'num_params'];

export function startingLimits(library: OpenLibrary): readonly LimitSetting[] {
  const rows = USUAL.flatMap((column) => {
    const range = library.ranges.find((candidate) => candidate.column === column);
    return range === undefined || range.largest <= range.smallest ? [] : [range];
  });
  // Generated tokens follow from all tokens: one of the two is enough to begin with.
  const shown = rows.some((row) => row.column === 'total_tok_s') ? rows.filter((row) => row.column !== 'output_tok_s') : rows;
  const memory = memoryOf(library);
  return shown.map((range, index): LimitSetting => {
    if (memory !== undefined && range.column === 'memory_mib') return { column: 'memory_mib', side: 'max', value: memory, enabled: true };
    const higher = quantityOf(library.view, range.column).better === 'higher';
    const side = higher ? 'min' : 'max';
    if (index > 0 || memory !== undefined) return { column: range.column, side, value: range.parent, enabled: false };
    const wanted = range.parent * (higher ? 1.5 : 0.8);
    // Never nearer than halfway to the extreme, which every library with any choice can reach.
    const extreme = higher ? range.largest : range.smallest;
    const middle = (range.parent + extreme) / 2;
    const value = higher ? Math.min(wanted, middle) : Math.max(wanted, middle);
    return { column: range.column, side, value: snap(value, niceStep(value / 100)), enabled: true };
  });
}

/** What the device of a computed library holds, where that leaves something to do and something to choose from. */
function memoryOf({ view, ranges }: OpenLibrary): number | undefined {
  if (!isRecipeId(view.id)) return undefined;
  const range = ranges.find(({ column }) => column === 'memory_mib');
  const usable = usableMemoryMib(view.header.measurements[0]?.device ?? '');
  return range !== undefined && usable !== undefined && range.smallest < usable && usable < range.parent ? usable : undefined;
}
