/** The traces of the frontier, each as Plotly wants it. */
import type { Baseline } from '../../../engine/protocol/problem.ts';
import { unreachableBoundary, type FrontierPoint } from '../../state/derived_frontier.ts';
import { BASELINE_NAMES } from '../../state/derived_methods.ts';
import { seeThrough } from '../../plots/plot_theme.ts';
import type { Trace } from '../../plots/plotly.ts';
import type { Theme } from '../../theme/theme.ts';
import { BASELINE_LOOKS, baselineColour, placedBaseline } from './baseline_marks.ts';
import type { FrontierModel } from './frontier_model.ts';

/** From this many points on they are drawn smaller. */
const MANY = 50;

interface Mark {
  readonly id: string;
  readonly x: number;
  readonly y: number;
}

export function marks(name: string, points: readonly Mark[], { place, across }: FrontierModel, marker: Trace): Trace {
  return {
    type: 'scatter',
    mode: 'markers',
    name: name.length > 32 ? `${name.slice(0, 31)}…` : name,
    x: points.map((point) => across(point.x)),
    y: points.map((point) => place(point.y)),
    customdata: points.map((point) => point.id),
    marker,
    hoverinfo: 'none',
    cliponaxis: false,
  };
}

/** Where no child can be: better than what was proven, or beyond what exists at all. */
export function unreachable({ over, points, end, place, across, extent }: FrontierModel, theme: Theme): Trace {
  const [loose, tight] = over.better === 'higher' ? extent.x : [extent.x[1], extent.x[0]];
  const [worst, best] = extent.y;
  const corners = unreachableBoundary(points, over).map(({ x, y }) => ({ x: x === undefined ? loose : across(x), y: place(y) }));
  const last = corners.at(-1);
  if (last !== undefined) {
    if (end !== undefined && across(end) <= extent.x[1] && across(end) >= extent.x[0]) corners.push({ x: across(end), y: last.y }, { x: across(end), y: worst }, { x: tight, y: worst });
    else corners.push({ x: tight, y: last.y });
    corners.push({ x: tight, y: best }, { x: loose, y: best });
  }
  return {
    type: 'scatter',
    mode: 'lines',
    name: 'Not reachable',
    x: corners.map((corner) => corner.x),
    y: corners.map((corner) => corner.y),
    fill: 'toself',
    fillcolor: seeThrough(theme.textFaint, 0.08),
    fillpattern: { shape: '/', size: 9, solidity: 0.16, fgcolor: seeThrough(theme.textFaint, 0.45), bgcolor: seeThrough(theme.textFaint, 0.05), fillmode: 'replace' },
    line: { width: 0 },
    hoverinfo: 'skip',
    showlegend: corners.length > 0,
  };
}

/** The line between neighbours that are both proven, and the thin one where either is not. */
export function frontierLines({ line, across, place }: FrontierModel, theme: Theme): readonly Trace[] {
  const segments = (wanted: boolean): { x: (number | undefined)[]; y: (number | undefined)[] } => {
    const x: (number | undefined)[] = [];
    const y: (number | undefined)[] = [];
    line.slice(1).forEach((to, i) => {
      const from = line[i];
      if ((from.proven && to.proven) !== wanted) return;
      x.push(across(from.x), across(to.x), undefined);
      y.push(place(from.y), place(to.y), undefined);
    });
    return { x, y };
  };
  return [true, false].map((proven) => ({
    type: 'scatter',
    mode: 'lines',
    ...segments(proven),
    line: proven ? { color: seeThrough(theme.accent, 0.75), width: 1.75 } : { color: seeThrough(theme.warning, 0.75), width: 1.25, dash: 'dot' },
    hoverinfo: 'skip',
    showlegend: false,
  }));
}

/** Children found: filled within the limit and hollow outside; those not proven with a bar to what might still be. */
export function children(model: FrontierModel, theme: Theme): readonly Trace[] {
  const { line, points, dominated, within, place, off } = model;
  const size = points.length > MANY ? 5 : 8;
  const traces: Trace[] = [];
  if (dominated.length > 0 && !off.has('dominated')) {
    traces.push(marks('Dominated', dominated, model, { symbol: 'circle', size: 4, color: seeThrough(theme.textFaint, 0.5), line: { width: 0 } }));
  }
  const looks = [
    { name: 'Proven optimal', symbol: 'circle', colour: theme.accent, proven: true },
    { name: 'Not proven yet', symbol: 'square', colour: theme.warning, proven: false },
  ];
  for (const { name, symbol, colour, proven } of looks) {
    for (const inside of [true, false]) {
      const those = line.filter((point) => point.proven === proven && within.has(point.id) === inside);
      if (those.length === 0) continue;
      const marker = { symbol, size, color: inside ? colour : theme.surface, line: { color: colour, width: 1.25 } };
      const bars = proven ? {} : { error_y: towardsBound(those, place, colour) };
      traces.push({ ...marks(inside ? name : `${name}, outside limit`, those, model, marker), ...bars });
    }
  }
  return traces;
}

/** From a child to the best that is not excluded at its level. */
function towardsBound(points: readonly FrontierPoint[], place: (score: number) => number, colour: string): Trace {
  const lengths = points.map(({ y, bound }) => place(bound) - place(y));
  return {
    type: 'data',
    symmetric: false,
    array: lengths.map((length) => Math.max(0, length)),
    arrayminus: lengths.map((length) => Math.max(0, -length)),
    color: seeThrough(colour, 0.7),
    thickness: 1,
    width: 3,
  };
}

/** What mixtures of variants could reach: no child is better. */
export function relaxationLine({ relaxation, across, place, objective }: FrontierModel, theme: Theme): Trace {
  return {
    type: 'scatter',
    mode: 'lines',
    name: `Relaxation: no child ${objective.better === 'lower' ? 'below' : 'above'}`,
    x: relaxation.map(({ level }) => across(level)),
    y: relaxation.map(({ value }) => place(value)),
    line: { color: theme.textMuted, width: 1, dash: 'dash' },
    hoverinfo: 'skip',
  };
}

/** Levels that nothing meets, on the axis. */
export function emptyLevels({ infeasible, across, extent }: FrontierModel, theme: Theme): Trace {
  return {
    type: 'scatter',
    mode: 'markers',
    name: 'No child',
    x: infeasible.map(({ level }) => across(level)),
    y: infeasible.map(() => extent.y[0]),
    customdata: infeasible.map(({ id }) => id),
    marker: { symbol: 'x', size: 7, color: theme.danger },
    hoverinfo: 'none',
    cliponaxis: false,
  };
}

/** A simpler method's children: those within the axes, and at the edge those that are worse than the axis shows. */
export function baseline(model: FrontierModel, method: Baseline, theme: Theme): readonly Trace[] {
  const { inside, worse } = placedBaseline(model, method);
  const { symbol, dash, size, lines } = BASELINE_LOOKS[method];
  const colour = baselineColour(theme, method);
  const { name } = BASELINE_NAMES[method];
  const traces: Trace[] = [];
  if (inside.length > 0) {
    traces.push({
      ...marks(name, inside, model, { symbol, size, color: method === 'random' ? seeThrough(colour, 0.45) : colour, line: { color: colour, width: method === 'random' ? 0 : 1.25 } }),
      mode: lines ? 'lines+markers' : 'markers',
      line: { color: seeThrough(colour, 0.6), width: 1, dash },
    });
  }
  // A cloud would only make a bar along the edge; the legend says where it is.
  if (worse.length > 0 && method !== 'random') {
    const [worst] = model.extent.y;
    traces.push({
      ...marks(`${name}, worse than shown`, worse, model, { symbol: 'triangle-down-open', size: 6, color: colour, line: { color: colour, width: 1 } }),
      y: worse.map(() => worst),
      showlegend: inside.length === 0,
    });
  }
  return traces;
}
