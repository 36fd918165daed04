import { describe, expect, test } from 'vitest';
import { presetPlan } from '../../engine/hosts/pipeline/presets.ts';
import type { ThroughputReport } from '../../engine/protocol/train.ts';
import { headline } from './train_headline.ts';
import type { PartialReport } from './train_tables.ts';

const plan = presetPlan('tiny', 1);
const figure = (report: PartialReport, name: string, of = plan) => headline(report, of).find((one) => one.name === name);
const child = (accuracy: number): PartialReport['child'] => ({ loss_before: 3, loss_after: 2, kl_before: 1, kl_after: 0.5, tasks: { copy: accuracy }, tasks_before: {} });
const all = <T>(total: T): Record<'total' | 'prefill' | 'decode', T> => ({ total, prefill: total, decode: total });

test('accuracy is kept only of what the parent has', () => {
  expect(figure({ parent: { loss: 2, tasks: { copy: 0.8 } }, child: child(0.6) }, 'Accuracy kept')!.value).toBe('75.0 %');
  expect(figure({ parent: { loss: 2, tasks: { copy: 0.025 } }, child: child(0.05) }, 'Accuracy kept')).toBeUndefined();
});

describe('throughput', () => {
  const rates = { predicted_tok_s: all(1), target_tok_s: { total: 1 } };
  const told = (measured: number | undefined, low: number, high: number): string => {
    const ratio = { predicted: all(1.5), target: { total: 2 }, ...(measured !== undefined && { measured: all(measured), measured_quartiles: all<[number, number]>([low, high]) }) };
    const throughput: ThroughputReport = { batch: 1, isl: 1, osl: 1, rounds: 3, device: 'here', target_device: 'there', parent: rates, child: rates, ratio };
    const { value, note } = figure({ throughput }, 'Throughput')!;
    return `${value} ${note}`;
  };

  test('says where rounds do not tell parent and child apart', () => {
    expect(told(1.1, 1.05, 1.2)).toBe('1.10 × the parent’s; predicted 1.50 ×');
    expect(told(1.1, 0.9, 1.2)).toBe('1.10 × no clear difference here; predicted 1.50 ×');
    expect(told(undefined, 0, 0)).toBe('1.50 × the parent’s, predicted');
  });
});

test('what was trained is called what it is', () => {
  const bld = { trained: 20, improved: 19, initial_nmse: 1, final_nmse: 0.5 };
  expect(figure({ bld }, 'Sub-blocks')!.value).toBe('19 of 20');
  expect(figure({ bld }, 'Blocks', { ...plan, bld: { ...plan.bld, mode: 'coupled' } })!.value).toBe('19 of 20');
  expect(figure({ bld }, 'Sub-blocks and blocks', { ...plan, bld: { ...plan.bld, mode: 'two_stage' } })!.value).toBe('19 of 20');
});
