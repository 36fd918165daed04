/**
 * Tokens per second of the parent and of the distilled child: measured from end to end, and beside that what the library says
 * by adding up its blocks (Puzzle, arXiv 2411.19146, section 4.3), here and on the target device. The sums were taken before
 * there was a child; how near they come shows what the search's runtimes are worth.
 */
import { WorkbenchError } from '../../protocol/errors.ts';
import type { LibraryView } from '../../protocol/library.ts';
import { modelTimesSchema, type ModelTimes, type Plan, type ThroughputReport } from '../../protocol/train.ts';
import type { Architecture } from '../../protocol/variant.ts';
import { blocksOf, evaluateChoices } from '../../search/totals.ts';
import { median, quartiles } from '../../train/measure_quantiles.ts';
import type { PipelineEnv } from '../training/pipeline_env.ts';
import { PATHS, measureModelsJob } from './jobs.ts';
import { readJson } from './results.ts';
import { parentChoices } from './search_step.ts';
import { targetCosts } from './target_costs.ts';

const PHASES = ['total', 'prefill', 'decode'] as const;
type ByPhase<T> = Readonly<Record<(typeof PHASES)[number], T>>;

export interface ThroughputParts {
  readonly env: PipelineEnv;
  readonly parent: Architecture;
  readonly view: LibraryView;
  /** The child's, in order of depth. */
  readonly choices: readonly number[];
}

/** Models that cannot be measured here, as they are too large side by side, keep their predictions. */
export async function measureThroughput({ env, parent, view, choices }: ThroughputParts): Promise<ThroughputReport> {
  const { plan } = env;
  const { batch, isl, osl } = plan.measure;
  const target = targetCosts(plan, parent, env.hardware).measurement;
  const predicted = { parent: predictedBy(view, plan, target.id, parentChoices(view)), child: predictedBy(view, plan, target.id, choices) };
  const outcome = await timesOf(env, measureModelsJob(plan, blocksOf(view, choices)));
  const measured = typeof outcome === 'string' ? undefined : measuredRates(outcome);
  return {
    batch,
    isl,
    osl,
    rounds: measured?.rounds ?? 0,
    ...(typeof outcome === 'string' && { not_measured: outcome }),
    device: typeof outcome === 'string' ? (await env.device()).line : outcome.device.line,
    target_device: target.device,
    parent: { ...measured?.parent, ...predicted.parent },
    child: { ...measured?.child, ...predicted.child },
    ratio: {
      ...measured?.ratio,
      predicted: byPhase((phase) => predicted.child.predicted_tok_s[phase] / predicted.parent.predicted_tok_s[phase]),
      target: { total: predicted.child.target_tok_s.total / predicted.parent.target_tok_s.total },
    },
  };
}

/** Or why there are none. */
async function timesOf(env: PipelineEnv, job: ReturnType<typeof measureModelsJob>): Promise<ModelTimes | string> {
  try {
    await env.runJobs('final', [job], { processes: 1 });
  } catch (error) {
    if (!(error instanceof WorkbenchError) || (error.payload.code !== 'too_large' && error.payload.code !== 'bad_input')) throw error;
    env.log(`Parent and child are not timed here: ${error.message}`, 'warning');
    return error.message;
  }
  return modelTimesSchema.parse(await readJson(env, PATHS.modelTimes));
}

function predictedBy(view: LibraryView, { measure: { batch, isl, osl }, objective }: Plan, target: string, choices: readonly number[]): Pick<ThroughputReport['parent'], 'predicted_tok_s' | 'target_tok_s'> {
  const { costs } = evaluateChoices(view, objective, choices);
  const total = batch * (isl + osl) * 1000;
  return {
    predicted_tok_s: {
      total: total / costs['runtime_ms'],
      prefill: (batch * isl * 1000) / costs['prefill_runtime_ms'],
      decode: (batch * osl * 1000) / costs['decode_runtime_ms'],
    },
    target_tok_s: { total: total / costs[`runtime_ms_${target}`] },
  };
}

/** Medians and quartiles over rounds. How far ratios spread is taken within rounds, in which both models met the same machine. */
export function measuredRates({ batch, isl, osl, models }: ModelTimes): {
  readonly rounds: number;
  readonly parent: Pick<ThroughputReport['parent'], 'measured_tok_s' | 'measured_quartiles_tok_s'>;
  readonly child: Pick<ThroughputReport['parent'], 'measured_tok_s' | 'measured_quartiles_tok_s'>;
  readonly ratio: Pick<ThroughputReport['ratio'], 'measured' | 'measured_quartiles'>;
} {
  const ratesOf = (name: string): ByPhase<readonly number[]> => {
    const times = models.find((model) => model.name === name);
    if (times === undefined) throw new WorkbenchError('internal', `The model ${name} was not timed.`);
    const rounds = times.prefill_ms.map((prefill, round) => ({ prefill, decode: osl * times.decode_ms[round] }));
    return {
      total: rounds.map(({ prefill, decode }) => (batch * (isl + osl) * 1000) / (prefill + decode)),
      prefill: rounds.map(({ prefill }) => (batch * isl * 1000) / prefill),
      decode: rounds.map(({ decode }) => (batch * osl * 1000) / decode),
    };
  };
  const parent = ratesOf('parent');
  const child = ratesOf('child');
  const ratio = byPhase((phase) => child[phase].map((rate, round) => rate / parent[phase][round]));
  const summary = (rates: ByPhase<readonly number[]>): Pick<ThroughputReport['parent'], 'measured_tok_s' | 'measured_quartiles_tok_s'> => ({
    measured_tok_s: byPhase((phase) => median(rates[phase])),
    measured_quartiles_tok_s: byPhase((phase) => quartiles(rates[phase])),
  });
  return {
    rounds: parent.total.length,
    parent: summary(parent),
    child: summary(child),
    ratio: { measured: byPhase((phase) => median(child[phase]) / median(parent[phase])), measured_quartiles: byPhase((phase) => quartiles(ratio[phase])) },
  };
}

/** In words for one line; undefined where nothing was measured. */
export function gainInWords({ ratio: { measured, measured_quartiles: quartilesBy } }: ThroughputReport): string | undefined {
  if (measured === undefined || quartilesBy === undefined) return undefined;
  const [lower, upper] = quartilesBy.total;
  if (lower < 1 && upper > 1) return 'no clear difference in throughput here';
  return `${measured.total.toFixed(2)} times the parent’s throughput here`;
}

function byPhase<T>(of: (phase: (typeof PHASES)[number]) => T): { total: T; prefill: T; decode: T } {
  return { total: of('total'), prefill: of('prefill'), decode: of('decode') };
}
