import { describe, expect, test } from 'vitest';
import { presetPlan } from '../../engine/hosts/pipeline/presets.ts';
import type { StepState } from '../../engine/protocol/train.ts';
import { DARK, LIGHT } from '../theme/theme.ts';
import { contrast, inkOn, toneAt } from '../panels/train/heat_tones.ts';
import { scaledSeconds, secondsLeft, workOf } from './train_estimate.ts';
import { differenceText, durationText, figureText, readCount, readCounts } from './train_numbers.ts';
import { proposals } from './train_parent.ts';
import { toneScale } from './train_tones.ts';

describe('numbers of training', () => {
  test('durations', () => {
    expect([0, 0.4, 8, 80, 600, 3599, 3600, 7500].map(durationText)).toEqual(['0 s', '< 1 s', '8 s', '1 min 20 s', '10 min', '60 min', '1 h', '2 h 5 min']);
  });

  test('figures have three digits, whatever their size', () => {
    expect([0, 1.7971, 0.005, 0.000275, 0.0000671, 12.34, 1234.5].map(figureText)).toEqual(['0', '1.80', '0.00500', '0.000275', '6.7e−5', '12.3', '1,235']);
  });

  test('differences', () => {
    expect([0, 0.0001, 0.034, -0.93, 8, 33].map(differenceText)).toEqual(['±0 %', '±0 %', '+3.4 %', '−93 %', '+800 %', '34 ×']);
  });

  test('typed counts and lists', () => {
    expect(readCount('131k', 1)).toEqual({ kind: 'ok', value: 131_000 });
    expect(readCount('1.5', 1).kind).toBe('wrong');
    expect(readCounts('48, 96;96 192')).toEqual({ kind: 'ok', value: [192, 96, 48] });
    expect(readCounts('')).toEqual({ kind: 'ok', value: [] });
    expect(readCounts('0').kind).toBe('wrong');
  });

  test('variants proposed for a parent divide its heads and are narrower', () => {
    expect(proposals({ kvHeads: 8, width: 14_336 })).toEqual({ kvHeads: '4, 2, 1', widths: '10752, 7168, 3584' });
    expect(proposals({ kvHeads: 3, width: 100 })).toEqual({ kvHeads: '', widths: '75, 50, 25' });
  });
});

describe('colours of a map', () => {
  test('the scale runs over decades and keeps what it must reach', () => {
    const scale = toneScale([0.02, 0.3], [0.01, 1]);
    expect([scale.low, scale.high, scale.ticks]).toEqual([0.01, 1, [0.01, 0.1, 1]]);
    expect([scale.place(0.01), scale.place(0.1), scale.place(5), scale.place(0)]).toEqual([0, expect.closeTo(0.5, 12), 1, 0]);
  });

  test('a few tiny values do not stretch it', () => {
    const scale = toneScale([1e-9, ...Array.from({ length: 40 }, (_, i) => 0.01 + i / 100)]);
    expect(scale.low).toBe(0.01);
    expect(scale.cut).toBe(true);
    expect(toneScale([]).ticks).toEqual([0.1, 1]);
  });

  test.each([LIGHT, DARK])('figures can be read on every tone, $name', (theme) => {
    for (let place = 0; place <= 1; place += 0.02) {
      const tone = toneAt(theme, place);
      // Between a dark and a light ink some tone is always in the middle.
      expect(contrast(tone, inkOn(theme, tone))).toBeGreaterThan(3.9);
    }
    expect(toneAt(theme, 0)).toBe(theme.accentSoft);
    expect(toneAt(theme, 1)).toBe(theme.danger);
  });
});

describe('how long a run takes', () => {
  const plan = presetPlan('tiny', 1);
  const steps = (states: readonly [StepState['kind'], StepState['state'], number][]): StepState[] => states.map(([kind, state, elapsed_s]) => ({ kind, title: kind, state, progress: state === 'done' ? 1 : 0, elapsed_s, jobs: { done: 0, total: 0 } }));

  test('the plan itself takes what its preset says, twice the steps more', () => {
    const base = { plan, estimate_s: 780 };
    expect(scaledSeconds(plan, base)).toBeCloseTo(780, 9);
    const withSpans = { ...plan, space: { ...plan.space, spans: [[0, 1]] } };
    const pairs = plan.space.attentions.length * plan.space.ffns.length;
    expect(workOf(withSpans).score / workOf(plan).score).toBeCloseTo(9 / 8, 2);
    expect(workOf(withSpans).bld / workOf(plan).bld).toBeCloseTo(1 + pairs / (8 * (plan.space.attentions.length + plan.space.ffns.length - 2)), 1);
    const longer = scaledSeconds({ ...plan, bld: { ...plan.bld, training: { ...plan.bld.training, steps: 2 * plan.bld.training.steps } } }, base);
    expect(longer).toBeGreaterThan(780);
    expect(longer).toBeLessThan(1560);
  });

  test('work ahead is timed by the speed so far, and not at all before there is one', () => {
    const work = workOf(plan);
    const left = secondsLeft(plan, steps([['parent', 'done', 100], ['bld', 'waiting', 0]]))!;
    expect(left).toBeCloseTo((100 * work.bld) / work.parent, 9);
    expect(secondsLeft(plan, steps([['parent', 'waiting', 0], ['bld', 'waiting', 0]]))).toBeUndefined();
  });
});
