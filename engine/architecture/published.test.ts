import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HOW_TO_GET_SHARED_DATA, sharedData } from '../../test/support/shared_data.ts';
import { publishedSchema, type Published } from '../protocol/api.ts';
import { publishedModels } from './published.ts';

type Model = Published['models'][number];

const { measurements, models } = publishedModels();
const at = (measurement: string): Record<string, Model> =>
  Object.fromEntries(models.filter((model) => model.throughput?.measurement === measurement).map((model) => [model.name, model]));
const score = (model: Model | undefined): number => (10 * (model?.mt_bench.value ?? NaN) + (model?.mmlu.value ?? NaN)) / 2;

describe('published models', () => {
  it('agree with the protocol, and name each entry once', () => {
    expect(publishedSchema.parse(publishedModels())).toEqual(publishedModels());
    expect(new Set(models.map((model) => model.id)).size).toBe(models.length);
    expect(new Set(models.map((model) => model.throughput?.measurement).filter((id) => id !== undefined))).toEqual(
      new Set(measurements.map((measurement) => measurement.id)),
    );
  });

  // Puzzle (arXiv 2411.19146), mean score of the GKD ablation: 85.10 for the 51B, 73.98 and 76.40 at 8B.
  it.each([
    ['h100-fp8-128-1024', 'Nemotron-51B-Instruct', 85.1],
    ['rtx-4090-1024-1024', 'Puzzle child of Llama-3.1-8B (coupled BLD)', 73.98],
    ['rtx-4090-1024-1024', 'Llama-3.1-8B-Instruct', 76.4],
  ])('%s: %s scores as published', (measurement, name, published) => {
    // The mean that the paper prints for the 51B is 0.05 above that of the two parts it prints.
    expect(Math.abs(score(at(measurement)[name]) - published)).toBeLessThan(0.06);
  });

  // The ratios that Puzzle prints for its six scenarios.
  it.each([
    ['h100-fp8-128-128', 2.07],
    ['h100-fp8-128-1024', 2.17],
    ['h100-fp8-128-2048', 1.76],
    ['h100-fp8-128-4096', 2.11],
    ['h100-fp8-2048-128', 1.92],
    ['h100-fp8-2048-2048', 1.96],
  ])('%s: the 51B is %d times as fast as its parent', (measurement, ratio) => {
    const { 'Nemotron-51B-Instruct': child, 'Llama-3.1-70B-Instruct': parent } = at(measurement);
    expect(Math.abs(child!.throughput!.value / parent!.throughput!.value - ratio)).toBeLessThan(0.011);
  });

  it('keep a model whose throughput was not published, without one', () => {
    const open = models.filter((model) => model.throughput === undefined).map((model) => model.name);
    expect(open).toEqual(['Gemma-2-27B-it']);
  });
});

const collection = sharedData('throughput/published.csv');
describe.skipIf(collection === undefined)(`the collected measurements (${HOW_TO_GET_SHARED_DATA})`, () => {
  it('have the same throughput as the collection', () => {
    const collected = readFileSync(collection!, 'utf8').split('\n');
    for (const [name, line] of [
      ['Nemotron-51B-Instruct', 'Nemotron-51B,H100 SXM 80GB,FP8 (W/A/KV)'],
      ['Llama-3.1-70B-Instruct', 'Llama-3.1-70B,H100 SXM 80GB,FP8 (W/A/KV)'],
      ['Nemotron-40B-Instruct', 'Nemotron-40B,H100 SXM 80GB,FP8 (W/A/KV)'],
    ] as const) {
      for (const { throughput } of models.filter((model) => model.name === name)) {
        const lengths = throughput!.measurement.replace('h100-fp8-', '').replace('-', ',');
        const values = collected.filter((row) => row.includes(`,${line},`) && row.includes(`,${lengths},,`)).map((row) => Number(row.split(',').at(-2)));
        expect(values, `${name} ${lengths}`).toContain(throughput!.value);
      }
    }
  });
});
