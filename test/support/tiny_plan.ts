/** The smallest plan that goes through every step: for tests of what surrounds the pipeline, not of its numbers. */
import { presetPlan } from '../../engine/hosts/pipeline/presets.ts';
import type { Plan, TrainingSpec } from '../../engine/protocol/train.ts';
import { chosenBlock, type Architecture } from '../../engine/protocol/variant.ts';

export function tinyPlan(seed: number, { parentSteps = 6, bldSteps = 6, gkdSteps = 4 } = {}): Plan {
  const plan = presetPlan('smoke', seed);
  if (plan.parent.kind !== 'train') throw new Error('The smoke preset trains its parent.');
  const block = { attention: { kind: 'gqa', kv_heads: 2 }, ffn: { kind: 'swiglu', intermediate_size: 48 } } as const;
  const architecture: Architecture = {
    ...plan.parent.architecture,
    shape: { ...plan.parent.architecture.shape, hidden_size: 32, num_attention_heads: 4, head_dim: 8, max_position_embeddings: 128 },
    blocks: [0, 1, 2].map((layer) => chosenBlock([layer], block)),
  };
  // A checkpoint after every step, so that every step can be lost.
  const steps = (training: TrainingSpec, count: number): TrainingSpec => ({ ...training, steps: count, batch: 4, warmup_steps: 1, checkpoint_every_s: 0 });
  return {
    ...plan,
    preset: 'test',
    data: { ...plan.data, sequence_length: 32, train_tokens: 8_192, held_out_tokens: 2_048, task_examples: 6 },
    parent: { kind: 'train', architecture, training: steps(plan.parent.training, parentSteps) },
    space: {
      attentions: [{ kind: 'gqa', kv_heads: 2 }, { kind: 'gqa', kv_heads: 1 }, { kind: 'no_op' }],
      ffns: [{ kind: 'swiglu', intermediate_size: 48 }, { kind: 'swiglu', intermediate_size: 24 }, { kind: 'no_op' }],
    },
    bld: { ...plan.bld, training: steps(plan.bld.training, bldSteps), train_sequences: 16, held_out_sequences: 8 },
    score: { ...plan.score, sequences: 8 },
    measure: { batch: 2, isl: 16, osl: 4, repeats: 1 },
    limits: [{ params: 0.8, kv: 0.7 }],
    chosen_limit: 0,
    baselines: { random: 1 },
    additivity: { architectures: 6, narrow: 3 },
    gkd: { ...plan.gkd, training: steps(plan.gkd.training, gkdSteps) },
    evaluate: { sequences: 8 },
  };
}
