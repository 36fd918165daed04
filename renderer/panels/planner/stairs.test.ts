import { expect, test } from 'vitest';
import type { AttentionLayout, FfnLayout, PlanCandidate, PlanPoint } from '../../../engine/protocol/plan.ts';
import { stairsOf } from './stairs.ts';

const point = (batch: number, layout?: readonly [FfnLayout, AttentionLayout]): PlanPoint => ({
  phase: 'decode',
  batch,
  tokens: batch,
  winner: layout === undefined ? undefined : ({ layout: { ffn: layout[0], attention: layout[1] } } as PlanCandidate),
  why: '',
  on_frontier: true,
  runners_up: [],
  discarded: [],
});

test('lanes climb apart, and what does not fit is a stair of its own', () => {
  const { ffn, attention } = stairsOf([point(1, ['ws_2d', 'heads']), point(2, ['ws_2d', 'batch']), point(4, ['wg_x', 'batch']), point(8), point(16)]);
  expect(ffn.map(({ layout, firstBatch, lastBatch }) => [layout, firstBatch, lastBatch])).toEqual([
    ['ws_2d', 1, 2],
    ['wg_x', 4, 4],
    [undefined, 8, 16],
  ]);
  expect(attention.map(({ layout, first, last }) => [layout, first, last])).toEqual([
    ['heads', 0, 0],
    ['batch', 1, 2],
    [undefined, 3, 4],
  ]);
});
