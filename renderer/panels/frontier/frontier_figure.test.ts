import { describe, expect, it } from 'vitest';
import type { BaselinePoint, SweepPoint } from '../../../engine/protocol/problem.ts';
import { testLibrary } from '../../state/test_library.ts';
import { DARK, LIGHT, type Theme } from '../../theme/theme.ts';
import { placedBaseline } from './baseline_marks.ts';
import { cardOf } from './point_card.tsx';
import { frontierFigure } from './frontier_figure.ts';
import { frontierModel, type FrontierLook, type FrontierModel } from './frontier_model.ts';
import { frontierShapes } from './frontier_shapes.ts';
import { tableRows } from './point_rows.ts';
import { evaluationKey } from '../../state/derived_evaluations.ts';
import { publishedFigure } from '../published/published_figure.ts';
import { publishedPoints } from '../../state/derived_published.ts';
import type { SweepState } from '../../state/solve_store.ts';
import type { Trace } from '../../plots/plotly.ts';

const library = testLibrary();
const base = { id: 'a', name: 'Ours', created_at: '2026-01-01T00:00:00Z' };
const blocks = [0, 1].map((layer) => ({
  parent_layers: [layer],
  variant: 'kv8/32',
  attention: { kind: 'gqa' as const, kv_heads: 8 },
  ffn: { kind: 'swiglu' as const, intermediate_size: 32 },
}));
const pin = { ...base, kind: 'in_library' as const, origin: 'solution' as const, library_id: 'test', objective: 'kl_div', blocks };

const limits = [{ column: 'total_tok_s', side: 'min' as const, value: 80_000, enabled: true }];

function swept(index: number, level: number, x: number, y: number, bound = y, relaxation = bound): SweepPoint {
  return {
    index,
    level,
    relaxation,
    result: {
      status: bound === y ? 'optimal' : 'feasible',
      objective: y,
      bound,
      gap: (y - bound) / y,
      limits: [],
      solve_ms: 1,
      solutions: [{ objective: y, costs: { total_tok_s: x, kl_div: y }, choices: [0, 3] }],
      final: true,
      exhausted: false,
    },
  };
}

const nothingAt = (index: number, level: number): SweepPoint => ({ index, level, result: { status: 'infeasible', solve_ms: 1, reachable: [], conflict: [] } });
const method = (of: BaselinePoint['method'], x: number, y: number): BaselinePoint => ({
  method: of,
  solution: { objective: y, costs: { total_tok_s: x, kl_div: y }, choices: [1, 4] },
});

/** Out of order, as they may come. */
const points = [swept(1, 70_000, 83_333, 2, 1.8, 1.7), swept(0, 50_000, 62_500, 1)];
type Sweep = Pick<SweepState, 'over' | 'points' | 'baselines' | 'frontier' | 'complete'>;
const sweep: Sweep = { over: 'total_tok_s', complete: true, baselines: [], frontier: [], points };
const look: FrontierLook = { sweepColumn: undefined, feasibleOnly: false, logarithmic: undefined, fit: 'frontier', off: new Set() };

function modelOf(change: Partial<FrontierLook> = {}, of: Partial<Sweep> = {}): FrontierModel {
  const pins = [pin, { ...pin, id: 'b', name: 'Of another library', library_id: 'other' }];
  const evaluations = { [evaluationKey('test', [1, 4])]: { kind: 'done' as const, costs: { total_tok_s: 83_333, kl_div: 2 } } };
  return frontierModel(library, { objective: 'kl_div', limits, pins }, { ...sweep, ...of }, { ...look, ...change }, evaluations)!;
}
const traces = (model: FrontierModel): readonly Trace[] => frontierFigure(model, LIGHT).data;
const traceOf = (model: FrontierModel, name: string): Trace | undefined => traces(model).find((trace) => trace['name'] === name);

/** Every word in a theme that is a colour. */
const coloursOf = (theme: Theme): Set<string> => new Set(Object.values(theme));
const COLOUR = /#[0-9a-f]{6}/gi;

describe('the frontier', () => {
  it('runs over throughput first, better scores up', () => {
    const model = modelOf();
    expect(model.over.id).toBe('total_tok_s');
    const { layout } = frontierFigure(model, LIGHT);
    const [bottom, top] = (layout['yaxis'] as { range: [number, number] }).range;
    expect(bottom).toBeGreaterThan(top);
  });

  it('knows which points are within the limit, and hides the others when asked to', () => {
    expect([...modelOf().within]).toEqual(['level-1']);
    expect(modelOf({ feasibleOnly: true }).points.map(({ id }) => id)).toEqual(['level-1']);
    expect(modelOf({ feasibleOnly: true }).hidden).toBe(1);
  });

  it('has pins of the same library on it and names the others with the reason', () => {
    const model = modelOf();
    expect(model.pins.map(({ name, symbol }) => [name, symbol])).toEqual([['Ours', 'diamond']]);
    expect(model.elsewhere).toEqual([{ id: 'b', name: 'Of another library', reason: 'measured in another library' }]);
  });

  it('always draws the same moving shapes, whatever is there', () => {
    const model = modelOf();
    const none = frontierShapes(model, { current: undefined, active: undefined, limits }, LIGHT);
    const some = frontierShapes(model, { current: { x: 83_333, y: 2, stale: false }, active: { x: 62_500, y: 1 }, limits }, LIGHT);
    expect(some.length).toBe(none.length);
    expect(none.filter(({ visible }) => visible === true).length).toBe(3);
    expect(some.filter(({ visible }) => visible === true).length).toBe(6);
  });

  it('names the child on the side where the plot has room', () => {
    const model = modelOf();
    const [left, right] = model.extent.x;
    const nameAt = (share: number): { x0: number; x1: number } => frontierShapes(model, { current: { x: left + share * (right - left), y: 1, stale: false }, active: undefined, limits }, LIGHT).at(-1) as never;
    expect(nameAt(0.5).x1).toBeLessThan(0);
    // At the edge to its left it would be cut off.
    expect(nameAt(0.05).x0).toBeGreaterThan(0);
  });
});

describe('what the figure draws', () => {
  it('is the line from child to child in order of the axis, dotted where one is not proven', () => {
    const [proven, open] = traces(modelOf()).filter((trace) => trace['mode'] === 'lines' && trace['hoverinfo'] === 'skip' && trace['fill'] === undefined && trace['name'] === undefined);
    expect(proven['x']).toEqual([]);
    expect(open['x']).toEqual([62_500, 83_333, undefined]);
    expect((open['line'] as { dash?: string }).dash).toBe('dot');
  });

  it('is a bar from what is not proven to its bound', () => {
    const bar = traceOf(modelOf(), 'Not proven yet')?.['error_y'] as { array: number[]; arrayminus: number[] };
    expect(bar.array).toEqual([0]);
    expect(bar.arrayminus[0]).toBeCloseTo(0.2, 12);
    expect(traceOf(modelOf(), 'Proven optimal')?.['error_y']).toBeUndefined();
  });

  it('is the relaxation at its levels, which no child can better', () => {
    const line = traceOf(modelOf(), 'Relaxation: no child below');
    expect(line?.['x']).toEqual([50_000, 70_000]);
    expect(line?.['y']).toEqual([1, 1.7]);
    expect(traceOf(modelOf({ off: new Set(['relaxation']) }), 'Relaxation: no child below')).toBeUndefined();
  });

  it('has dominated children small, once, and not on the line', () => {
    const more = { points: [...points, swept(2, 60_000, 62_000, 1.5), swept(3, 55_000, 62_500, 1)] };
    const model = modelOf({}, more);
    expect(model.line.map(({ id }) => id)).toEqual(['level-0', 'level-1']);
    expect(traceOf(model, 'Dominated')?.['customdata']).toEqual(['level-2']);
    expect(traceOf(modelOf({ off: new Set(['dominated']) }, more), 'Dominated')).toBeUndefined();
  });

  it('has levels without a child on the axis, unless only what is feasible is wanted', () => {
    const more = { points: [...points, nothingAt(2, 90_000)] };
    const model = modelOf({}, more);
    expect(traceOf(model, 'No child')).toMatchObject({ x: [90_000], y: [model.extent.y[0]], customdata: ['none-2'] });
    expect(cardOf(model, 'none-2')).toMatchObject({ level: undefined, status: 'infeasible' });
    expect(traceOf(modelOf({ feasibleOnly: true }, more), 'No child')).toBeUndefined();
  });
});

describe('simpler methods', () => {
  const baselines = [method('greedy', 70_000, 2), method('greedy', 80_000, 900), method('random', 75_000, 5_000), method('one_variant', 900_000, 2)];

  it('leave the axes to the frontier: what is far worse stands at the edge, what is far off is counted', () => {
    const model = modelOf({}, { baselines });
    expect(model.extent).toEqual(modelOf().extent);
    expect(placedBaseline(model, 'greedy')).toMatchObject({ inside: [{ y: 2 }], worse: [{ y: 900 }], beyond: 0 });
    expect(placedBaseline(model, 'one_variant').beyond).toBe(1);
    expect(traceOf(model, 'Greedy, worse than shown')).toMatchObject({ x: [80_000], y: [model.extent.y[0]] });
    expect(cardOf(model, 'baseline-1')).toMatchObject({ title: 'Greedy', score: 900, y: undefined });
    // A cloud at the edge would be a bar.
    expect(traces(model).some(({ name }) => String(name).startsWith('Random'))).toBe(false);
  });

  it('widen them where that is asked for, on a logarithmic scale once that takes decades', () => {
    const model = modelOf({ fit: 'all' }, { baselines });
    expect(model.logarithmic).toBe(true);
    expect(placedBaseline(model, 'random').inside).toHaveLength(1);
    expect(placedBaseline(model, 'one_variant').inside).toHaveLength(1);
    // The frontier keeps more than a tenth of the height; a linear axis would leave it a two-thousandth.
    const [worst, best] = model.extent.y;
    expect((model.place(2) - model.place(0)) / (worst - best)).toBeGreaterThan(0.1);
  });

  it('are neither drawn nor fitted when switched off', () => {
    const off = new Set(['greedy', 'random', 'one_variant', 'max_params'] as const);
    const model = modelOf({ fit: 'all', off }, { baselines });
    expect(model.extent).toEqual(modelOf().extent);
    expect(traces(model).length).toBe(traces(modelOf()).length);
  });
});

describe('the table', () => {
  it('has a row per level, with what is dominated, repeated and empty, and the distance to the relaxation', () => {
    const more = [...points, swept(2, 60_000, 62_000, 1.5), swept(3, 55_000, 62_500, 1), nothingAt(4, 90_000)];
    const rows = tableRows(modelOf({}, { points: more }));
    expect(rows.map(({ level, place, certainty, within }) => [level, place, certainty, within])).toEqual([
      [50_000, 'yes', 'proven', false],
      [55_000, 'repeated', 'proven', false],
      [60_000, 'dominated', 'proven', false],
      [70_000, 'yes', 'within 10 %', true],
      [90_000, 'none', 'proven infeasible', undefined],
    ]);
    expect(rows[0].aboveRelaxation).toBe(0);
    expect(rows[3].aboveRelaxation).toBeCloseTo(0.15, 12);
  });
});

describe.each([LIGHT, DARK])('colours in the $name theme', (theme) => {
  it('all come from the theme', () => {
    const baselines = [method('greedy', 70_000, 2), method('max_params', 70_000, 2), method('one_variant', 70_000, 2), method('random', 70_000, 2), method('greedy', 70_000, 99)];
    const model = modelOf({}, { baselines, points: [...points, swept(2, 60_000, 62_000, 1.5), nothingAt(4, 90_000)] });
    const published = { measurements: [], models: [{ id: 'x', name: 'X', kind: 'child' as const, mt_bench: { value: 9, source: '' }, mmlu: { value: 80, source: '' }, throughput: { value: 1, source: '', measurement: 'm' } }] };
    const measurement = { id: 'm', label: 'M', unit: 'tok/s', tokens_counted: 'output' as const, source: '' };
    const drawn = JSON.stringify([
      frontierFigure(model, theme),
      frontierShapes(model, { current: { x: 1, y: 1, stale: true }, active: { x: 1, y: 1 }, limits }, theme),
      publishedFigure(publishedPoints(published, 'm'), measurement, theme),
    ]);
    const used = drawn.match(COLOUR) ?? [];
    expect(used.length).toBeGreaterThan(10);
    const known = coloursOf(theme);
    expect(used.filter((colour) => !known.has(colour))).toEqual([]);
    expect(drawn).not.toMatch(/rgba?\(|"(?:white|black|red|green|blue|gray|grey)"/);
  });
});
