/** What is known of one point of the frontier. */
import { gapOf } from '../../../engine/protocol/problem.ts';
import { meetsLimits, type FrontierPoint } from '../../state/derived_frontier.ts';
import { BASELINE_NAMES } from '../../state/derived_methods.ts';
import { formatWithUnit } from '../../state/format.ts';
import { ChildRows } from './child_rows.tsx';
import type { FrontierModel } from './frontier_model.ts';
import { gapText } from './gap_text.ts';

export interface CardFacts {
  readonly title: string;
  readonly x: number;
  /** Where the mark is; undefined where that is on the axis: without a child, or worse than the plot shows. */
  readonly y: number | undefined;
  readonly score: number | undefined;
  readonly costs: Readonly<Record<string, number>>;
  readonly choices: readonly number[] | undefined;
  readonly status: string | undefined;
  /** Level of the swept limit, where choosing the point sets it. */
  readonly level: number | undefined;
  readonly note: string | undefined;
}

export function cardOf(model: FrontierModel, id: string): CardFacts | undefined {
  const none = { status: undefined, level: undefined, note: undefined };
  if (id === 'parent' && model.parent !== undefined) {
    const { costs, choices } = model.library.parent;
    return { ...none, title: 'Parent', ...model.parent, score: model.parent.y, costs, choices };
  }
  const pin = model.pins.find((candidate) => `pin-${candidate.id}` === id);
  if (pin !== undefined) return { ...none, title: pin.name, x: pin.x, y: pin.y, score: pin.y, costs: pin.costs, choices: pin.choices };
  const empty = model.infeasible.find((candidate) => candidate.id === id);
  if (empty !== undefined) {
    const note = `Nothing has ${sign(model)} ${formatWithUnit(empty.level, model.over.unit)} while the other limits hold`;
    return { ...none, title: 'No child', x: empty.level, y: undefined, score: undefined, costs: {}, choices: undefined, status: 'infeasible', note };
  }
  const mark = Object.values(model.baselines).flat().find((candidate) => candidate.id === id);
  if (mark !== undefined) {
    const { name, how } = BASELINE_NAMES[mark.method];
    const status = mark.variant ?? (mark.level === undefined ? undefined : `for ${sign(model)} ${formatWithUnit(mark.level, model.over.unit)}`);
    const { costs, choices } = mark.solution;
    return { ...none, title: name, x: mark.x, y: shownHeight(model, mark.y), score: mark.y, costs, choices, status, note: how };
  }
  const point = model.points.find((candidate) => candidate.id === id);
  if (point === undefined) return undefined;
  const { x, y, level, solution } = point;
  const title = point.dominated ? 'Dominated' : 'Frontier';
  return { title, x, y, score: y, costs: solution.costs, choices: solution.choices, status: statusOf(model, point), level, note: boundNote(model, point) };
}

/** `proven optimal`, or within how much. */
export function certaintyOf(point: Pick<FrontierPoint, 'proven' | 'gap'>): string {
  return point.proven ? 'proven optimal' : `within ${gapText(point.gap)} of optimal`;
}

function statusOf(model: FrontierModel, point: FrontierPoint): string {
  return `${certaintyOf(point)}${meetsLimits(point.x, model.limits) ? '' : ', outside the limit'}`;
}

function boundNote({ objective }: FrontierModel, { relaxation, y }: FrontierPoint): string | undefined {
  if (relaxation === undefined) return undefined;
  return `Relaxation bound ${formatWithUnit(relaxation, objective.unit)}, ${gapText(gapOf(y, relaxation))} away`;
}

function shownHeight({ extent, place, objective }: FrontierModel, y: number): number | undefined {
  const [worst] = extent.y;
  return (objective.better === 'lower' ? place(y) > worst : place(y) < worst) ? undefined : y;
}

function sign({ over }: FrontierModel): string {
  return over.better === 'higher' ? '≥' : '≤';
}

export function PointCard({ model, facts }: { readonly model: FrontierModel; readonly facts: CardFacts }) {
  const { title, status, score, costs, choices, level, note } = facts;
  const { library, objective, over } = model;
  return (
    <div className="card" role="status">
      <header>
        <strong>{title}</strong>
        {status !== undefined && <span className="muted">{status}</span>}
      </header>
      {choices !== undefined && <ChildRows library={library} objective={objective} score={score} costs={costs} choices={choices} over={[over.id]} />}
      {(note !== undefined || level !== undefined) && (
        <footer>
          {note !== undefined && <span>{note}</span>}
          {level !== undefined && (
            <span>
              Click or Enter: set the limit {sign(model)} {formatWithUnit(level, over.unit)}
            </span>
          )}
        </footer>
      )}
    </div>
  );
}
