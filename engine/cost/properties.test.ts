/** What must hold for any model on any device; costmodel.md 6.9. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUILT_IN } from '../hardware/calibrations.ts';
import { computeFormat, peakFlops } from '../hardware/formats.ts';
import { deploymentSchema, type Deployment } from '../protocol/cost.ts';
import type { Format } from '../protocol/hardware.ts';
import { chosenBlock, type Attention, type Block, type Ffn, type ModelShape } from '../protocol/variant.ts';
import { kernelsFor } from './kernels.ts';
import { Model, type Served } from './model.ts';
import { pipelinedModel } from './pipeline.ts';
import { costReport } from './report.ts';
import { largestBatch, operate } from './serving.ts';
import { evenStages } from './stages.ts';
import { attentionSeconds, ffnSeconds, type Step } from './sub_block.ts';

const RUNS = { numRuns: 300 };
/** Rounding of sums in another order. */
const ROUNDING = 1 + 1e-9;

/** Heads hold at least half of the residual stream, as in every released model; less, and a linear map is the larger one. */
const shapes: fc.Arbitrary<ModelShape> = fc
  .record({
    hidden_size: fc.integer({ min: 4, max: 128 }).map((blocks) => 128 * blocks),
    head_dim: fc.constantFrom(64, 80, 96, 128, 256),
    num_attention_heads: fc.integer({ min: 1, max: 16 }).map((heads) => 8 * heads),
    vocab_size: fc.integer({ min: 1000, max: 260_000 }),
    tie_word_embeddings: fc.boolean(),
    attention_bias: fc.constantFrom('qkv', 'qkvo', undefined),
    qk_norm: fc.boolean(),
    post_norms: fc.boolean(),
  })
  .filter(({ hidden_size: hidden, head_dim: size, num_attention_heads: heads }) => 2 * heads * size >= hidden)
  .map(({ attention_bias: bias, ...shape }) => ({ ...shape, ...(bias !== undefined && { attention_bias: bias }) }));

const kvHeadsOf = ({ num_attention_heads: heads }: ModelShape): number[] => Array.from({ length: heads }, (_, index) => index + 1).filter((count) => heads % count === 0);
const gqa = (kvHeads: number): Attention => ({ kind: 'gqa', kv_heads: kvHeads });
const swiglu = (width: number): Ffn => ({ kind: 'swiglu', intermediate_size: width });
const widths = fc.integer({ min: 1, max: 512 }).map((blocks) => 64 * blocks);
const formats: fc.Arbitrary<Pick<Deployment, 'weights' | 'activations' | 'kv'>> = fc.record({
  weights: fc.constantFrom<Format>('bf16', 'fp16', 'fp8', 'int8', 'fp4', 'int4'),
  activations: fc.constantFrom<Format>('bf16', 'fp8', 'int8', 'fp4'),
  kv: fc.constantFrom<Format>('bf16', 'fp8', 'int8', 'fp4'),
});
const devices = fc.constantFrom(...BUILT_IN.devices.map(({ id }) => id));
const deployments: fc.Arbitrary<Deployment> = fc
  .record({ device: devices, formats, tp: fc.constantFrom(1, 2, 4, 8), kv_head_cliff: fc.boolean(), calibration: fc.constantFrom(undefined, ...BUILT_IN.calibrations.map(({ id }) => id)) })
  .map(({ formats: chosen, calibration, ...rest }) => deploymentSchema.parse({ ...rest, ...chosen, ...(calibration !== undefined && { calibration }) }))
  // A TPU has no units for fp16.
  .filter(({ device: id, weights, activations }) => BUILT_IN.devices.some((device) => device.id === id && peakFlops(device, computeFormat(weights, activations)) !== undefined));
const steps: fc.Arbitrary<Step> = fc
  .record({
    sequences: fc.oneof(fc.constant(0), fc.double({ min: 1, max: 2048, noNaN: true })),
    tokensPerSequence: fc.constantFrom(1, 1, 1, 4),
    context: fc.integer({ min: 1, max: 131_072 }),
    prefillTokens: fc.oneof(fc.constant(0), fc.double({ min: 1, max: 8192, noNaN: true })),
    prompt: fc.integer({ min: 1, max: 32_768 }),
  })
  .filter(({ sequences, prefillTokens }) => sequences + prefillTokens > 0);

/** Two values of one list, the smaller first. */
const twoOf = (values: readonly number[]): fc.Arbitrary<readonly [number, number]> =>
  fc.tuple(fc.constantFrom(...values), fc.constantFrom(...values)).map(([a, b]) => (a <= b ? [a, b] : [b, a]));
const withKvHeads = shapes.chain((shape) => twoOf(kvHeadsOf(shape)).map((kvHeads) => ({ shape, kvHeads })));

const blocksOf = (shape: ModelShape): fc.Arbitrary<Block> =>
  fc.record({
    attention: fc.oneof(fc.constantFrom(...kvHeadsOf(shape)).map(gqa), fc.constant<Attention>({ kind: 'linear' }), fc.constant<Attention>({ kind: 'no_op' })),
    ffn: fc.oneof(widths.map(swiglu), fc.constant<Ffn>({ kind: 'linear' }), fc.constant<Ffn>({ kind: 'no_op' })),
  });
const architectures: fc.Arbitrary<Served> = shapes.chain((shape) =>
  fc.array(blocksOf(shape), { minLength: 8, maxLength: 40 }).map((blocks) => ({ name: 'any', shape, blocks: blocks.map((block, layer) => chosenBlock([layer], block)) })),
);

describe('time of a sub-block', () => {
  it('no-op <= linear <= any grouped-query attention', () => {
    fc.assert(
      fc.property(withKvHeads, deployments, steps, ({ shape, kvHeads: [kvHeads] }, deployment, step) => {
        const kernels = kernelsFor(deployment, BUILT_IN);
        const seconds = (attention: Attention): number => attentionSeconds(kernels, shape, attention, deployment.tp, step);
        expect(seconds({ kind: 'no_op' })).toBe(0);
        expect(seconds({ kind: 'linear' })).toBeGreaterThan(0);
        expect(seconds({ kind: 'linear' })).toBeLessThanOrEqual(seconds(gqa(kvHeads)) * ROUNDING);
      }),
      RUNS,
    );
  });

  it('a wider FFN is never faster', () => {
    fc.assert(
      fc.property(shapes, widths, widths, deployments, steps, (shape, a, b, deployment, step) => {
        const kernels = kernelsFor(deployment, BUILT_IN);
        const seconds = (width: number): number => ffnSeconds(kernels, shape, swiglu(width), deployment.tp, step);
        expect(seconds(Math.min(a, b))).toBeLessThanOrEqual(seconds(Math.max(a, b)) * ROUNDING);
      }),
      RUNS,
    );
  });

  it('more KV heads are never faster without the cliff', () => {
    fc.assert(
      fc.property(withKvHeads, deployments, steps, ({ shape, kvHeads: [few, many] }, deployment, step) => {
        const kernels = kernelsFor({ ...deployment, kv_head_cliff: false }, BUILT_IN);
        const seconds = (kvHeads: number): number => attentionSeconds(kernels, shape, gqa(kvHeads), deployment.tp, step);
        expect(seconds(few)).toBeLessThanOrEqual(seconds(many) * ROUNDING);
      }),
      RUNS,
    );
  });

  it('the cliff only ever adds, and only from 32 query heads per KV head', () => {
    fc.assert(
      fc.property(withKvHeads, deployments, steps, ({ shape, kvHeads: [kvHeads] }, deployment, step) => {
        const seconds = (cliff: boolean): number => attentionSeconds(kernelsFor({ ...deployment, kv_head_cliff: cliff }, BUILT_IN), shape, gqa(kvHeads), deployment.tp, step);
        const group = Math.ceil(shape.num_attention_heads / deployment.tp) / Math.max(1, Math.ceil(kvHeads / deployment.tp));
        if (group < 32) expect(seconds(true)).toBe(seconds(false));
        else expect(seconds(true)).toBeGreaterThanOrEqual(seconds(false));
      }),
      RUNS,
    );
  });

  it('more sequences and longer contexts are never faster', () => {
    fc.assert(
      fc.property(withKvHeads, widths, deployments, steps, fc.double({ min: 1, max: 4, noNaN: true }), ({ shape, kvHeads: [kvHeads] }, width, deployment, step, more) => {
        const kernels = kernelsFor(deployment, BUILT_IN);
        const seconds = (at: Step): number => attentionSeconds(kernels, shape, gqa(kvHeads), deployment.tp, at) + ffnSeconds(kernels, shape, swiglu(width), deployment.tp, at);
        for (const key of ['sequences', 'context', 'prefillTokens', 'prompt'] as const) expect(seconds(step)).toBeLessThanOrEqual(seconds({ ...step, [key]: step[key] * more }) * ROUNDING);
      }),
      RUNS,
    );
  });
});

describe('memory', () => {
  const modelOf = (shape: ModelShape, blocks: readonly Block[], deployment: Deployment): Model =>
    new Model({ name: 'any', shape, blocks: blocks.map((block, layer) => chosenBlock([layer], block)) }, deployment);

  it('more KV heads are never less of it', () => {
    fc.assert(
      fc.property(withKvHeads, widths, deployments, ({ shape, kvHeads: [few, many] }, width, deployment) => {
        const [lean, full] = [few, many].map((kvHeads) => modelOf(shape, [{ attention: gqa(kvHeads), ffn: swiglu(width) }], deployment));
        expect(lean!.stageWeights(0)).toBeLessThanOrEqual(full!.stageWeights(0));
        expect(lean!.stageKv(0)).toBeLessThanOrEqual(full!.stageKv(0));
      }),
      RUNS,
    );
  });

  it('more tensor parallelism is never more weights or cache per device', () => {
    fc.assert(
      fc.property(architectures, deployments, fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }), (architecture, deployment, a, b) => {
        const [few, many] = [Math.min(a, b), Math.max(a, b)].map((tp) => new Model(architecture, { ...deployment, tp }));
        expect(many!.stageWeights(0)).toBeLessThanOrEqual(few!.stageWeights(0) * ROUNDING);
        expect(many!.stageKv(0)).toBeLessThanOrEqual(few!.stageKv(0));
      }),
      RUNS,
    );
  });
});

describe('a whole model', () => {
  const traffics = fc.record({ isl: fc.integer({ min: 0, max: 8192 }), osl: fc.integer({ min: 1, max: 4096 }) });
  const batches = fc.double({ min: 1, max: 4096, noNaN: true });

  it('is never faster for a wider FFN in one of its layers, at equal batch', () => {
    fc.assert(
      fc.property(architectures, deployments, traffics, batches, widths, widths, fc.nat(), (architecture, deployment, traffic, batch, a, b, at) => {
        const served = (width: number): number => {
          const blocks = architecture.blocks.map((block, layer) => (layer === at % architecture.blocks.length ? chosenBlock([layer], { attention: block.attention, ffn: swiglu(width) }) : block));
          return operate(new Model({ ...architecture, blocks }, deployment), traffic, batch).outputTokS;
        };
        expect(served(Math.max(a, b))).toBeLessThanOrEqual(served(Math.min(a, b)) * ROUNDING);
      }),
      { numRuns: 100 },
    );
  });

  it('in balanced stages never serves less than in even ones', () => {
    fc.assert(
      fc.property(architectures, deployments, fc.integer({ min: 2, max: 8 }), traffics, fc.option(batches, { nil: undefined }), (architecture, deployment, pp, traffic, batch) => {
        const asked = { ...traffic, ...(batch !== undefined && { batch }) };
        const staged = { ...deployment, pp };
        const balanced = pipelinedModel(architecture, staged, asked);
        const even = new Model(architecture, staged, BUILT_IN, evenStages(architecture.blocks.length, pp));
        const at = (model: Model): number => batch ?? largestBatch(model, traffic).batch;
        const fits = (model: Model): boolean => model.sequencesThatFit(traffic.isl + traffic.osl) >= Math.max(1, batch ?? 1);
        // What holds the batch goes before what would be faster if it did.
        if (fits(even)) expect(fits(balanced)).toBe(true);
        if (fits(even) || !fits(balanced)) {
          expect(operate(balanced, traffic, Math.max(1, at(balanced))).outputTokS).toBeGreaterThanOrEqual(operate(even, traffic, Math.max(1, at(even))).outputTokS / ROUNDING);
        }
        expect(balanced.stages.map(({ first }) => first)).toEqual([0, ...balanced.stages.slice(0, -1).map(({ end }) => end)]);
        expect(balanced.stages.at(-1)?.end).toBe(architecture.blocks.length);
      }),
      { numRuns: 100 },
    );
  });

  it('has a report without a number that is none', () => {
    fc.assert(
      fc.property(architectures, deployments, fc.integer({ min: 1, max: 4 }), traffics, fc.option(batches, { nil: undefined }), fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }), (architecture, deployment, pp, traffic, batch, drafts) => {
        const report = costReport(
          architecture,
          { ...deployment, pp, price_per_device_hour: 2, ...(drafts !== undefined && { speculation: { draft_tokens: drafts, acceptance: 0.8, draft_cost: 0.05 } }) },
          { ...traffic, ...(batch !== undefined && { batch }) },
        );
        const walk = (value: unknown, place: string): void => {
          if (typeof value === 'number') expect(Number.isFinite(value) && value >= -1e-9, `${place} is ${value}`).toBe(true);
          else if (typeof value === 'object' && value !== null) for (const [key, inner] of Object.entries(value)) walk(inner, `${place}.${key}`);
        };
        walk(report, 'report');
        expect(report.output_tok_s > 0).toBe(report.batch >= 1);
        expect(report.layers.length).toBe(architecture.blocks.length);
      }),
      { numRuns: 40 },
    );
  });
});
