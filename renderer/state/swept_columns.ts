/** What a frontier runs over and a map spans: what was chosen where the library has it, else what people usually limit. */
import { defaultSweepColumn, sweepableIds } from './columns.ts';
import type { OpenLibrary } from './engine_store.ts';

const USUAL = ['total_tok_s', 'memory_mib', 'num_params', 'output_tok_s', 'runtime_ms'];

/** Columns to choose from; the objective's own would show it against itself. */
export function sweptChoices(library: OpenLibrary, objective: string): readonly string[] {
  return sweepableIds(library).filter((id) => id !== objective);
}

export function sweptColumn(library: OpenLibrary, objective: string, chosen: string | undefined): string | undefined {
  const ids = sweptChoices(library, objective);
  if (chosen !== undefined && ids.includes(chosen)) return chosen;
  const usual = defaultSweepColumn(library);
  return usual !== undefined && ids.includes(usual) ? usual : ids[0];
}

/** Across and up; undefined where there are no two. */
export function contourColumns(library: OpenLibrary, objective: string, chosen: readonly [string, string] | undefined): readonly [string, string] | undefined {
  const ids = sweptChoices(library, objective);
  if (chosen !== undefined && chosen[0] !== chosen[1] && chosen.every((id) => ids.includes(id))) return chosen;
  const first = sweptColumn(library, objective, undefined);
  const second = [...USUAL, ...ids].find((id) => ids.includes(id) && id !== first);
  return first === undefined || second === undefined ? undefined : [first, second];
}
