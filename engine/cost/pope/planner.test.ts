import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtInDevices } from '../../hardware/devices.ts';
import { WorkbenchError } from '../../protocol/errors.ts';
import { planResultSchema, type PlanPoint, type PlanRequestInput, type PlanResult } from '../../protocol/plan.ts';
import { layoutsFor } from './layouts.ts';
import { palmModel } from './planned_model.ts';
import { modelIds, planFor } from './request.ts';

const PALM: PlanRequestInput = { model: 'palm-540b', device: 'tpu-v4', chips: 64, batches: [1, 64, 512], isl: 2048, osl: 64 };
const at = (result: PlanResult, phase: PlanPoint['phase'], batch: number): PlanPoint => result.points.find((point) => point.phase === phase && point.batch === batch)!;
const layoutAt = (result: PlanResult, phase: PlanPoint['phase'], batch: number): string => {
  const { ffn, attention } = at(result, phase, batch).winner!.layout;
  return `${ffn} ${attention}`;
};

describe('PaLM 540B on 64 TPU v4', () => {
  // Pope et al. (arXiv 2211.05102), Table 2: the layouts of the four runs.
  it.each([
    ['int8', undefined],
    ['bf16', undefined],
    ['int8', [4, 4, 4]],
    ['bf16', [4, 4, 4]],
  ] as const)('with %s weights on mesh %s takes the paper’s kind of layout for each run', (weights, mesh) => {
    const plan = planFor({ ...PALM, formats: { weights, activations: 'bf16', kv: 'bf16' }, ...(mesh === undefined ? {} : { mesh: [...mesh] }) });
    expect(layoutAt(plan, 'prefill', 1)).toBe('ws_2d heads');
    expect(layoutAt(plan, 'decode', 64)).toBe('ws_2d batch');
    expect(layoutAt(plan, 'decode', 512)).toBe('ws_2d batch');
    expect(layoutAt(plan, 'prefill', 512)).toMatch(/^wg_/);
    expect(at(plan, 'decode', 64).winner?.layout.mesh.x).toBe(4);
  });

  it('keeps 2D weight-stationary with attention over batch for decode from batch 64 on', () => {
    const plan = planFor({ ...PALM, phases: ['decode'], batches: [64, 128, 256, 512, 1024, 2048] });
    expect(plan.staircase).toEqual([{ phase: 'decode', first_batch: 64, last_batch: 2048, ffn: 'ws_2d', attention: 'batch' }]);
  });

  it.each(['closed_form', 'detailed'] as const)('climbs from stationary over X and XY to XYZ with the batch of prompts, %s', (terms) => {
    const plan = planFor({
      ...PALM,
      mesh: [4, 4, 4],
      phases: ['prefill'],
      batches: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
      terms,
      formats: { weights: 'int8', activations: 'bf16', kv: 'bf16' },
    });
    const steps = plan.staircase.map(({ ffn }) => ffn).filter((ffn, i, all) => ffn !== all[i - 1]);
    expect(steps).toEqual(['ws_2d', 'wg_x', 'wg_xy', 'wg_xyz']);
    expect(at(plan, 'prefill', 512).winner?.layout.attention).toBe('batch');
  });

  it('says what the others would cost and why', () => {
    const { winner, runners_up: runnersUp, why, discarded } = at(planFor(PALM), 'decode', 512);
    expect(why).toMatch(/^Its time goes into \d+ % multiplying with the weights/);
    expect(runnersUp).toHaveLength(4);
    for (const [i, other] of runnersUp.entries()) {
      expect(other.slower_by).toBeGreaterThanOrEqual(runnersUp[i - 1]?.slower_by ?? 0);
      expect(other.step_ms / winner!.step_ms - 1).toBeCloseTo(other.slower_by, 9);
      expect(`${other.layout.ffn} ${other.layout.attention}`).not.toBe('ws_2d batch');
    }
    // Attention over heads keeps 64 copies of the KV cache: 512 x 2,112 x 120,832 bytes are more than a chip has.
    expect(discarded.find(({ reason }) => reason === 'kv')?.layouts).toBeGreaterThan(0);
  });

  it('takes prompts in pieces where their activations have no room at once', () => {
    const [few, many] = [512, 1024].map((batch) => at(planFor({ ...PALM, phases: ['prefill'], batches: [batch], mesh: [4, 4, 4] }), 'prefill', batch).winner!);
    expect(few!.passes).toBe(1);
    expect(many!.passes).toBe(2);
    expect(many!.step_ms).toBeGreaterThanOrEqual(2 * few!.step_ms * (1 - 1e-9));
    const { weights_bytes: weights, kv_bytes: kv, buffers_bytes: buffers, reserve_bytes: reserve, capacity_bytes: capacity } = many!.memory_per_chip;
    expect(weights + kv + buffers + reserve).toBeLessThanOrEqual(capacity);
  });

  it('gains from int8 weights where loading them counts, by no more than the paper saw', () => {
    const step = (weights: 'int8' | 'bf16', batch: number): number =>
      at(planFor({ ...PALM, phases: ['decode'], formats: { weights, activations: 'bf16', kv: 'bf16' } }), 'decode', batch).winner!.step_ms;
    // The paper: 28.5 against 36.9 ms at batch 64.
    expect(step('bf16', 64) / step('int8', 64)).toBeGreaterThan(1.2);
    expect(step('bf16', 64) / step('int8', 64)).toBeLessThan(36.9 / 28.5);
    expect(step('bf16', 512) / step('int8', 512)).toBeLessThan(step('bf16', 64) / step('int8', 64));
  });

  it('comes in the shape of its schema, with its provenance and what was assumed', () => {
    const plan = planFor(PALM);
    expect(planResultSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(JSON.parse(JSON.stringify(plan)));
    expect(plan.provenance.kind).toBe('estimated');
    expect(plan.hardware.network_gb_s).toBe(270);
    expect(plan.notes.join(' ')).toContain('150 GB/s');
  });
});

describe('what does not fit', () => {
  it('is said, with the least that is needed', () => {
    const [point] = planFor({ ...PALM, chips: 8, phases: ['decode'], batches: [1] }).points;
    expect(point?.winner).toBeUndefined();
    expect(point?.on_frontier).toBe(false);
    expect(point?.runners_up).toEqual([]);
    expect(point?.why).toMatch(/^No layout fits: the most frugal needs 139\.\d GB on each of 8 chips, which has 32\.6 GB to give; there is no room for weights\.$/);
    expect(point?.discarded.map(({ reason }) => reason)).toEqual(['weights']);
  });

  it('begins beyond the largest batch', () => {
    const plan = (batch: number) => planFor({ model: 'llama-3.1-8b', device: 'h100-sxm', chips: 1, phases: ['decode'], batches: [batch], isl: 2048, osl: 128 }).points[0]!;
    const most = plan(1).winner!.max_batch;
    expect(plan(most).winner).toBeDefined();
    expect(plan(most + 1).winner).toBeUndefined();
  });
});

describe('any model on any chips', () => {
  const requests = fc.record({
    model: fc.constantFrom(...modelIds()),
    device: fc.constantFrom(...builtInDevices().map(({ id }) => id)),
    chips: fc.constantFrom(1, 2, 3, 4, 8, 12, 16, 64, 256),
    batches: fc.uniqueArray(fc.integer({ min: 1, max: 2048 }), { minLength: 1, maxLength: 3 }),
    isl: fc.integer({ min: 1, max: 8192 }),
    osl: fc.integer({ min: 0, max: 2048 }),
    cached_tokens: fc.integer({ min: 0, max: 4096 }),
    terms: fc.constantFrom('closed_form' as const, 'detailed' as const),
    overlap: fc.constantFrom('none' as const, 'memory' as const, 'all' as const),
  });

  it('gives winners that fit, no faster than the peak, and no runner-up that beats them', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const plan = planResultSchema.parse(planFor(request));
        for (const { winner, runners_up: runnersUp, batch } of plan.points) {
          if (winner === undefined) continue;
          const { weights_bytes: weights, kv_bytes: kv, buffers_bytes: buffers, reserve_bytes: reserve, capacity_bytes: capacity } = winner.memory_per_chip;
          expect(weights + kv + buffers + reserve).toBeLessThanOrEqual(capacity * (1 + 1e-12));
          expect(winner.max_batch).toBeGreaterThanOrEqual(batch);
          const { hidden, ...causes } = winner.breakdown_ms;
          expect(Object.values(causes).reduce((a, b) => a + b) - hidden).toBeCloseTo(winner.step_ms, 6);
          for (const other of runnersUp) expect(other.slower_by).toBeGreaterThanOrEqual(-1e-12);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('needs no more weights per chip, and is no slower at small batch, with more chips', () => {
    fc.assert(
      fc.property(fc.constantFrom(...modelIds()), fc.constantFrom(2, 4, 8, 16), (model, chips) => {
        const winner = (n: number) => planFor({ model, device: 'tpu-v5p', chips: n, phases: ['decode'], batches: [16], isl: 1024, osl: 64 }).points[0]!.winner;
        const [few, many] = [winner(chips), winner(2 * chips)];
        if (few === undefined) return;
        expect(many?.memory_per_chip.weights_bytes).toBeLessThanOrEqual(few.memory_per_chip.weights_bytes);
        expect(many?.breakdown_ms.weights).toBeLessThanOrEqual(few.breakdown_ms.weights);
      }),
    );
  });

  it('divides KV heads and batch where there are several KV heads: grouped-query attention', () => {
    const plan = planFor({ model: 'nemotron-ultra-253b', device: 'tpu-v5e', chips: 64, phases: ['decode'], batches: [16], isl: 2048, osl: 128 });
    const { layout } = plan.points[0]!.winner!;
    expect(layout.attention).toBe('grouped');
    expect(layout.head_ways * layout.batch_ways).toBe(64);
    expect(layout.head_ways).toBeLessThanOrEqual(8);
  });

  it('marks the batches that none other beats in both time and cost', () => {
    const { points } = planFor({ ...PALM, phases: ['decode'], batches: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] });
    const frontier = points.filter((point) => point.on_frontier);
    expect(frontier.length).toBeGreaterThan(5);
    for (const a of frontier) {
      expect(points.some(({ winner }) => winner!.step_ms < a.winner!.step_ms && winner!.chip_seconds_per_token < a.winner!.chip_seconds_per_token)).toBe(false);
    }
  });

  it('sorts batches and takes each once', () => {
    expect(planFor({ ...PALM, phases: ['decode', 'decode'], batches: [8, 2, 8] }).points.map(({ batch }) => batch)).toEqual([2, 8]);
  });
});

describe('meshes', () => {
  it('have the chips, and store weights as the stationary layout wants them', () => {
    for (const layout of layoutsFor(64, palmModel('palm-540b')!)) {
      const { x, y, z } = layout.mesh;
      expect(x * y * z).toBe(64);
      if (layout.ffn === 'wg_xy') expect(layout.gathered).toBe(x * y);
      if (layout.ffn === 'wg_x') expect(layout.gathered).toBe(x);
    }
  });

  it('that are given leave only the layouts along their axes', () => {
    const kinds = new Set(layoutsFor(64, palmModel('palm-540b')!, { x: 4, y: 4, z: 4 }).map(({ ffn, gathered }) => `${ffn} ${gathered}`));
    expect([...kinds]).toEqual(['ws_1d 1', 'ws_2d 1', 'wg_x 4', 'wg_xy 16', 'wg_xyz 64']);
    expect(new Set(layoutsFor(4, palmModel('palm-540b')!, { x: 1, y: 1, z: 4 }).map(({ ffn }) => ffn))).toEqual(new Set(['ws_1d', 'wg_xyz']));
  });

  it('that do not hold the chips are refused', () => {
    expect(() => planFor({ ...PALM, mesh: [2, 2, 2] })).toThrow('A mesh of 2 x 2 x 2 has 8 chips, not 64.');
  });
});

describe('requests', () => {
  it('may name devices by any known spelling', () => {
    expect(planFor({ ...PALM, device: 'NVIDIA H100 80GB HBM3', model: 'palm-8b', chips: 1 }).device).toBe('h100-sxm');
  });

  it.each([
    [{ model: 'palm-541b' }, 'There is no model "palm-541b".'],
    [{ device: 'tpu-v99' }, 'There is no device "tpu-v99".'],
  ])('%j: %s', (wrong, message) => {
    const attempt = (): unknown => planFor({ ...PALM, ...wrong });
    expect(attempt).toThrow(WorkbenchError);
    expect(attempt).toThrow(message);
  });

  it('on GPUs point to the calibrated model', () => {
    const { notes, band } = planFor({ ...PALM, model: 'llama-3.1-8b', device: 'h100-sxm', chips: 2 });
    expect(notes[0]).toContain('calibrated tensor-parallel model');
    expect(band.high).toBeGreaterThan(2);
  });
});
