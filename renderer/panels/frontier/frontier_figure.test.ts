import { describe, expect, it } from 'vitest';
import { EMPTY_DOCUMENT } from '../../state/document_store.ts';
import { testLibrary } from '../../state/test_library.ts';
import { DARK, LIGHT, type Theme } from '../../theme/theme.ts';
import { frontierFigure, frontierShapes } from './frontier_figure.ts';
import { frontierModel, type FrontierModel } from './frontier_model.ts';
import { evaluationKey } from '../../state/derived_evaluations.ts';
import { publishedFigure } from '../published/published_figure.ts';
import { publishedPoints } from '../../state/derived_published.ts';
import type { SweepState } from '../../state/solve_store.ts';

const library = testLibrary();
const base = { id: 'a', name: 'Ours', created_at: '2026-01-01T00:00:00Z' };
const blocks = [0, 1].map((layer) => ({
  parent_layers: [layer],
  variant: 'kv8/32',
  attention: { kind: 'gqa' as const, kv_heads: 8 },
  ffn: { kind: 'swiglu' as const, intermediate_size: 32 },
}));
const pin = { ...base, kind: 'in_library' as const, origin: 'solution' as const, library_id: 'test', objective: 'kl_div', blocks };

const sweep: SweepState = {
  over: 'total_tok_s',
  state: 'done',
  baselines: [],
  frontier: [],
  points: [
    [50_000, 62_500, 1, 'optimal'],
    [70_000, 83_333, 2, 'feasible'],
  ].map(([level, x, y, status], index) => ({
    index,
    level: Number(level),
    result: {
      status: status as 'optimal' | 'feasible',
      objective: Number(y),
      bound: Number(y),
      gap: 0,
      limits: [],
      solve_ms: 1,
      solutions: [{ objective: Number(y), costs: { total_tok_s: Number(x), kl_div: Number(y) }, choices: [0, 3] }],
      final: true,
      exhausted: false,
    },
  })),
};

function modelOf(feasibleOnly = false): FrontierModel {
  const limits = [{ column: 'total_tok_s', side: 'min' as const, value: 80_000, enabled: true }];
  const pins = [pin, { ...pin, id: 'b', name: 'Of another library', library_id: 'other' }];
  const evaluations = { [evaluationKey('test', [1, 4])]: { kind: 'done' as const, costs: { total_tok_s: 83_333, kl_div: 2 } } };
  return frontierModel(
    library,
    { document: { ...EMPTY_DOCUMENT, limits, pins } },
    sweep,
    { sweepColumn: undefined, feasibleOnly, logarithmic: undefined },
    evaluations,
  )!;
}

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
    expect(modelOf(true).points.map(({ id }) => id)).toEqual(['level-1']);
    expect(modelOf(true).hidden).toBe(1);
  });

  it('has pins of the same library on it and names the others with the reason', () => {
    const model = modelOf();
    expect(model.pins.map(({ name, symbol }) => [name, symbol])).toEqual([['Ours', 'diamond']]);
    expect(model.elsewhere).toEqual([{ id: 'b', name: 'Of another library', reason: 'measured in another library' }]);
  });

  it('always draws the same moving shapes, whatever is there', () => {
    const model = modelOf();
    const none = frontierShapes(model, { current: undefined, active: undefined }, LIGHT);
    const some = frontierShapes(model, { current: { x: 83_333, y: 2, stale: false }, active: { x: 62_500, y: 1 } }, LIGHT);
    expect(some.length).toBe(none.length);
    expect(none.filter(({ visible }) => visible === true).length).toBe(2);
    expect(some.filter(({ visible }) => visible === true).length).toBe(5);
  });
});

describe.each([LIGHT, DARK])('colours in the $name theme', (theme) => {
  it('all come from the theme', () => {
    const model = modelOf();
    const published = { measurements: [], models: [{ id: 'x', name: 'X', kind: 'child' as const, mt_bench: { value: 9, source: '' }, mmlu: { value: 80, source: '' }, throughput: { value: 1, source: '', measurement: 'm' } }] };
    const measurement = { id: 'm', label: 'M', unit: 'tok/s', tokens_counted: 'output' as const, source: '' };
    const drawn = JSON.stringify([
      frontierFigure(model, theme),
      frontierShapes(model, { current: { x: 1, y: 1, stale: true }, active: { x: 1, y: 1 } }, theme),
      publishedFigure(publishedPoints(published, 'm'), measurement, theme),
    ]);
    const used = drawn.match(COLOUR) ?? [];
    expect(used.length).toBeGreaterThan(10);
    const known = coloursOf(theme);
    expect(used.filter((colour) => !known.has(colour))).toEqual([]);
    expect(drawn).not.toMatch(/rgba?\(|"(?:white|black|red|green|blue|gray|grey)"/);
  });
});
