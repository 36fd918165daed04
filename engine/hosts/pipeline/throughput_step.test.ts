/** What the report says of throughput: medians and spread of rounds, the library's sums, and models that cannot be timed. */
import { describe, expect, it } from 'vitest';
import { BUILT_IN } from '../../hardware/calibrations.ts';
import { measuredSample } from '../../library/measured_sample.ts';
import { toView } from '../../library/view.ts';
import { WorkbenchError, type ErrorCode } from '../../protocol/errors.ts';
import type { LibraryView } from '../../protocol/library.ts';
import { throughputReportSchema, type ModelTimes, type TensorDevice } from '../../protocol/train.ts';
import type { Architecture } from '../../protocol/variant.ts';
import { MemoryFiles } from '../../transformer/memory_files.ts';
import { writeAll } from '../../transformer/files.ts';
import type { PipelineEnv } from '../training/pipeline_env.ts';
import { presetPlan } from './presets.ts';
import { parentChoices } from './search_step.ts';
import { gainInWords, measureThroughput, measuredRates } from './throughput_step.ts';

const DEVICE: TensorDevice = { backend: 'cpu', line: 'a slow machine', versions: {}, skipped: [] };
/** 4 sequences of 100 and 10 tokens: 400 prompt tokens and 40 generated ones. */
const TIMES: ModelTimes = {
  device: DEVICE,
  batch: 4,
  isl: 100,
  osl: 10,
  models: [
    { name: 'parent', prefill_ms: [100, 200, 4000], decode_ms: [10, 20, 400] },
    { name: 'child', prefill_ms: [50, 100, 2000], decode_ms: [5, 10, 200] },
  ],
};

describe('measured rates', () => {
  it('are tokens of the whole batch per second, and medians over rounds', () => {
    const { rounds, parent, child } = measuredRates(TIMES);
    expect(rounds).toBe(3);
    expect(parent.measured_tok_s).toEqual({ total: 1100, prefill: 2000, decode: 200 });
    expect(child.measured_tok_s).toEqual({ total: 2200, prefill: 4000, decode: 400 });
    expect(parent.measured_quartiles_tok_s?.prefill).toEqual([1050, 3000]);
  });

  it('have ratios that follow from them, whose spread is that within rounds: a machine that gets slower changes it not', () => {
    const { ratio } = measuredRates(TIMES);
    expect(ratio.measured).toEqual({ total: 2, prefill: 2, decode: 2 });
    expect(ratio.measured_quartiles).toEqual({ total: [2, 2], prefill: [2, 2], decode: [2, 2] });
  });

  it('claim no gain that the rounds contradict', async () => {
    const { view, parent } = await sample();
    const report = await measureThroughput({ env: environment(undefined), parent, view, choices: parentChoices(view) });
    expect(gainInWords(report)).toBe('2.00 times the parent’s throughput here');
    const mixed = { ...report, ratio: { ...report.ratio, measured_quartiles: { total: [0.9, 1.3], prefill: [1, 1], decode: [1, 1] } } } satisfies typeof report;
    expect(gainInWords(mixed)).toBe('no clear difference in throughput here');
  });
});

describe('the throughput report', () => {
  it('has the sums of the library: phases add up to the whole, and the parent is no faster than itself', async () => {
    const { view, parent } = await sample();
    const report = throughputReportSchema.parse(await measureThroughput({ env: environment(undefined), parent, view, choices: parentChoices(view) }));
    const { predicted_tok_s: predicted } = report.parent;
    expect((128 + 32) / predicted.total).toBeCloseTo(128 / predicted.prefill + 32 / predicted.decode, 10);
    expect(report.ratio.predicted).toEqual({ total: 1, prefill: 1, decode: 1 });
    expect(report.ratio.target).toEqual({ total: 1 });
    expect(report).toMatchObject({ batch: 8, isl: 128, osl: 32, rounds: 3, device: 'a slow machine', target_device: 'h100-sxm' });
    expect(report.not_measured).toBeUndefined();
    // A child without layer 0: what is left takes less time.
    const choices = [...parentChoices(view)];
    choices[0] = view.variant.findIndex((variant, at) => view.first_layer[at] === 0 && view.variants[variant].id === 'no_op/no_op');
    const smaller = await measureThroughput({ env: environment(undefined), parent, view, choices });
    expect(smaller.ratio.predicted.total).toBeGreaterThan(1.05);
    expect(smaller.ratio.target.total).toBeGreaterThan(1.05);
  });

  it('keeps the predictions of models that are too large to be timed, and says why', async () => {
    const { view, parent } = await sample();
    const report = throughputReportSchema.parse(await measureThroughput({ env: environment('too_large'), parent, view, choices: parentChoices(view) }));
    expect(report).toMatchObject({ rounds: 0, not_measured: 'No.', device: 'a slow machine' });
    expect(report.parent.measured_tok_s).toBeUndefined();
    expect(report.parent.predicted_tok_s.total).toBeGreaterThan(0);
    await expect(measureThroughput({ env: environment('cancelled'), parent, view, choices: parentChoices(view) })).rejects.toMatchObject({ payload: { code: 'cancelled' } });
  });
});

async function sample(): Promise<{ readonly view: LibraryView; readonly parent: Architecture }> {
  const plan = presetPlan('tiny', 1);
  if (plan.parent.kind !== 'train') throw new Error('The tiny preset trains its parent.');
  return { view: toView('sample', await measuredSample()), parent: plan.parent.architecture };
}

/** Whose jobs leave `TIMES`, or fail. */
function environment(failure: ErrorCode | undefined): PipelineEnv {
  const files = new MemoryFiles();
  return {
    files,
    plan: presetPlan('tiny', 1),
    hardware: BUILT_IN,
    signal: new AbortController().signal,
    device: () => Promise.resolve(DEVICE),
    async runJobs() {
      if (failure !== undefined) throw new WorkbenchError(failure, 'No.');
      await writeAll(files, 'model_times.json', JSON.stringify(TIMES));
      return [TIMES];
    },
    startStep: () => undefined,
    finishStep: () => undefined,
    elapsedS: () => 0,
    emit: () => undefined,
    log: () => undefined,
  };
}
