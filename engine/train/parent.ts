/**
 * Trains a small parent from random weights, so that the whole method can be tried without downloading a model: all of it on
 * the device, next-token prediction, AdamW.
 */
import type { JobOf } from '../protocol/train.ts';
import { requireMemory } from '../tensor/backend/memory_guard.ts';
import type { Variables } from '../tensor/gradients.ts';
import { writeCheckpoint } from '../transformer/checkpoint_write.ts';
import { companionsOf } from '../transformer/companions.ts';
import { MemorySource } from '../transformer/model_source.ts';
import { disposeRope, ropeTables } from '../transformer/rope.ts';
import type { TokenBatch } from '../transformer/token_batch.ts';
import { refuseUnsupported } from '../transformer/unsupported.ts';
import { batchIndices, openData, type Data } from './data/index.ts';
import type { JobContext } from './job.ts';
import { checkData, languageBatch, languageLoss, meanOverBatches, reportsAfter, sequencesOf, type LanguageBatch } from './language_model.ts';
import { Random } from './random.ts';
import { trainableModel, type ResidentModel } from './resident_model.ts';
import { train } from './training_loop.ts';
import { trainingPeakBytes } from './training_memory.ts';

export interface TrainedParent {
  /** Nats per token on held-out sequences. */
  readonly held_out_loss: number;
  readonly tokens: number;
}

/** Held-out sequences of the curve; the quality of the finished parent is measured by `evaluate`. */
const HELD_OUT_SEQUENCES = 64;

/**
 * Writes the checkpoint folder `out`. Curves: `loss`, `loss_raw` and `held_out_loss`.
 * @throws WorkbenchError `bad_input` where data and architecture do not fit together or training diverges, `too_large` where
 * the model and its gradients would not fit.
 */
export async function trainParent(spec: JobOf<'train_parent'>, context: JobContext): Promise<TrainedParent> {
  const { architecture, training } = spec;
  refuseUnsupported(architecture);
  const data = await openData(context.files, spec.data);
  try {
    checkData(spec.data, data, architecture);
    const { length } = data.train;
    requireMemory(
      `Training ${architecture.name} on batches of ${training.batch} x ${length} tokens`,
      trainingPeakBytes(architecture, training.batch, length),
      'Use a smaller batch, shorter sequences or a smaller model, or open a trained checkpoint.',
    );
    const random = Random.of(training.seed, 'initial weights');
    const model = await trainableModel(architecture, MemorySource.initialised(architecture, () => random.normal()));
    try {
      return await trainOn(spec, context, data, model);
    } finally {
      model.dispose();
    }
  } finally {
    await data.close();
  }
}

async function trainOn(spec: JobOf<'train_parent'>, context: JobContext, data: Data, model: ResidentModel<Variables>): Promise<TrainedParent> {
  const { architecture, training } = spec;
  const { count, length } = data.train;
  const rope = ropeTables(architecture.shape, length);
  try {
    const heldOut = await sequencesOf(data.heldOut, { sequences: HELD_OUT_SEQUENCES, rows: training.batch });
    let heldOutLoss: number | undefined;
    const measure = async (done: number): Promise<number> => {
      heldOutLoss = await meanOverBatches(context, heldOut, (batch) => languageLoss(model, languageBatch(batch), rope));
      context.emit({ kind: 'point', series: 'held_out_loss', step: done, value: heldOutLoss });
      return heldOutLoss;
    };
    const result = await train<TokenBatch, LanguageBatch>({
      context,
      training,
      statePath: `state/${spec.id}.safetensors`,
      identity: spec,
      lanes: [{ name: 'loss', variables: model.weights, loss: (batch) => languageLoss(model, batch, rope) }],
      read: async (step) => ({ ids: await data.train.batch(batchIndices(count, training.batch, training.seed, step)), length }),
      prepare: languageBatch,
      afterStep: async (done) => {
        if (reportsAfter(done, training.steps)) await measure(done);
      },
    });
    // A run that was stopped while writing its checkpoint has its last report behind it.
    const held_out_loss = heldOutLoss ?? (await measure(training.steps));
    const companions = await companionsOf(context.files, { folder: spec.data, tokenizer: data.tokenizerPath });
    await writeCheckpoint(context.files, spec.out, { architecture, dtype: 'F32', ...companions }, model.download());
    await result.finish();
    return { held_out_loss, tokens: training.steps * training.batch * length };
  } finally {
    disposeRope(rope);
  }
}
