/**
 * Everything the frontier shows, gathered from the stores; the figure, the cards and the table read this. It is made
 * for limits at rest: what moves with a slider is drawn as marks upon it.
 */
import { BASELINES, type Baseline } from '../../../engine/protocol/problem.ts';
import type { LimitSetting, Pin } from '../../../engine/protocol/workspace.ts';
import { PIN_SYMBOLS } from '../../theme/theme.ts';
import { quantityOf, type Quantity } from '../../state/columns.ts';
import { evaluationKey, type Evaluation } from '../../state/derived_evaluations.ts';
import { firstUnreachableLevel, frontierPoints, infeasibleLevels, meetsLimits, placeOfPin, type FrontierPoint } from '../../state/derived_frontier.ts';
import { baselineMarks, type BaselineMark } from '../../state/derived_methods.ts';
import { objectiveScale } from '../../state/derived_objective.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import type { SweepState } from '../../state/solve_store.ts';
import { sweptColumn } from '../../state/swept_columns.ts';
import { frontierAxes, type FrontierAxes } from './frontier_axes.ts';
import type { Fit, Series } from './frontier_view.ts';

export interface PlotPin {
  readonly id: string;
  readonly name: string;
  /** Position among the pins: decides colour and marker. */
  readonly index: number;
  readonly symbol: string;
  readonly x: number;
  readonly y: number;
  readonly choices: readonly number[];
  readonly costs: Readonly<Record<string, number>>;
}

export interface FrontierModel extends FrontierAxes {
  readonly library: OpenLibrary;
  readonly over: Quantity;
  readonly objective: Quantity;
  /** What may be shown: all children found, or those within the limits. */
  readonly points: readonly FrontierPoint[];
  /** Those of them that no other one equals or beats. */
  readonly line: readonly FrontierPoint[];
  /** The others, but for those that are a child of the line over again. */
  readonly dominated: readonly FrontierPoint[];
  /** Levels without a child; none where only what is feasible is shown. */
  readonly infeasible: readonly { readonly id: string; readonly level: number }[];
  readonly hidden: number;
  readonly within: ReadonlySet<string>;
  /** Limits on the swept quantity, at rest. */
  readonly limits: readonly LimitSetting[];
  /** What no child can better, by level. */
  readonly relaxation: readonly { readonly level: number; readonly value: number }[];
  readonly baselines: Readonly<Record<Baseline, readonly BaselineMark[]>>;
  /** Switched off in the legend. */
  readonly off: ReadonlySet<Series>;
  readonly parent: { readonly x: number; readonly y: number } | undefined;
  readonly pins: readonly PlotPin[];
  readonly elsewhere: readonly { readonly id: string; readonly name: string; readonly reason: string }[];
  /** Beyond this nothing exists; undefined while the sweep has not shown it. */
  readonly end: number | undefined;
}

export interface FrontierLook {
  readonly sweepColumn: string | undefined;
  readonly feasibleOnly: boolean;
  readonly logarithmic: boolean | undefined;
  readonly fit: Fit;
  readonly off: ReadonlySet<Series>;
}

/** What of the document it shows. */
export interface FrontierSubject {
  readonly objective: string;
  readonly limits: readonly LimitSetting[];
  readonly pins: readonly Pin[];
}

export function frontierModel(
  library: OpenLibrary,
  document: FrontierSubject,
  sweep: Pick<SweepState, 'over' | 'points' | 'baselines' | 'frontier' | 'complete'>,
  look: FrontierLook,
  evaluations: Readonly<Record<string, Evaluation>>,
): FrontierModel | undefined {
  const overId = sweptColumn(library, document.objective, look.sweepColumn);
  if (overId === undefined) return undefined;
  const { view } = library;
  const over = quantityOf(view, overId);
  const objective = quantityOf(view, document.objective);
  // Until the sweep over a newly chosen column begins, the points are still those of the old one.
  const current = sweep.over === overId;
  const swept = current ? sweep.points : [];
  const all = frontierPoints(swept, over, objective, sweep.complete ? sweep.frontier : []);
  const limits = document.limits.filter((limit) => limit.enabled && limit.column === overId);
  const within = new Set(all.filter((point) => meetsLimits(point.x, limits)).map((point) => point.id));
  const points = look.feasibleOnly ? all.filter((point) => within.has(point.id)) : all;
  const line = points.filter((point) => !point.dominated);
  const drawn = new Set(line.map(({ x, y }) => `${x} ${y}`));
  const infeasible = look.feasibleOnly ? [] : infeasibleLevels(swept);
  const marks = current ? baselineMarks(sweep.baselines, overId, objective.id) : [];
  const shownMarks = look.feasibleOnly ? marks.filter((mark) => meetsLimits(mark.x, limits)) : marks;
  const parent = parentPlace(library, overId, objective.id);
  const { pins, elsewhere } = placedPins(library, document.pins, overId, objective.id, evaluations);
  const range = library.ranges.find(({ column }) => column === overId);
  const extreme = current && sweep.complete && range !== undefined ? (over.better === 'higher' ? range.largest : range.smallest) : undefined;
  const end = firstUnreachableLevel(swept, over) ?? extreme;
  const shownBaselines = look.fit === 'all' ? shownMarks.filter(({ method }) => !look.off.has(method)) : [];
  const seen = [...points, ...pins, ...(parent === undefined ? [] : [parent]), ...shownBaselines];
  return {
    ...frontierAxes(over, objective, {
      seen,
      levels: infeasible.map(({ level }) => level),
      limits: limits.map(({ value }) => value),
      end,
      logarithmic: look.logarithmic,
    }),
    library,
    over,
    objective,
    points,
    line,
    dominated: points.filter((point) => point.dominated && !drawn.has(`${point.x} ${point.y}`)),
    infeasible,
    hidden: all.length - points.length,
    within,
    limits,
    relaxation: all.flatMap(({ level, relaxation }) => (relaxation === undefined ? [] : [{ level, value: relaxation }])),
    baselines: byMethod(shownMarks),
    off: look.off,
    parent,
    pins,
    elsewhere,
    end,
  };
}

function byMethod(marks: readonly BaselineMark[]): Readonly<Record<Baseline, readonly BaselineMark[]>> {
  const of = (method: Baseline): readonly BaselineMark[] => marks.filter((mark) => mark.method === method);
  return Object.fromEntries(BASELINES.map((method) => [method, of(method)])) as Record<Baseline, readonly BaselineMark[]>;
}

/** A child's score under the objective: among its costs where it is one column, else worked out. */
function scoreOf({ view }: OpenLibrary, objective: string, choices: readonly number[], costs: Readonly<Record<string, number>>): number {
  const { valueOf } = objectiveScale(view, objective);
  return costs[objective] ?? choices.reduce((sum, choice) => sum + valueOf(choice), 0);
}

function parentPlace(library: OpenLibrary, over: string, objective: string): FrontierModel['parent'] {
  const { costs, choices } = library.parent;
  const x = costs[over];
  return x === undefined ? undefined : { x, y: scoreOf(library, objective, choices, costs) };
}

function placedPins(
  library: OpenLibrary,
  all: readonly Pin[],
  over: string,
  objective: string,
  evaluations: Readonly<Record<string, Evaluation>>,
): Pick<FrontierModel, 'pins' | 'elsewhere'> {
  const pins: PlotPin[] = [];
  const elsewhere: { id: string; name: string; reason: string }[] = [];
  all.forEach((pin, index) => {
    const { id, name } = pin;
    const place = placeOfPin(pin, library);
    if (place.kind === 'elsewhere') return elsewhere.push({ id, name, reason: place.reason });
    const evaluation = evaluations[evaluationKey(library.view.id, place.choices)];
    if (evaluation?.kind === 'failed') return elsewhere.push({ id, name, reason: evaluation.error.message });
    const costs = evaluation?.kind === 'done' ? evaluation.costs : undefined;
    const x = costs?.[over];
    if (costs === undefined || x === undefined) return undefined;
    const y = scoreOf(library, objective, place.choices, costs);
    return pins.push({ id, name, index, symbol: PIN_SYMBOLS[index % PIN_SYMBOLS.length], x, y, choices: place.choices, costs });
  });
  return { pins, elsewhere };
}
