import { describe, expect, test } from 'vitest';
import { LIGHT } from '../../theme/theme.ts';
import { additivityFigure } from './additivity_figure.ts';
import { curveFigure, hasPoints, type CurveLine } from './curve_figure.ts';
import { heatFrame } from './heat_frame.ts';

const line = (values: readonly number[]): CurveLine => ({ name: 'Loss', at: values.map((_, i) => i + 1), values, look: 'smooth', colour: 'first' });
const axis = (figure: { readonly layout: Readonly<Record<string, unknown>> }, name: 'xaxis' | 'yaxis'): { readonly range?: readonly [number, number] } => figure.layout[name] as never;

describe('curves', () => {
  test('the axes hold every value as the curve grows, and the steps to come', () => {
    const figure = curveFigure([line([5, 4, 2])], { x: 'Step', y: 'Loss', logarithmic: false, steps: 100 }, LIGHT);
    const [low, high] = axis(figure, 'yaxis').range!;
    expect(low).toBeLessThan(2);
    expect(high).toBeGreaterThan(5);
    expect(axis(figure, 'xaxis').range).toEqual([0, 100]);
  });

  test('without points there is nothing to draw axes for', () => {
    expect([hasPoints([]), hasPoints([line([])]), hasPoints([line([]), line([1])])]).toEqual([false, false, true]);
  });

  test('logarithms are of what has some, and a single value has room around it', () => {
    const figure = curveFigure([line([1, 0.01, 0, Number.NaN])], { x: 'Step', y: 'nMSE', logarithmic: true }, LIGHT);
    const [low, high] = axis(figure, 'yaxis').range!;
    expect([low < -2, low > -2.3, high > 0, high < 0.3]).toEqual([true, true, true, true]);
    const [one, other] = axis(curveFigure([line([3])], { x: '', y: '', logarithmic: false }, LIGHT), 'yaxis').range!;
    expect(other - one).toBeGreaterThan(0.1);
    expect(axis(curveFigure([line([])], { x: '', y: '', logarithmic: true }, LIGHT), 'yaxis').range).toBeUndefined();
  });
});

test('additivity has the narrow band apart, and both correlations in words', () => {
  const point = (kl: number, narrow: boolean): { estimated_kl: number; kl: number; runtime_ms: number; narrow: boolean } => ({ estimated_kl: kl, kl, runtime_ms: 1, narrow });
  const { data } = additivityFigure({ spearman: 0.95, spearman_narrow: 0.5, n: 3, n_narrow: 1, points: [point(0.1, false), point(0.2, true), point(0, false), point(0.3, false)] }, LIGHT);
  const [, any, narrow] = data;
  expect((any!['x'] as number[])).toEqual([0.1, 0.3]);
  expect((narrow!['x'] as number[])).toEqual([0.2]);
  expect(`${String(any!['name'])} ${String(narrow!['name'])}`).toMatch(/0\.950.*0\.500/);
});

describe('the frame of a map', () => {
  const rows = [
    { id: 'attention:kv1', label: 'kv1', group: 'attention' },
    { id: 'ffn:96', label: '96', group: 'ffn' },
    { id: 'ffn:48', label: '48', group: 'ffn' },
  ] as const;

  test('rows follow each other, groups stand apart', () => {
    const { rows: tops, rowHeight, groups } = heatFrame({ layers: 4, rows }, 800);
    expect(tops[2]! - tops[1]!).toBe(rowHeight);
    expect(tops[1]! - tops[0]!).toBeGreaterThan(rowHeight);
    expect(groups.map(({ group }) => group)).toEqual(['attention', 'ffn']);
  });

  test('80 layers fit beside their names, with fewer numbers above and no figures', () => {
    const frame = heatFrame({ layers: 80, rows }, 860);
    expect(frame.x(80)).toBeLessThanOrEqual(860);
    expect([frame.figures, frame.every]).toEqual([false, 10]);
    expect(heatFrame({ layers: 8, rows }, 860).figures).toBe(true);
  });
});
