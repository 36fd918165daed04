import { describe, expect, it } from 'vitest';
import { learningRateAt, type Schedule } from './learning_rate.ts';

const schedule: Schedule = { steps: 110, warmup_steps: 10, learning_rate: 0.1, final_learning_rate: 0.02 };

describe('learning rate', () => {
  it('rises linearly to the full rate at the last step of the warm-up', () => {
    expect([0, 4, 9].map((step) => learningRateAt(schedule, step))).toEqual([0.01, 0.05, 0.1].map((rate) => expect.closeTo(rate, 12)));
  });

  it('is half way down in the middle of the cosine and final at the last step', () => {
    expect(learningRateAt(schedule, 59)).toBeCloseTo(0.06, 12);
    expect(learningRateAt(schedule, 109)).toBeCloseTo(0.02, 12);
  });

  it('starts at the full rate without a warm-up', () => {
    expect(learningRateAt({ ...schedule, warmup_steps: 0 }, 0)).toBeCloseTo(0.1, 12);
    expect(learningRateAt({ ...schedule, warmup_steps: 0 }, 109)).toBeCloseTo(0.02, 12);
  });

  it('never leaves the range between nothing and the full rate, whatever the proportions', () => {
    for (const warmup_steps of [0, 1, 5, 8]) {
      for (const steps of [1, 2, 5, 9]) {
        for (let step = 0; step < steps; step++) {
          const rate = learningRateAt({ ...schedule, steps, warmup_steps }, step);
          expect(rate).toBeGreaterThan(0);
          expect(rate).toBeLessThanOrEqual(0.1);
        }
      }
    }
  });
});
