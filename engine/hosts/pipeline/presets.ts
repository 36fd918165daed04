/**
 * Ready-made plans: a small parent trained here on the bundled corpus, and all of Puzzle after it. Smoke shows in a minute
 * that everything works; tiny is big enough for its numbers to mean something; small is for an hour or more.
 */
import { chosenBlock, type Architecture, type Attention, type Ffn } from '../../protocol/variant.ts';
import type { Plan, TrainingSpec } from '../../protocol/train.ts';

export const PRESET_IDS = ['smoke', 'tiny', 'small'] as const;
export type PresetId = (typeof PRESET_IDS)[number];

interface Size {
  readonly title: string;
  readonly line: string;
  /** Minutes on two laptop cores, roughly, so that nobody starts an hour by accident. */
  readonly estimateMinutes: number;
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly headDim: number;
  readonly kvHeads: number;
  readonly width: number;
  readonly kvChoices: readonly number[];
  /** FFN widths besides the parent's. */
  readonly widths: readonly number[];
  readonly sequence: number;
  readonly trainTokens: number;
  readonly heldOutTokens: number;
  readonly taskExamples: number;
  readonly parent: { readonly steps: number; readonly batch: number; readonly learningRate: number };
  readonly bld: { readonly steps: number; readonly batch: number; readonly learningRate: number; readonly trainSequences: number; readonly heldOutSequences: number };
  readonly gkd: { readonly steps: number; readonly batch: number; readonly learningRate: number };
  readonly scoreSequences: number;
  readonly evaluateSequences: number;
  readonly additivity: { readonly architectures: number; readonly narrow: number };
  readonly randomChildren: number;
}

const SIZES: Readonly<Record<PresetId, Size>> = {
  smoke: {
    title: 'Smoke',
    line: '4 layers of 64; shows in under a minute that everything works. Its numbers mean little.',
    estimateMinutes: 0.6,
    hidden: 64,
    layers: 4,
    heads: 4,
    headDim: 16,
    kvHeads: 2,
    width: 192,
    kvChoices: [1],
    widths: [96, 48],
    sequence: 64,
    trainTokens: 131_072,
    heldOutTokens: 16_384,
    taskExamples: 40,
    parent: { steps: 160, batch: 16, learningRate: 4e-3 },
    bld: { steps: 40, batch: 16, learningRate: 3e-3, trainSequences: 256, heldOutSequences: 64 },
    gkd: { steps: 40, batch: 16, learningRate: 3e-4 },
    scoreSequences: 64,
    evaluateSequences: 64,
    additivity: { architectures: 20, narrow: 10 },
    randomChildren: 3,
  },
  tiny: {
    title: 'Tiny',
    line: '8 layers of 128, 30 variants each; all of Puzzle in about twelve minutes on two cores.',
    estimateMinutes: 12.5,
    hidden: 128,
    layers: 8,
    heads: 8,
    headDim: 16,
    kvHeads: 4,
    width: 384,
    kvChoices: [2, 1],
    widths: [288, 192, 96],
    sequence: 128,
    trainTokens: 2_097_152,
    heldOutTokens: 65_536,
    taskExamples: 200,
    parent: { steps: 1200, batch: 16, learningRate: 3e-3 },
    bld: { steps: 150, batch: 16, learningRate: 2e-3, trainSequences: 1024, heldOutSequences: 128 },
    gkd: { steps: 150, batch: 16, learningRate: 2e-4 },
    scoreSequences: 96,
    evaluateSequences: 128,
    additivity: { architectures: 70, narrow: 32 },
    randomChildren: 5,
  },
  small: {
    title: 'Small',
    line: '12 layers of 256, 30 variants each; some hours, better numbers.',
    estimateMinutes: 240,
    hidden: 256,
    layers: 12,
    heads: 8,
    headDim: 32,
    kvHeads: 4,
    width: 768,
    kvChoices: [2, 1],
    widths: [576, 384, 192],
    sequence: 256,
    trainTokens: 16_777_216,
    heldOutTokens: 262_144,
    taskExamples: 500,
    parent: { steps: 4000, batch: 16, learningRate: 2e-3 },
    bld: { steps: 500, batch: 16, learningRate: 1.5e-3, trainSequences: 4096, heldOutSequences: 256 },
    gkd: { steps: 1000, batch: 16, learningRate: 5e-4 },
    scoreSequences: 192,
    evaluateSequences: 256,
    additivity: { architectures: 100, narrow: 40 },
    randomChildren: 5,
  },
};

/** Until the data is there, whose tokenizer decides it; of the order of the bundled corpus'. */
const UNKNOWN_VOCABULARY = 256;
/** Parameters and KV cache both at 90 to 50 % of the parent. */
const SHARES = [0.9, 0.8, 0.7, 0.6, 0.5] as const;
/** The child that is distilled and exported obeys the limits at 70 %. */
const CHOSEN = 2;

export interface Preset {
  readonly id: PresetId;
  readonly title: string;
  readonly line: string;
  readonly estimate_s: number;
}

export function presets(): readonly Preset[] {
  return PRESET_IDS.map((id) => ({ id, title: SIZES[id].title, line: SIZES[id].line, estimate_s: SIZES[id].estimateMinutes * 60 }));
}

export function isPresetId(id: string): id is PresetId {
  return (PRESET_IDS as readonly string[]).includes(id);
}

/** The whole plan of a preset; `seed` decides the corpus, all weights and every order. */
export function presetPlan(id: PresetId, seed: number): Plan {
  const size = SIZES[id];
  const attentions: Attention[] = [size.kvHeads, ...size.kvChoices].map((kv_heads) => ({ kind: 'gqa', kv_heads }));
  const ffns: Ffn[] = [size.width, ...size.widths].map((intermediate_size) => ({ kind: 'swiglu', intermediate_size }));
  return {
    preset: id,
    seed,
    data: {
      source: { kind: 'generated' },
      sequence_length: size.sequence,
      train_tokens: size.trainTokens,
      held_out_tokens: size.heldOutTokens,
      task_examples: size.taskExamples,
      seed,
    },
    parent: { kind: 'train', architecture: parentOf(id, size), training: training(size.parent, seed, { weightDecay: 0.05, clipNorm: 1 }) },
    space: { attentions: [...attentions, { kind: 'linear' }, { kind: 'no_op' }], ffns: [...ffns, { kind: 'linear' }, { kind: 'no_op' }] },
    bld: {
      mode: 'decoupled',
      training: training(size.bld, seed, { weightDecay: 0 }),
      train_sequences: size.bld.trainSequences,
      held_out_sequences: size.bld.heldOutSequences,
    },
    score: { sequences: size.scoreSequences, tasks: true },
    measure: { batch: 8, isl: size.sequence, osl: 32, repeats: 9 },
    target_device: 'h100-sxm',
    objective: 'kl_div',
    limits: SHARES.map((share) => ({ params: share, kv: share })),
    chosen_limit: CHOSEN,
    baselines: { random: size.randomChildren },
    additivity: size.additivity,
    gkd: { loss: { lm: 0, cosine: 1, kl: 1 }, training: training(size.gkd, seed, { weightDecay: 0, clipNorm: 1 }) },
    evaluate: { sequences: size.evaluateSequences },
    export: { form: 'hugging_face', dtype: 'F32' },
  };
}

function training(
  { steps, batch, learningRate }: { readonly steps: number; readonly batch: number; readonly learningRate: number },
  seed: number,
  { weightDecay, clipNorm }: { readonly weightDecay: number; readonly clipNorm?: number },
): TrainingSpec {
  return {
    steps,
    batch,
    learning_rate: learningRate,
    final_learning_rate: learningRate / 10,
    warmup_steps: Math.min(100, Math.ceil(steps / 10)),
    weight_decay: weightDecay,
    beta1: 0.9,
    beta2: 0.95,
    epsilon: 1e-8,
    ...(clipNorm !== undefined && { clip_norm: clipNorm }),
    seed,
    checkpoint_every_s: 10,
  };
}

function parentOf(id: PresetId, size: Size): Architecture {
  const block = { attention: { kind: 'gqa', kv_heads: size.kvHeads }, ffn: { kind: 'swiglu', intermediate_size: size.width } } as const;
  return {
    id: `workbench-${id}`,
    name: `${size.title} parent`,
    external: false,
    shape: {
      hidden_size: size.hidden,
      num_attention_heads: size.heads,
      head_dim: size.headDim,
      vocab_size: UNKNOWN_VOCABULARY,
      tie_word_embeddings: false,
      max_position_embeddings: 4 * size.sequence,
      rms_norm_eps: 1e-5,
      rope_theta: 10_000,
    },
    blocks: Array.from({ length: size.layers }, (_, layer) => chosenBlock([layer], block)),
    source: 'trained by this program on its generated corpus',
  };
}
