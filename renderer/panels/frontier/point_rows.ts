/** The levels of the frontier as rows of a table, those without a child included. */
import { gapOf } from '../../../engine/protocol/problem.ts';
import type { FrontierModel } from './frontier_model.ts';
import { gapText } from './gap_text.ts';

export interface PointRow {
  readonly id: string;
  readonly level: number;
  readonly x: number | undefined;
  readonly y: number | undefined;
  readonly certainty: string;
  /** `repeated`: the child of another level over again. */
  readonly place: 'yes' | 'repeated' | 'dominated' | 'none';
  /** Distance to what no child can better, as a share of the objective. */
  readonly aboveRelaxation: number | undefined;
  /** Meets the swept limit; undefined without a child. */
  readonly within: boolean | undefined;
}

export function tableRows({ points, dominated, infeasible, within }: FrontierModel): readonly PointRow[] {
  const rows: PointRow[] = points.map((point) => ({
    id: point.id,
    level: point.level,
    x: point.x,
    y: point.y,
    certainty: point.proven ? 'proven' : `within ${gapText(point.gap)}`,
    place: !point.dominated ? 'yes' : dominated.includes(point) ? 'dominated' : 'repeated',
    aboveRelaxation: point.relaxation === undefined ? undefined : gapOf(point.y, point.relaxation),
    within: within.has(point.id),
  }));
  const empty: PointRow[] = infeasible.map(({ id, level }) => ({
    id,
    level,
    x: undefined,
    y: undefined,
    certainty: 'proven infeasible',
    place: 'none',
    aboveRelaxation: undefined,
    within: undefined,
  }));
  return [...rows, ...empty].sort((a, b) => a.level - b.level);
}
