import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { presetArchitecture } from '../../architecture/presets.ts';
import type { Overlap } from '../../protocol/plan.ts';
import { weightGathered, weightStationary2d } from './closed_forms.ts';
import { paperHardware } from './hardware.ts';
import { layoutsFor, type Layout } from './layouts.ts';
import { palmModel, plannedModel, type PlannedModel } from './planned_model.ts';
import { decodePass, mfu, stepCost, sumOfSteps, type StepSettings } from './step.ts';
import { trafficOf } from './traffic.ts';

const palm540b = palmModel('palm-540b')!;
const nemotron = plannedModel(presetArchitecture('nemotron-51b')!);
const hardware = paperHardware();
const SETTINGS: StepSettings = { formats: { weights: 'bf16', activations: 'bf16', kv: 'bf16' }, terms: 'closed_form', overlap: 'none', parallel: true };
const layoutOf = (model: PlannedModel, chips: number, wanted: Partial<Layout>): Layout =>
  layoutsFor(chips, model).find((layout) => Object.entries(wanted).every(([key, value]) => layout[key as keyof Layout] === value))!;
const models = fc.constantFrom(palm540b, palmModel('palm-62b')!, nemotron, plannedModel(presetArchitecture('llama-3.1-8b')!));
const chipCounts = fc.constantFrom(1, 2, 4, 8, 16, 64);
const passes = fc.record({ batch: fc.integer({ min: 1, max: 512 }), newTokens: fc.constantFrom(1, 64, 2048), cachedTokens: fc.integer({ min: 0, max: 8192 }) });

describe('traffic', () => {
  it('is the paper’s closed form for a parallel block', () => {
    const pass = { batch: 64, newTokens: 1, cachedTokens: 2048 };
    const ws = layoutOf(palm540b, 64, { ffn: 'ws_2d', attention: 'heads' });
    const x4 = layoutsFor(64, palm540b).find(({ ffn, attention, mesh }) => ffn === 'ws_2d' && attention === 'heads' && mesh.x === 4)!;
    expect(trafficOf({ model: palm540b, layout: x4, terms: 'closed_form', parallel: true }, pass).activations).toBe(118 * weightStationary2d(64, palm540b, 4, 16));
    expect(ws.gathered).toBe(1);
    const wg = layoutOf(palm540b, 64, { gathered: 16, attention: 'batch' });
    const gathered = trafficOf({ model: palm540b, layout: wg, terms: 'closed_form', parallel: true }, { batch: 64, newTokens: 2048, cachedTokens: 0 });
    const activations = weightGathered(64 * 2048, palm540b, 64, 16) - (2 * palm540b.hidden * palm540b.ffn * 16) / 64;
    expect(gathered.activations).toBeCloseTo(118 * activations, 0);
    expect(gathered.weights).toBeCloseTo((palm540b.params * 16) / 64, 0);
  });

  it('sends the hidden state twice in a serial block: Megatron’s two all-reduces', () => {
    const layout = layoutOf(palm540b, 64, { ffn: 'ws_1d', attention: 'heads' });
    const activations = (parallel: boolean): number => trafficOf({ model: palm540b, layout, terms: 'closed_form', parallel }, decodePass(64, 0)).activations;
    expect(activations(false)).toBe(2 * activations(true));
    expect(activations(true)).toBe(118 * 2 * 64 * palm540b.hidden);
  });

  it('is nothing on one chip', () => {
    const layout = layoutsFor(1, nemotron)[0]!;
    expect(trafficOf({ model: nemotron, layout, terms: 'detailed', parallel: false }, decodePass(8, 100))).toEqual({ activations: 0, weights: 0, attention: 0 });
  });

  it('leaves out layers that do nothing: attention and FFN each pay for themselves', () => {
    const layout = layoutOf(nemotron, 4, { ffn: 'ws_1d', attention: 'heads' });
    const { activations } = trafficOf({ model: nemotron, layout, terms: 'closed_form', parallel: false }, decodePass(16, 0));
    const present = nemotron.groups.reduce(
      (sum, { count, attention, ffn }) => sum + count * ([attention.kind, ffn.kind].filter((kind) => kind === 'gqa' || kind === 'swiglu').length + [attention.kind, ffn.kind].filter((kind) => kind === 'linear').length / 2),
      0,
    );
    expect(activations).toBe(present * 2 * 16 * nemotron.hidden);
    expect(present).toBeLessThan(2 * nemotron.layers);
  });

  it('to the chips of the sequences and back is small beside the rest, and only with attention over batch', () => {
    const pass = decodePass(512, 2048);
    const of = (attention: Layout['attention']): { readonly attention: number; readonly activations: number } =>
      trafficOf({ model: palm540b, layout: layoutOf(palm540b, 64, { ffn: 'ws_2d', attention }), terms: 'detailed', parallel: true }, pass);
    expect(of('heads').attention).toBe(0);
    expect(of('batch').attention).toBeGreaterThan(0);
    expect(of('batch').attention).toBeLessThan(0.05 * of('batch').activations);
  });
});

describe('time of a pass', () => {
  it('shrinks or stays with every overlap, and says how much is hidden', () => {
    fc.assert(
      fc.property(models, chipCounts, passes, fc.constantFrom('closed_form' as const, 'detailed' as const), (model, chips, pass, terms) => {
        for (const layout of layoutsFor(chips, model)) {
          const at = (overlap: Overlap) => stepCost(model, hardware, layout, pass, { ...SETTINGS, terms, overlap });
          const [none, memory, all] = [at('none'), at('memory'), at('all')];
          expect(none.hidden).toBeCloseTo(0, 9);
          expect(memory.seconds).toBeLessThanOrEqual(none.seconds);
          expect(all.seconds).toBeLessThanOrEqual(memory.seconds);
          expect(all.hidden).toBeCloseTo(none.seconds - all.seconds, 9);
          expect(Object.values(none.terms).every((seconds) => seconds >= 0)).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('never falls with more sequences', () => {
    fc.assert(
      fc.property(models, chipCounts, passes, fc.integer({ min: 1, max: 64 }), (model, chips, pass, more) => {
        for (const layout of layoutsFor(chips, model)) {
          const seconds = (batch: number): number => stepCost(model, hardware, layout, { ...pass, batch }, { ...SETTINGS, terms: 'detailed' }).seconds;
          expect(seconds(pass.batch + more)).toBeGreaterThanOrEqual(seconds(pass.batch));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is never longer in a parallel block', () => {
    for (const layout of layoutsFor(64, palm540b)) {
      const seconds = (parallel: boolean): number => stepCost(palm540b, hardware, layout, decodePass(512, 2048), { ...SETTINGS, terms: 'detailed', parallel }).seconds;
      expect(seconds(true)).toBeLessThanOrEqual(seconds(false));
    }
  });

  it('falls with int8 weights by half of their loading, at bf16 rate', () => {
    const layout = layoutOf(palm540b, 64, { ffn: 'ws_2d', attention: 'batch' });
    const terms = (weights: 'int8' | 'bf16') => stepCost(palm540b, hardware, layout, decodePass(64, 2048), { ...SETTINGS, formats: { weights, activations: 'bf16', kv: 'bf16' } }).terms;
    expect(terms('int8').weights).toBeCloseTo(terms('bf16').weights / 2, 12);
    expect(terms('int8').compute).toBe(terms('bf16').compute);
  });

  it('has the time per layer once per layer, half for half a layer', () => {
    const slow = paperHardware(undefined, 100);
    const layout = layoutsFor(1, palm540b)[0]!;
    expect(stepCost(palm540b, slow, layout, decodePass(1, 0), SETTINGS).terms.latency).toBeCloseTo(118 * 100e-6, 12);
    const halves = nemotron.groups.reduce((sum, { count, attention, ffn }) => sum + count * ((attention.kind === 'no_op' ? 0 : 0.5) + (ffn.kind === 'no_op' ? 0 : 0.5)), 0);
    expect(stepCost(nemotron, slow, layoutsFor(1, nemotron)[0]!, decodePass(1, 0), SETTINGS).terms.latency).toBeCloseTo(halves * 100e-6, 12);
    expect(halves).toBeLessThan(80);
  });

  it('adds up in pieces', () => {
    const layout = layoutsFor(4, nemotron)[0]!;
    const one = stepCost(nemotron, hardware, layout, decodePass(8, 64), SETTINGS);
    const three = sumOfSteps([{ times: 3, cost: one }]);
    expect(three.seconds).toBeCloseTo(3 * one.seconds, 12);
    expect(Object.values(three.terms).reduce((a, b) => a + b)).toBeCloseTo(three.seconds, 12);
  });
});

it('MFU is the share of the peak that two operations per parameter and token take', () => {
  expect(mfu(1e9, 1000, 1, 2, 1e12)).toBe(1);
});
