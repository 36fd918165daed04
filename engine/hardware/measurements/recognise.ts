/** Which kind of table a file holds, told by its columns and operation names and not by what it is called. */
import { badInput } from '../../protocol/errors.ts';
import { ATTENTION_TABLE, CUSTOM_ALL_REDUCE_TABLE, GEMM_TABLE, NCCL_TABLE, type TableKind } from './aiconfigurator_tables.ts';
import { SUPPORTED_TABLES } from './measurement_file.ts';
import { OWN_TABLE } from './own_table.ts';
import { textAt, type RawTable } from './raw_table.ts';

const KINDS: readonly TableKind[] = [GEMM_TABLE, ATTENTION_TABLE, CUSTOM_ALL_REDUCE_TABLE, NCCL_TABLE, OWN_TABLE];

/** Every column that some kind reads. */
export const WANTED_COLUMNS: readonly string[] = [...new Set(KINDS.flatMap(({ columns, optional }) => [...columns, ...optional]))];

export type Recognised =
  | { readonly kind: 'known'; readonly table: TableKind }
  /** Some other table: not an error where others beside it are known. */
  | { readonly kind: 'foreign'; readonly error: Error };

/** @throws WorkbenchError `bad_input` for a table that is clearly of a known kind but lacks columns, or has no rows */
export function recognise(table: RawTable): Recognised {
  const { file, columns, rows } = table;
  const ops = new Set<string>();
  for (const index of rows.keys()) {
    const op = textAt(table, index, 'op_name');
    if (op !== undefined) ops.add(op);
  }
  const fitting = KINDS.filter((kind) => ops.size === 0 || kind.ops === undefined || kind.ops.some((op) => ops.has(op)));
  const share = (kind: TableKind): number => kind.columns.filter((name) => columns.includes(name)).length / kind.columns.length;
  const best = fitting.reduce<TableKind | undefined>((most, kind) => (share(kind) > (most === undefined ? 0 : share(most)) ? kind : most), undefined);
  if (best === undefined || share(best) <= 0.5) {
    const found = ops.size > 0 ? `operations ${list([...ops])} with columns ${list(columns)}` : `columns ${list(columns)}`;
    return { kind: 'foreign', error: badInput(file, '', 'a table of kernel timings', found, SUPPORTED_TABLES) };
  }
  const missing = best.columns.filter((name) => !columns.includes(name));
  // Which of the two attentions a row is cannot be told without.
  if (best === ATTENTION_TABLE && !columns.includes('op_name')) missing.push('op_name');
  if (missing.length > 0) {
    throw badInput(file, 'header', `columns ${list(missing)} of ${best.name}`, `only ${list(columns)}`, 'Add or rename the columns, or take the table as it was published.');
  }
  if (rows.length === 0) throw badInput(file, '', `rows of ${best.name}`, 'a table without rows', 'Write the table again.');
  const strange = best.ops === undefined ? undefined : [...ops].find((op) => !best.ops?.includes(op));
  if (strange !== undefined) {
    throw badInput(file, 'column op_name', list(best.ops ?? []), JSON.stringify(strange), 'Split the table by operation.');
  }
  return { kind: 'known', table: best };
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 16).join(', ');
  return names.length > 16 ? `${shown} and ${names.length - 16} more` : shown === '' ? 'none' : shown;
}
