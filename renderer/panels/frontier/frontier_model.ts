/** Everything the frontier shows, gathered from the stores; the figure, the cards and the table read this. */
import type { LimitSetting } from '../../../engine/protocol/workspace.ts';
import { PIN_SYMBOLS } from '../../theme/theme.ts';
import { defaultSweepColumn, quantityOf, type Quantity } from '../../state/columns.ts';
import type { DocumentState } from '../../state/document_store.ts';
import { evaluationKey, type Evaluation } from '../../state/derived_evaluations.ts';
import { firstUnreachableLevel, frontierPoints, meetsLimits, placeOfPin, type FrontierPoint } from '../../state/derived_frontier.ts';
import { linearThreshold, spansDecades, symlog } from '../../state/derived_scale.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { objectiveOf } from '../../state/problem.ts';
import type { SweepState } from '../../state/solve_store.ts';

/** Throughputs run towards infinity as children get small; beyond this factor a linear axis hides where it matters. */
const WIDE = 6;

export interface PlotPin {
  readonly id: string;
  readonly name: string;
  /** Position among the pins: decides colour and marker. */
  readonly index: number;
  readonly symbol: string;
  readonly x: number;
  readonly y: number;
  readonly costs: Readonly<Record<string, number>>;
}

export interface FrontierModel {
  readonly library: OpenLibrary;
  readonly over: Quantity;
  readonly objective: Quantity;
  /** What may be shown: all points, or those within the limits. */
  readonly points: readonly FrontierPoint[];
  readonly hidden: number;
  readonly within: ReadonlySet<string>;
  /** Limits on the swept quantity. */
  readonly limits: readonly LimitSetting[];
  readonly parent: { readonly x: number; readonly y: number } | undefined;
  readonly pins: readonly PlotPin[];
  readonly elsewhere: readonly { readonly id: string; readonly name: string; readonly reason: string }[];
  /** Beyond this nothing exists; undefined while the sweep has not shown it. */
  readonly end: number | undefined;
  readonly logarithmic: boolean;
  /** The swept quantity spans so much that its axis is logarithmic. */
  readonly wide: boolean;
  /** From a score, and from the swept quantity, to the place on its axis. */
  place(score: number): number;
  across(value: number): number;
}

export function frontierModel(
  library: OpenLibrary,
  { document }: Pick<DocumentState, 'document'>,
  sweep: SweepState,
  view: { readonly sweepColumn: string | undefined; readonly feasibleOnly: boolean; readonly logarithmic: boolean | undefined },
  evaluations: Readonly<Record<string, Evaluation>>,
): FrontierModel | undefined {
  const overId = view.sweepColumn ?? defaultSweepColumn(library);
  if (overId === undefined) return undefined;
  const over = quantityOf(library.view, overId);
  const objective = quantityOf(library.view, objectiveOf(document, library.view));
  // Until the sweep over a newly chosen column begins, the points are still those of the old one.
  const swept = sweep.over === overId ? sweep.points : [];
  const all = frontierPoints(swept, overId, objective.id);
  const limits = document.limits.filter((limit) => limit.enabled && limit.column === overId);
  const within = new Set(all.filter((point) => meetsLimits(point.x, limits)).map((point) => point.id));
  const points = view.feasibleOnly ? all.filter((point) => within.has(point.id)) : all;
  const { costs } = library.parent;
  const [parentX, parentY] = [costs[overId], costs[objective.id]];
  const pins: PlotPin[] = [];
  const elsewhere: { id: string; name: string; reason: string }[] = [];
  document.pins.forEach((pin, index) => {
    const place = placeOfPin(pin, library);
    if (place.kind === 'elsewhere') return elsewhere.push({ id: pin.id, name: pin.name, reason: place.reason });
    const evaluation = evaluations[evaluationKey(library.view.id, place.choices)];
    if (evaluation?.kind === 'failed') return elsewhere.push({ id: pin.id, name: pin.name, reason: evaluation.error.message });
    if (evaluation?.kind !== 'done') return undefined;
    const [x, y] = [evaluation.costs[overId], evaluation.costs[objective.id]];
    if (x === undefined || y === undefined) return undefined;
    const symbol = PIN_SYMBOLS[index % PIN_SYMBOLS.length];
    return pins.push({ id: pin.id, name: pin.name, index, symbol, x, y, costs: evaluation.costs });
  });
  const scores = [...all, ...pins].map(({ y }) => y);
  const logarithmic = view.logarithmic ?? spansDecades(scores);
  const linear = linearThreshold(scores, 0);
  const xs = all.map(({ x }) => x);
  const wide = over.better === 'higher' && Math.min(...xs) > 0 && Math.max(...xs) > WIDE * Math.min(...xs);
  const range = library.ranges.find(({ column }) => column === overId);
  const extreme = sweep.state === 'done' && range !== undefined ? (over.better === 'higher' ? range.largest : range.smallest) : undefined;
  return {
    library,
    over,
    objective,
    points,
    hidden: all.length - points.length,
    within,
    limits,
    parent: parentX === undefined || parentY === undefined ? undefined : { x: parentX, y: parentY },
    pins,
    elsewhere,
    end: firstUnreachableLevel(swept, over) ?? extreme,
    logarithmic,
    wide,
    place: (score) => (logarithmic ? symlog(score, linear) : score),
    across: (value) => (wide ? Math.log10(value) : value),
  };
}
