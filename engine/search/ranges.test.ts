/** Tracks of the sliders, against totals added up by hand. */
import { describe, expect, test } from 'vitest';
import { fixtureColumn, fixtureView } from './library_fixture.ts';
import { columnRanges } from './ranges.ts';

const columns = [fixtureColumn('kl_div', { role: 'score', measurement: undefined }), fixtureColumn('memory_mib'), fixtureColumn('runtime_ms')];

/** The parent's block scores 0 with 10 MiB and 4 ms; without attention 0.5, 6 MiB and 3 ms; without anything 2, 0 and 0. */
const layer = (at: number): Parameters<typeof fixtureView>[2] => [
  { layer: at, variant: 'kv8/1024', values: { kl_div: 0, memory_mib: 10, runtime_ms: 4 } },
  { layer: at, variant: 'no_op/1024', values: { kl_div: 0.5, memory_mib: 6, runtime_ms: 3 } },
  { layer: at, variant: 'no_op/no_op', values: { kl_div: 2, memory_mib: 0, runtime_ms: 0 } },
];

test('span all children, with what is outside the blocks', () => {
  const view = fixtureView(3, columns, [0, 1, 2].flatMap(layer), { non_block: [{ values: { memory_mib: 7 } }], measurement: { batch: 2, sequence: 6 } });
  expect(columnRanges(view)).toEqual([
    { column: 'total_tok_s', smallest: 1000, largest: 4000, parent: 1000 },
    { column: 'kl_div', smallest: 0, largest: 6, parent: 0, better_than_parent: 0 },
    { column: 'memory_mib', smallest: 7, largest: 37, parent: 37 },
    { column: 'runtime_ms', smallest: 0, largest: 12, parent: 12 },
    { column: 'attention_layers', smallest: 0, largest: 3, parent: 3 },
  ]);
});

test('reach what only a block over several layers reaches', () => {
  const span = { layer: 1, lastLayer: 2, variant: 'kv8/1024', values: { kl_div: 0.1, memory_mib: 50, runtime_ms: -1 } };
  const ranges = columnRanges(fixtureView(3, columns, [...[0, 1, 2].flatMap(layer), span]));
  expect(ranges.find(({ column }) => column === 'memory_mib')).toEqual({ column: 'memory_mib', smallest: 0, largest: 60, parent: 30 });
  expect(ranges.find(({ column }) => column === 'runtime_ms')).toMatchObject({ smallest: -1, largest: 12 });
  expect(ranges.find(({ column }) => column === 'attention_layers')).toMatchObject({ smallest: 0, largest: 3 });
});

test('leave columns for other traffic to workloads', () => {
  const more = [...columns, fixtureColumn('runtime_ms_long', { measurement: 'other' }), fixtureColumn('num_params', { measurement: undefined })];
  const choices = [0, 1].flatMap(layer).map((choice) => ({ ...choice, values: { ...choice.values, runtime_ms_long: 9, num_params: 5 } }));
  expect(columnRanges(fixtureView(2, more, choices)).map(({ column }) => column)).toEqual([
    'kl_div',
    'memory_mib',
    'runtime_ms',
    'num_params',
    'attention_layers',
  ]);
});

describe('blocks said to be better than the parent', () => {
  // The parent's loss in every layer is 1.5; one block is below it, one equals it up to rounding, one is above.
  const losses = [1.5, 1.4, 1.5 - 1e-12, 1.6];
  const variants = ['kv8/1024', 'kv4/1024', 'no_op/1024', 'no_op/no_op'];
  const choices = losses.flatMap((lm_loss, i) => [
    { layer: 0, variant: variants[i], values: { lm_loss, accuracy: -lm_loss } },
    { layer: 1, variant: variants[i], values: { lm_loss: 3 - lm_loss, accuracy: lm_loss - 3 } },
  ]);
  const scores = [fixtureColumn('lm_loss', { role: 'score' }), fixtureColumn('accuracy', { role: 'score', better: 'higher' })];
  const ranges = columnRanges(fixtureView(2, scores, choices));

  test('are counted in the direction of their column, beyond rounding', () => {
    // Layer 0: 1.4 alone. Layer 1, mirrored: 1.4 (from 1.6) alone.
    expect(ranges.map(({ better_than_parent }) => better_than_parent)).toEqual([2, 2, undefined]);
  });
});
