/**
 * Puzzle from text to exported child (arXiv 2411.19146): data, parent, activations, blockwise local distillation, replace-1
 * scores, block library, mixed-integer search beside simpler methods, composed children measured, additivity checked, global
 * distillation, parent and child evaluated and timed, export. Jobs do the tensor work; what is decided between them is
 * decided here, from files they wrote, so that a resumed run decides the same.
 */
import { architectureParams } from '../../architecture/count.ts';
import { toView } from '../../library/view.ts';
import { WorkbenchError } from '../../protocol/errors.ts';
import type { LibraryView } from '../../protocol/library.ts';
import { blockTimesSchema, type BlockTimes, type ExperimentReport, type LayerTraining, type PipelineReport, type Plan, type Quality, type StepKind } from '../../protocol/train.ts';
import type { Architecture, ChosenBlock } from '../../protocol/variant.ts';
import { Solver } from '../../search/solver.ts';
import { blocksOf, evaluateChoices } from '../../search/totals.ts';
import { dataDescriptionSchema } from '../../train/data/data_format.ts';
import { Random } from '../../train/random.ts';
import { writeAll } from '../../transformer/files.ts';
import type { Pipeline, PipelineEnv, PlannedStep } from '../training/pipeline_env.ts';
import { createSearchWorker } from '../workers.ts';
import { checkLimits } from './check_limits.ts';
import { checkPlan } from './check_plan.ts';
import { EXPERIMENT_TITLES, RUN_EXPERIMENT } from './experiments/index.ts';
import { stepOf } from './experiments/experiment.ts';
import {
  FIRST_STAGE_SCORES,
  PATHS,
  activationsJob,
  assembleJob,
  composed,
  coupledJobs,
  dataJob,
  decidingSequences,
  decoupledJobs,
  distilJob,
  exportJob,
  measureJob,
  pairs,
  parentJob,
  type NamedModel,
} from './jobs.ts';
import { buildLibrary } from './library_step.ts';
import { randomChildren } from './random_children.ts';
import { mean, spearman } from './rank_correlation.ts';
import { readParentArchitecture } from './parent.ts';
import { evaluateAll, readJson, readTrainings, scoreBlocks } from './results.ts';
import { KV, PARAMS, bestWithin, limitsOf, searchWithin, type LimitSet } from './search_step.ts';
import { gainInWords, measureThroughput } from './throughput_step.ts';

const TITLES = {
  data: 'Prepare the data',
  parent: 'Train the parent',
  activations: 'Record the parent’s activations',
  measure: 'Time the blocks on this machine',
  bld: 'Train the blocks (BLD)',
  score: 'Score the blocks (replace-1)',
  library: 'Build the block library',
  search: 'Search within the limits',
  evaluate: 'Measure the children found',
  additivity: 'Check additivity',
  gkd: 'Distil the child (GKD)',
  final: 'Evaluate the child',
  export: 'Export',
} as const satisfies Partial<Record<StepKind, string>>;
const ORDER = ['data', 'parent', 'activations', 'measure', 'bld', 'score', 'library', 'search', 'evaluate', 'additivity', 'gkd', 'final', 'export'] as const;
const RUNTIME = 'runtime_ms';
/** What real KL is compared with, whatever score the search minimises. */
const KL_SCORE = 'kl_div';

export const pipeline: Pipeline = {
  steps: (plan) => [
    ...ORDER.map((kind): PlannedStep => ({ kind, title: kind === 'parent' && plan.parent.kind === 'open' ? 'Open the parent' : TITLES[kind] })),
    ...(plan.experiments ?? []).map(({ id }): PlannedStep => ({ kind: stepOf(id), title: EXPERIMENT_TITLES[id] })),
  ],
  run: runPipeline,
  exportJob: (_plan, _report, wish) => exportJob(wish),
};

async function runPipeline(env: PipelineEnv): Promise<PipelineReport> {
  const { plan } = env;
  const secondsSoFar = (): Record<string, number> => Object.fromEntries(pipeline.steps(plan).map(({ kind }) => [kind, env.elapsedS(kind)]));
  /** What is known so far, for whoever looks at a run under way. */
  let known: Partial<PipelineReport> = { format: 'puzzle-workbench/pipeline-report', version: 1, preset: plan.preset, seed: plan.seed };
  const keep = async (more: Partial<PipelineReport>): Promise<void> => {
    known = { ...known, ...more };
    await writeAll(env.files, PATHS.partialReport, `${JSON.stringify(known, undefined, 1)}\n`);
  };
  const timed = async <T>(kind: StepKind, act: () => Promise<{ readonly result: T; readonly outcome?: string }>, jobs?: number): Promise<T> => {
    if (env.signal.aborted) throw new WorkbenchError('cancelled', 'The run was cancelled.');
    env.startStep(kind, { jobs });
    const { result, outcome } = await act();
    env.finishStep(kind, outcome);
    return result;
  };
  const solver = new Solver({ createWorker: createSearchWorker });
  try {
    const vocabulary = await timed('data', async () => {
      const planned = plan.parent.kind === 'train' ? plan.parent.architecture : await readParentArchitecture(env.files, plan);
      checkPlan(plan, planned, env.hardware);
      const [prepared] = await env.runJobs('data', [dataJob(plan)]);
      const { vocabulary_size: size, held_out: heldOut } = dataDescriptionSchema.parse(prepared);
      // The embeddings of a parent that is trained here have the size that the data's tokenizer asks for.
      checkLimits(plan, plan.parent.kind === 'train' ? { ...planned, shape: { ...planned.shape, vocab_size: size } } : planned);
      const [deciding, judging] = [decidingSequences(plan), plan.evaluate.sequences];
      if (heldOut.sequences < deciding + judging) {
        env.log(`The held-out text has ${heldOut.sequences} sequences: too few for the ${deciding} that score blocks and ${judging} others that judge children. Their quality looks a little better than it is; hold out more text.`, 'warning');
      }
      return { result: size, outcome: `vocabulary of ${size}` };
    });
    const parent = await timed('parent', async () => {
      const job = parentJob(plan, vocabulary);
      if (job !== undefined) await env.runJobs('parent', [job]);
      const architecture = await readParentArchitecture(env.files, plan);
      return { result: architecture, outcome: `${architecture.blocks.length} layers, ${(architectureParams(architecture) / 1e6).toFixed(2)} M parameters` };
    });
    const layers = parent.blocks.length;
    await timed('activations', async () => ({ result: await env.runJobs('activations', [activationsJob(plan)]) }));
    const times = await timed('measure', async () => {
      await env.runJobs('measure', [measureJob(plan)], { processes: 1 });
      return { result: blockTimesSchema.parse(await readJson(env, PATHS.times)) };
    });
    const trainings = await timed('bld', async () => trainBlocks(env, parent, times, solver));
    const scores = await timed('score', async () => {
      const result = await scoreBlocks(env, layers, { trained: plan.bld.mode !== 'none', out: PATHS.scores, prefix: '' });
      return { result, outcome: `${result.reduce((sum, { variants }) => sum + variants.length, 0)} blocks` };
    });
    const view = await timed('library', async () => {
      const library = await buildLibrary({ env, parent, scores, trainings, times });
      await writeAll(env.files, PATHS.library, `${JSON.stringify(library, undefined, 1)}\n`);
      return { result: toView('run', library), outcome: `${library.choices.length} choices` };
    });
    const sets = await timed('search', async () => {
      const random = Random.of(plan.seed, 'random children');
      const found: LimitSet[] = [];
      for (const shares of plan.limits) found.push(await searchWithin(view, plan, shares, { solver, next: () => random.uniform() }));
      return { result: found, outcome: `${found.filter(({ status }) => status === 'optimal').length} of ${found.length} proven optimal` };
    });
    const { qualityOf } = await timed('evaluate', async () => {
      const models = sets.flatMap(({ children }, set) => children.map(({ method, choices }) => modelOf(plan, view, `${set}.${method}`, choices)));
      const result = await evaluateAll(env, 'evaluate', 'evaluation', models, false);
      return { result, outcome: `${models.length} children` };
    });
    const limits = sets.map((set, index) => limitReport(set, view, (method) => qualityOf(`${index}.${method}`)));
    const baselines = meanBaselines(limits);
    await keep({ limits, baselines });
    const additivity = await timed('additivity', async () => {
      const result = await checkAdditivity(env, view);
      const told = (correlation: number | undefined): string => correlation?.toFixed(3) ?? 'unknown';
      return { result, outcome: `Spearman ${told(result.spearman)} over ${result.n}, ${told(result.spearman_narrow)} over ${result.n_narrow} at one runtime` };
    });
    await keep({ additivity });
    const chosen = sets[plan.chosen_limit];
    const childBlocks = blocksOf(view, chosen.children[0].choices);
    await timed('gkd', async () => {
      await env.runJobs('gkd', [assembleJob(plan, childBlocks)]);
      await env.runJobs('gkd', [distilJob(plan, childBlocks)]);
      return { result: undefined };
    }, 2);
    const { parentQuality, before, after, throughput } = await timed('final', async () => {
      const models: NamedModel[] = [
        { name: 'before', source: composed(plan, childBlocks) },
        { name: 'after', source: { kind: 'checkpoint', folder: PATHS.distilled } },
      ];
      const final = await evaluateAll(env, 'final', 'final', models, true);
      const result = {
        parentQuality: final.parentQuality,
        before: final.qualityOf('before'),
        after: final.qualityOf('after'),
        throughput: await measureThroughput({ env, parent, view, choices: chosen.children[0].choices }),
      };
      const gain = gainInWords(result.throughput);
      return { result, outcome: `KL ${result.before.kl_div.toFixed(4)} → ${result.after.kl_div.toFixed(4)}${gain === undefined ? '' : `, ${gain}`}` };
    }, 3);
    const quality = {
      parent: { loss: parentQuality.lm_loss, tasks: parentQuality.tasks },
      child: { loss_before: before.lm_loss, loss_after: after.lm_loss, kl_before: before.kl_div, kl_after: after.kl_div, tasks: after.tasks, tasks_before: before.tasks },
    };
    await keep({ ...quality, throughput });
    await timed('export', async () => ({ result: await env.runJobs('export', [exportJob(plan.export)]) }));

    const trained = trainings.flatMap(({ targets }) => targets.filter(({ steps }) => steps > 0));
    const report: PipelineReport = {
      format: 'puzzle-workbench/pipeline-report',
      version: 1,
      preset: plan.preset,
      seed: plan.seed,
      device: await env.device(),
      parent: quality.parent,
      library: PATHS.library,
      limits,
      bld: {
        trained: trained.length,
        improved: trained.filter(({ initial_nmse, final_nmse }) => final_nmse < initial_nmse).length,
        initial_nmse: trained.length === 0 ? 0 : mean(trained.map(({ initial_nmse }) => initial_nmse)),
        final_nmse: trained.length === 0 ? 0 : mean(trained.map(({ final_nmse }) => final_nmse)),
      },
      child: quality.child,
      baselines,
      additivity,
      throughput,
      export: PATHS.export,
      seconds: secondsSoFar(),
    };
    await writeReport(env, report);
    const experiments: ExperimentReport[] = [];
    for (const { id, seeds } of plan.experiments ?? []) {
      const evaluate = (name: string, models: readonly NamedModel[], tasks: boolean): ReturnType<typeof evaluateAll> => evaluateAll(env, stepOf(id), `experiment_${id}_${name}`, models, tasks);
      const made = await timed(stepOf(id), async () => ({
        result: await RUN_EXPERIMENT[id]({ env, seeds, parent, times, view, sets, solver, child: childBlocks, evaluate }),
      }));
      experiments.push(made);
      await writeReport(env, { ...report, experiments, seconds: secondsSoFar() });
    }
    return experiments.length === 0 ? report : { ...report, experiments, seconds: secondsSoFar() };
  } finally {
    solver.dispose();
  }
}

/** The whole report takes the place of the partial one. */
async function writeReport(env: PipelineEnv, report: PipelineReport): Promise<void> {
  await writeAll(env.files, PATHS.report, `${JSON.stringify(report, undefined, 1)}\n`);
  await env.files.remove(PATHS.partialReport);
}

/** Trains what the mode says. Two-stage first trains sub-blocks, then the pairs that the search takes within any set of limits. */
async function trainBlocks(env: PipelineEnv, parent: Architecture, times: BlockTimes, solver: Solver): Promise<{ result: readonly LayerTraining[]; outcome: string }> {
  const { plan } = env;
  const { mode } = plan.bld;
  if (mode === 'none') return { result: [], outcome: 'left as initialised' };
  if (mode === 'coupled') {
    await env.runJobs('bld', coupledJobs(plan, parent, () => pairs(plan)));
  } else {
    await env.runJobs('bld', decoupledJobs(plan, parent));
  }
  if (mode === 'two_stage') {
    const first = await readTrainings(env, parent);
    const scores = await scoreBlocks(env, parent.blocks.length, FIRST_STAGE_SCORES, 'bld');
    const view = toView('stage_1', await buildLibrary({ env, parent, scores, trainings: first, times }));
    const chosen = new Map<string, ChosenBlock>();
    for (const shares of plan.limits) {
      const { choices } = await bestWithin(view, plan.objective, { ...shares, limits: limitsOf(view, shares) }, solver);
      for (const block of blocksOf(view, choices)) chosen.set(`${block.parent_layers.join()} ${block.variant}`, block);
    }
    const blocksAt = (place: readonly number[]): readonly ChosenBlock[] => [...chosen.values()].filter(({ parent_layers: at }) => at.join() === place.join());
    await env.runJobs('bld', coupledJobs(plan, parent, blocksAt));
  }
  const trainings = await readTrainings(env, parent);
  const targets = trainings.flatMap((layer) => layer.targets.filter(({ steps }) => steps > 0));
  const improved = targets.filter(({ initial_nmse, final_nmse }) => final_nmse < initial_nmse).length;
  return { result: trainings, outcome: `${improved} of ${targets.length} ${mode === 'decoupled' ? 'sub-blocks' : 'blocks'} below their initial error` };
}

async function checkAdditivity(env: PipelineEnv, view: LibraryView): Promise<PipelineReport['additivity']> {
  const { plan } = env;
  const { architectures, narrow } = plan.additivity;
  const random = Random.of(plan.seed, 'additivity');
  const children = randomChildren(view, { count: architectures, narrow, runtime: RUNTIME }, () => random.uniform());
  const models = children.map(({ choices }, i) => modelOf(plan, view, `random ${i}`, choices));
  const { qualityOf } = await evaluateAll(env, 'additivity', 'additivity', models, false);
  const points = children.map(({ choices, narrow: isNarrow }, i) => {
    const { objective, costs } = evaluateChoices(view, KL_SCORE, choices);
    return { estimated_kl: objective, kl: qualityOf(`random ${i}`).kl_div, runtime_ms: costs[RUNTIME], narrow: isNarrow };
  });
  const correlation = (some: typeof points): number | undefined => spearman(some.map(({ estimated_kl }) => estimated_kl), some.map(({ kl }) => kl));
  const ofOneRuntime = points.filter((point) => point.narrow);
  const all = correlation(points);
  const narrowly = correlation(ofOneRuntime);
  return { ...(all !== undefined && { spearman: all }), ...(narrowly !== undefined && { spearman_narrow: narrowly }), n: points.length, n_narrow: ofOneRuntime.length, points };
}

function modelOf(plan: Plan, view: LibraryView, name: string, choices: readonly number[]): NamedModel {
  return { name, source: composed(plan, blocksOf(view, choices)) };
}

/** Random children count as one method: the mean of what they reach. */
function limitReport({ params, kv, limits, status, children }: LimitSet, view: LibraryView, quality: (method: string) => Quality): PipelineReport['limits'][number] {
  const figures = children.map(({ method, choices }) => {
    const { objective, costs } = evaluateChoices(view, KL_SCORE, choices);
    return { method: method.replace(/^random_.*/, 'random'), kl: quality(method).kl_div, estimated_kl: objective, num_params: costs[PARAMS], runtime_ms: costs[RUNTIME], costs };
  });
  const [{ method: _, costs, ...child }, ...others] = figures;
  const meanOf = (method: string): PipelineReport['limits'][number]['baselines'][string] => {
    const same = others.filter((other) => other.method === method);
    const of = (pick: (one: (typeof others)[number]) => number): number => mean(same.map(pick));
    return { kl: of((one) => one.kl), estimated_kl: of((one) => one.estimated_kl), num_params: of((one) => one.num_params), runtime_ms: of((one) => one.runtime_ms) };
  };
  return {
    params,
    kv,
    limits: limits.map(({ column, max = 0 }) => ({ column, max })),
    status,
    child: { ...child, kv_bytes_per_sequence: costs[KV], choices: blocksOf(view, children[0].choices) },
    baselines: Object.fromEntries([...new Set(others.map(({ method }) => method))].map((method) => [method, meanOf(method)])),
  };
}

function meanBaselines(limits: PipelineReport['limits']): PipelineReport['baselines'] {
  const methods = new Set(limits.flatMap(({ baselines }) => Object.keys(baselines)));
  return Object.fromEntries([...methods].map((method) => [method, { kl: mean(limits.flatMap(({ baselines }) => (baselines[method] === undefined ? [] : [baselines[method].kl]))) }]));
}
