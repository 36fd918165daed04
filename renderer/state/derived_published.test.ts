import { describe, expect, it } from 'vitest';
import type { Published } from '../../engine/protocol/api.ts';
import models from '../../assets/published/models.json' with { type: 'json' };
import { combinedAccuracy, publishedPoints } from './derived_published.ts';

const figure = (value: number) => ({ value, source: 'test' });
const model = (name: string, accuracy: number, tokS: number | undefined, measurement = 'm'): Published['models'][number] => ({
  id: `${name}@${measurement}`,
  name,
  kind: 'other',
  mt_bench: figure(accuracy / 10),
  mmlu: figure(accuracy),
  ...(tokS === undefined ? {} : { throughput: { ...figure(tokS), measurement } }),
});

describe('combined accuracy', () => {
  it('is that of the Puzzle paper for the 51B child and its parent', () => {
    // Puzzle, distillation ablation: 80.20 and 8.99 give 85.05, printed as 85.10 from unrounded scores.
    expect(combinedAccuracy(8.99, 80.2)).toBeCloseTo(85.05, 10);
    expect(combinedAccuracy(8.93, 81.66)).toBeCloseTo(85.48, 10);
    // Printed there for the 8B child and the 8B parent.
    expect(combinedAccuracy(8.25, 65.46)).toBeCloseTo(73.98, 10);
    expect(combinedAccuracy(8.34, 69.4)).toBeCloseTo(76.4, 10);
  });

  it('agrees with the published figures in the assets', () => {
    const child = models.models.find(({ id }) => id === 'nemotron-51b');
    expect(combinedAccuracy(child!.mt_bench.value, child!.mmlu.value)).toBeCloseTo(85.05, 10);
  });
});

describe('published points', () => {
  const published: Published = {
    measurements: [],
    models: [model('best', 90, 100), model('fast', 80, 300), model('dominated', 79, 200), model('unmeasured', 95, undefined), model('best', 90, 50, 'other')],
  };

  it('has each model once, with the throughput of the chosen measurement only', () => {
    expect(publishedPoints(published, 'm').map(({ name, throughput }) => [name, throughput])).toEqual([
      ['best', 100],
      ['dominated', 200],
      ['fast', 300],
      ['unmeasured', undefined],
    ]);
    expect(publishedPoints(published, 'other').filter(({ throughput }) => throughput !== undefined).map(({ throughput }) => throughput)).toEqual([50]);
  });

  it('puts onto the frontier what nothing beats in both, and never what has no throughput', () => {
    expect(publishedPoints(published, 'm').filter(({ efficient }) => efficient).map(({ name }) => name)).toEqual(['best', 'fast']);
  });
});
