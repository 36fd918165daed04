/**
 * A run's folder in memory with data, a small parent and its recorded activations: what jobs on blocks start from. Layers may
 * differ in kind, as those of an opened child do.
 */
import { chosenBlock, type Architecture, type Block, type ModelShape } from '../../engine/protocol/variant.ts';
import type { TrainingSpec } from '../../engine/protocol/train.ts';
import { recordActivations } from '../../engine/train/activations.ts';
import { prepareData } from '../../engine/train/data/index.ts';
import { trainParent } from '../../engine/train/parent.ts';
import { Random } from '../../engine/train/random.ts';
import { writeCheckpoint } from '../../engine/transformer/checkpoint_write.ts';
import { MemoryFiles } from '../../engine/transformer/memory_files.ts';
import { MemorySource } from '../../engine/transformer/model_source.ts';
import { testContext } from './job_context.ts';

export const SMALL_SHAPE: ModelShape = {
  hidden_size: 32,
  num_attention_heads: 4,
  head_dim: 8,
  vocab_size: 256,
  tie_word_embeddings: false,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
};
export const SMALL_BLOCK: Block = { attention: { kind: 'gqa', kv_heads: 4 }, ffn: { kind: 'swiglu', intermediate_size: 48 } };

export function trainingSpec(rest: Partial<TrainingSpec>): TrainingSpec {
  return { steps: 10, batch: 8, learning_rate: 3e-3, final_learning_rate: 3e-4, warmup_steps: 2, weight_decay: 0, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, seed: 1, checkpoint_every_s: 1e9, ...rest };
}

export interface SmallRunOptions {
  readonly shape?: ModelShape;
  /** Layers of the parent; three of `SMALL_BLOCK` where absent. */
  readonly blocks?: readonly Block[];
  /** Steps the parent is trained for; random weights, widened so that no part is negligible, where 0. */
  readonly parentSteps?: number;
  readonly length?: number;
  readonly trainSequences?: number;
  readonly heldOutSequences?: number;
  readonly taskExamples?: number;
}

export async function smallRun({
  shape = SMALL_SHAPE,
  blocks = [SMALL_BLOCK, SMALL_BLOCK, SMALL_BLOCK],
  parentSteps = 0,
  length = 16,
  trainSequences = 48,
  heldOutSequences = 12,
  taskExamples = 0,
}: SmallRunOptions = {}): Promise<MemoryFiles> {
  const files = new MemoryFiles();
  const context = testContext({ files });
  await prepareData(
    {
      id: 'data',
      kind: 'prepare_data',
      folder: 'data',
      data: { source: { kind: 'generated' }, sequence_length: length, train_tokens: 256 * length, held_out_tokens: 64 * length, task_examples: taskExamples, seed: 3 },
    },
    context,
  );
  const architecture: Architecture = { id: 'small', name: 'Small', external: false, shape, blocks: blocks.map((block, layer) => chosenBlock([layer], block)), source: 'test' };
  if (parentSteps > 0) {
    await trainParent({ id: 'parent', kind: 'train_parent', architecture, data: 'data', training: trainingSpec({ steps: parentSteps, batch: 16, learning_rate: 1e-2, clip_norm: 1 }), out: 'parent' }, context);
  } else {
    const random = Random.of(7, 'parent');
    await writeCheckpoint(files, 'parent', { architecture, dtype: 'F32' }, MemorySource.initialised(architecture, () => 6 * random.normal()));
  }
  await recordActivations({ id: 'activations', kind: 'record_activations', parent: 'parent', data: 'data', train_sequences: trainSequences, held_out_sequences: heldOutSequences, out: 'activations' }, context);
  return files;
}

/** A copy that one test may change. */
export function copyOf(files: MemoryFiles): MemoryFiles {
  return new MemoryFiles(Object.fromEntries(files.paths.map((path) => [path, files.content(path)])));
}

/** Quicker than comparing large arrays element by element. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.length).equals(b);
}
