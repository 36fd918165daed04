import { describe, expect, it } from 'vitest';
import { fixtureColumn, fixtureView } from '../../search/library_fixture.ts';
import { NARROW_WITHIN, randomChildren } from './random_children.ts';

const LAYERS = 8;
const RUNTIMES = [10, 8.3, 6.1, 3.7, 0.4];
const view = fixtureView(
  LAYERS,
  [fixtureColumn('kl_div', { role: 'score' }), fixtureColumn('runtime_ms')],
  Array.from({ length: LAYERS }, (_, layer) => RUNTIMES.map((runtime_ms, i) => ({ layer, lastLayer: layer, variant: i === 0 ? 'kv8/1024' : `kv8/${i}`, values: { kl_div: i, runtime_ms } }))).flat(),
);

describe('random children', () => {
  const children = randomChildren(view, { count: 70, narrow: 32, runtime: 'runtime_ms' }, Math.random);
  const runtimes = (narrow: boolean): number[] => children.filter((child) => child.narrow === narrow).map(({ choices }) => choices.reduce((sum, choice) => sum + view.values[1][choice], 0));

  it('are as many as asked for, all different, one choice per layer', () => {
    expect(new Set(children.map(({ choices }) => choices.join())).size).toBe(70);
    for (const { choices } of children) expect(choices.map((choice) => view.first_layer[choice])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('are of one runtime where they are to be, and of many otherwise', () => {
    const narrow = runtimes(true);
    expect(narrow).toHaveLength(32);
    expect(Math.max(...narrow) / Math.min(...narrow)).toBeLessThanOrEqual((1 + NARROW_WITHIN) / (1 - NARROW_WITHIN));
    const wide = runtimes(false);
    expect(Math.max(...wide) / Math.min(...wide)).toBeGreaterThan(1.5);
  });
});
