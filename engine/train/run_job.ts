/** Which function does which kind of job. */
import { WorkbenchError } from '../protocol/errors.ts';
import type { JobSpec } from '../protocol/train.ts';
import { recordActivations } from './activations.ts';
import { assemble } from './assemble.ts';
import { distilBlocks } from './bld.ts';
import { prepareData } from './data/prepare.ts';
import { evaluate } from './evaluate.ts';
import { exportModel } from './export_model.ts';
import { runGenerate } from './generate_text.ts';
import { distilChild } from './gkd.ts';
import type { JobContext } from './job.ts';
import { measureBlocks } from './measure.ts';
import { measureModels } from './measure_models.ts';
import { trainParent } from './parent.ts';
import { scoreBlocks } from './score.ts';

/** Does the job and resolves with what it wants said of its outcome; its files are then all there. */
export async function runJob(spec: JobSpec, context: JobContext): Promise<unknown> {
  switch (spec.kind) {
    case 'prepare_data':
      return prepareData(spec, context);
    case 'train_parent':
      return trainParent(spec, context);
    case 'record_activations':
      return recordActivations(spec, context);
    case 'distil_blocks':
      return distilBlocks(spec, context);
    case 'score_blocks':
      return scoreBlocks(spec, context);
    case 'measure_blocks':
      return measureBlocks(spec, context);
    case 'measure_models':
      return measureModels(spec, context);
    case 'evaluate':
      return evaluate(spec, context);
    case 'assemble':
      return assemble(spec, context);
    case 'distil_child':
      return distilChild(spec, context);
    case 'generate':
      return runGenerate(spec, context);
    case 'export':
      return exportModel(spec, context);
    default:
      spec satisfies never;
      throw new WorkbenchError('internal', `There is no job of the kind ${(spec as JobSpec).kind}.`);
  }
}
