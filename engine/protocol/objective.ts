/**
 * Objectives as text: one score column, or a weighted sum of several such as `kl_div + 0.5*lm_loss`. Weights say how
 * much a column counts and are above 0; the direction of each column is its own `better`.
 */
import { WorkbenchError } from './errors.ts';

export interface ObjectiveTerm {
  readonly column: string;
  readonly weight: number;
}

const TERM = /^(?:(\d+(?:\.\d*)?|\.\d+)\s*\*\s*)?([A-Za-z_][\w.-]*)$/;

/** @throws WorkbenchError `bad_input` naming the term that cannot be read. */
export function parseObjective(text: string): readonly ObjectiveTerm[] {
  return text.split('+').map((part) => {
    const [, weight, column] = TERM.exec(part.trim()) ?? [];
    if (column === undefined || Number(weight ?? 1) <= 0) {
      throw new WorkbenchError('bad_input', `"${part.trim()}" in the objective "${text}" is no column with a weight.`, {
        hint: 'Write column, or weight*column + weight*column with weights above 0, for example kl_div + 0.5*lm_loss.',
      });
    }
    return { column, weight: Number(weight ?? 1) };
  });
}

/** The text that `parseObjective` reads. */
export function objectiveText(terms: readonly ObjectiveTerm[]): string {
  return terms.map(({ column, weight }) => (weight === 1 ? column : `${weight}*${column}`)).join(' + ');
}
