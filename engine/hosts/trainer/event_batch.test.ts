import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JobEvent } from '../../protocol/train.ts';
import { EventBatch } from './event_batch.ts';

let sent: JobEvent[][];
let batch: EventBatch;

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  batch = new EventBatch((events) => sent.push(events), () => Date.now());
});
afterEach(() => {
  vi.useRealTimers();
});

const point = (step: number, value = 0): JobEvent => ({ kind: 'point', series: 'loss', step, value });
const progress = (done: number): JobEvent => ({ kind: 'progress', done, total: 100, unit: 'steps' });

describe('events on their way out', () => {
  it('leave at most twenty times a second, every point among them', () => {
    for (let step = 0; step < 1000; step++) {
      batch.add(point(step));
      vi.advanceTimersByTime(1);
    }
    batch.flush();
    expect(sent.length).toBeLessThanOrEqual(21);
    expect(sent.flat().map((event) => event.kind === 'point' && event.step)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  it('do not wait for another one', () => {
    batch.add(point(1));
    batch.add(point(2));
    expect(sent).toEqual([[point(1)]]);
    vi.advanceTimersByTime(50);
    expect(sent).toEqual([[point(1)], [point(2)]]);
  });

  it('give way to newer ones that replace them', () => {
    batch.add(point(0));
    const cell = (layer: number, value: number): JobEvent => ({ kind: 'cell', layer, target: 'ffn:64', value, measure: 'nmse' });
    for (const event of [progress(1), cell(0, 0.9), progress(2), cell(1, 0.8), cell(0, 0.7)]) batch.add(event);
    batch.flush();
    expect(sent[1]).toEqual([progress(2), cell(1, 0.8), cell(0, 0.7)]);
  });

  it('become one warning where they are not finite', () => {
    for (const step of [1, 2, 3]) batch.add(point(step, NaN));
    batch.add(point(4, 1));
    batch.flush();
    expect(sent.flat()).toEqual([{ kind: 'log', level: 'warning', text: 'loss is not a finite number.' }, point(4, 1)]);
  });

  it('send nothing where there is nothing', () => {
    batch.flush();
    expect(sent).toEqual([]);
  });
});
