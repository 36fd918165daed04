import { describe, expect, it } from 'vitest';
import type { ContourCell } from '../../../engine/protocol/problem.ts';
import type { Trace } from '../../plots/plotly.ts';
import type { ContourState } from '../../state/contour_store.ts';
import { documentStore, undo } from '../../state/document_store.ts';
import { testLibrary } from '../../state/test_library.ts';
import { DARK, LIGHT } from '../../theme/theme.ts';
import { contourFigure } from './contour_figure.ts';
import { setBothLimits } from './contour_limits.ts';
import { contourModel, spotOf, type ContourModel } from './contour_model.ts';
import { contourShapes } from './contour_shapes.ts';

const OVER = ['total_tok_s', 'memory_mib'] as const;
const library = testLibrary();
const cell = (i: number, j: number, objective?: number, gap = 0): ContourCell => ({
  at: [i, j],
  gap,
  ...(objective === undefined ? {} : { solution: { objective, costs: { total_tok_s: 60_000, memory_mib: 150 }, choices: [0, 3] } }),
});
/** From loose to tight, as the engine sends them: throughput up, memory down. */
const contour: Pick<ContourState, 'over' | 'levels' | 'cells' | 'tookMs'> = {
  over: OVER,
  levels: [[50_000, 100_000, 500_000], [200, 100]],
  cells: [cell(0, 0, 1), cell(1, 0, 2), cell(2, 0, 5, 0.1), cell(0, 1, 3), cell(1, 1, 4), cell(2, 1)],
  tookMs: 900,
};
const modelOf = (change: Partial<typeof contour> = {}): ContourModel => contourModel(library, 'kl_div', OVER, { ...contour, ...change }, undefined);
const ofType = (model: ContourModel, type: string): Trace | undefined => contourFigure(model, LIGHT).data.find((trace) => trace['type'] === type);

describe('the contour', () => {
  it('has the loosest limits where more is asked of neither, and the children of each pair at their place', () => {
    const model = modelOf();
    expect(model.across.levels).toEqual([50_000, 100_000, 500_000]);
    expect(model.up.levels).toEqual([100, 200]);
    const map = ofType(model, 'heatmap');
    expect(map?.['z']).toEqual([
      [3, 4, undefined],
      [1, 2, 5],
    ]);
    expect(map?.['customdata']).toEqual([
      ['cell-0-1', 'cell-1-1', 'cell-2-1'],
      ['cell-0-0', 'cell-1-0', 'cell-2-0'],
    ]);
    expect(map?.['x']).toHaveLength(4);
  });

  it('places a throughput that spans much by the time it takes', () => {
    const { across } = modelOf();
    // 1/50,000, 1/100,000 and 1/500,000: the middle is nearer to the fast end than to the slow one.
    expect(across.place(100_000) - across.place(50_000)).toBeCloseTo(0.5, 12);
    expect(across.place(500_000) - across.place(100_000)).toBeCloseTo(0.4, 12);
    expect(across.ticks['ticktext']).toContain('100,000');
  });

  it('hatches pairs that nothing meets and dots those not proven', () => {
    const model = modelOf();
    expect([model.found, model.unproven, model.empty]).toEqual([5, 1, 1]);
    const { data } = contourFigure(model, LIGHT);
    const hatch = data.find((trace) => trace['name'] === 'No child meets both limits');
    // One outline, closed.
    expect(hatch?.['x']).toHaveLength(6);
    expect(hatch?.['showlegend']).toBe(true);
    expect(data.find((trace) => trace['name'] === 'Not proven')?.['x']).toHaveLength(1);
    expect(data.some((trace) => trace['type'] === 'contour')).toBe(true);
  });

  it('keeps its colours for most of the cells where a few are far worse, and says so', () => {
    const levels: [number[], number[]] = [Array.from({ length: 20 }, (_, i) => 50_000 + i), [200]];
    const some = Array.from({ length: 20 }, (_, i) => cell(i, 0, i === 19 ? 5_000 : 50 + i));
    const model = contourModel(library, 'kl_div', OVER, { ...contour, levels, cells: some }, false);
    expect(model.tones).toEqual([50, 67]);
    expect((model.toneTicks['ticktext'] as string[]).at(-1)).toBe('≥ 67');
    const all = contourModel(library, 'kl_div', OVER, { ...contour, levels, cells: some.slice(0, 19) }, false);
    expect(all.tones).toEqual([50, 68]);
    expect(JSON.stringify(all.toneTicks)).not.toContain('≥');
    const one = contourModel(library, 'kl_div', OVER, { ...contour, cells: [cell(0, 0, 7)] }, undefined);
    expect(one.tones[1]).toBeGreaterThan(7);
    expect(one.tones[1]).toBeLessThan(7.1);
  });

  it('shows levels that are all the same once', () => {
    const model = modelOf({ levels: [[50_000, 50_000, 50_000], [200, 100]] });
    expect(model.across.levels).toEqual([50_000]);
    expect(model.rows.map((row) => row.map(({ id }) => id))).toEqual([['cell-0-1'], ['cell-0-0']]);
  });

  it('has no lines until it is complete, and nothing of other columns', () => {
    expect(ofType(modelOf({ tookMs: undefined }), 'contour')).toBeUndefined();
    expect(modelOf({ over: ['runtime_ms', 'memory_mib'] }).rows).toEqual([]);
  });

  it('always draws the same moving shapes, whatever is there', () => {
    const model = modelOf();
    const none = contourShapes(model, { current: undefined, active: undefined, limits: [] }, LIGHT);
    const limits = [
      { column: 'total_tok_s', side: 'min' as const, value: 100_000, enabled: true },
      { column: 'memory_mib', side: 'max' as const, value: 150, enabled: true },
      { column: 'memory_mib', side: 'min' as const, value: 1, enabled: true },
    ];
    const all = contourShapes(model, { current: { across: 60_000, up: 150, stale: false }, active: 'cell-1-0', limits }, LIGHT);
    expect(all.length).toBe(none.length);
    expect(none.every(({ visible }) => visible === false)).toBe(true);
    expect(all.every(({ visible }) => visible === true)).toBe(true);
  });

  it('sets both limits in one step, but not those that nothing meets', () => {
    const model = modelOf();
    const before = documentStore.getState().document.limits;
    setBothLimits(model, spotOf(model, 'cell-2-1')!);
    expect(documentStore.getState().document.limits).toBe(before);
    setBothLimits(model, spotOf(model, 'cell-1-1')!);
    expect(documentStore.getState().document.limits).toEqual([
      { column: 'total_tok_s', side: 'min', value: 100_000, enabled: true },
      { column: 'memory_mib', side: 'max', value: 100, enabled: true },
    ]);
    undo();
    expect(documentStore.getState().document.limits).toEqual(before);
  });

  it.each([LIGHT, DARK])('takes its colours from the $name theme', (theme) => {
    const model = modelOf();
    const drawn = JSON.stringify([contourFigure(model, theme), contourShapes(model, { current: undefined, active: undefined, limits: [] }, theme)]);
    const used = drawn.match(/#[0-9a-f]{6}/gi) ?? [];
    const known = new Set<string>(Object.values(theme));
    expect(used.length).toBeGreaterThan(10);
    expect(used.filter((colour) => !known.has(colour))).toEqual([]);
    expect(drawn).not.toMatch(/rgba?\(/);
  });
});
