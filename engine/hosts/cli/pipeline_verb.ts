/** `pipeline`: all of Puzzle on a small model, from text to exported child; `parent train`, `bld` and `score` stop on the way. */
import path from 'node:path';
import process from 'node:process';
import { WorkbenchError } from '../../protocol/errors.ts';
import { EXPERIMENTS, planSchema, type ExperimentId, type ExperimentRequest, type PipelineReport, type Plan, type StepKind, type ThroughputReport } from '../../protocol/train.ts';
import { mean } from '../pipeline/rank_correlation.ts';
import { PRESET_IDS, isPresetId, presetPlan, presets } from '../pipeline/presets.ts';
import { needed, noPositionals, parse, seedOf, wholeNumber } from './arguments.ts';
import { readInputFile } from './input_file.ts';
import { table } from './table.ts';
import { TRAINER_HELP, TRAINER_OPTIONS, executeHere, openRun } from './training_run.ts';
import { UsageError } from './usage_error.ts';

const PLAN_HELP = `  --preset NAME          ${PRESET_IDS.join(', ')}
  --plan FILE            a plan of your own, as run.json keeps it, instead of a preset
  --seed N               decides corpus, weights and every order (default 1)
`;

/** In steps of the run itself, whose times its report has. */
const EXPERIMENT_COSTS: Readonly<Record<ExperimentId, string>> = {
  baselines: 'children of simpler methods are measured, no more',
  bld: 'all blocks are scored again, untrained',
  coupled: "BLD of the child's blocks twice per seed: sub-blocks apart, and pairs together",
  metrics: 'one child per score and set of limits is measured, no more',
  losses: 'seven distillations of the child per seed',
  budgets: 'four distillations of the child per seed, 0.25 to 2 times as long as the plan says: 3.75 times in all',
};

export const PIPELINE_HELP = `Usage: cli pipeline --preset ${PRESET_IDS.join('|')} --out DIR [options]

Trains a parent on the bundled corpus, distils its blocks (BLD), scores them, searches within five sets of limits beside
simpler methods, measures the children, checks additivity, distils one child (GKD), times it beside its parent and exports it.
${presets()
  .map(({ id, line }) => `  ${id.padEnd(8)} ${line}`)
  .join('\n')}

${PLAN_HELP}  --out DIR              the run's folder; the same command goes on where it was stopped
  --from DIR             another run, whose work a new one takes over as far as its plan leaves it as it is: data, parent,
                         activations, block times, blocks and scores. Without --preset and --plan: that run's own plan
  --experiments LIST     ablations to add, also later, by commas: ${EXPERIMENTS.join(', ')}
  --repeats N            seeds of each experiment (default 3)
${TRAINER_HELP}  --json                 the report: {parent:{loss, tasks}, library, limits:[...], child:{loss_before, loss_after, kl_before,
                         kl_after, tasks}, baselines:{greedy:{kl}, ...}, additivity:{spearman, spearman_narrow, n},
                         throughput:{parent:{measured_tok_s:{total, prefill, decode}, predicted_tok_s:{...}, target_tok_s:{total}},
                         child:{...}, ratio:{measured, predicted, target}, batch, isl, osl, ...}, export, seconds}

What experiments take beside the run itself:
${EXPERIMENTS.map((id) => `  ${id.padEnd(10)} ${EXPERIMENT_COSTS[id]}`).join('\n')}

Examples:
  cli pipeline --preset tiny --out runs/tiny --experiments baselines,metrics
  cli pipeline --plan other_limits.json --out runs/other --from runs/tiny
`;

export const PARENT_HELP = `Usage: cli parent train --preset ${PRESET_IDS.join('|')} --out DIR [options]

Prepares the data and trains the parent; the run's folder then holds data/ and parent/, a Hugging Face checkpoint.

${PLAN_HELP}  --out DIR              the run's folder
${TRAINER_HELP}`;

export const BLD_HELP = `Usage: cli bld --run DIR [options]

Trains every block of the search space by blockwise local distillation, doing first what the run still lacks.

  --run DIR              the run's folder, from "parent train" or "pipeline"
${TRAINER_HELP}`;

export const SCORE_HELP = `Usage: cli score --run DIR [options]

Scores every block in the parent's place and writes library.json, an ordinary block library, doing first what the run lacks.

  --run DIR              the run's folder
${TRAINER_HELP}`;

const PLAN_OPTIONS = { preset: { type: 'string' }, plan: { type: 'string' }, seed: { type: 'string' }, out: { type: 'string' }, ...TRAINER_OPTIONS } as const;
const PIPELINE_OPTIONS = { ...PLAN_OPTIONS, from: { type: 'string' }, experiments: { type: 'string' }, repeats: { type: 'string' } } as const;

export const runPipelineVerb = (argv: readonly string[]): Promise<number> => explained('pipeline', () => runPipeline(argv));
export const runParentVerb = (argv: readonly string[]): Promise<number> => explained('parent', () => runParent(argv));
export const runBld = (argv: readonly string[]): Promise<number> => explained('bld', () => runUntil(argv, 'bld', (folder) => ({ blocks: path.join(folder, 'blocks') })));
export const runScore = (argv: readonly string[]): Promise<number> =>
  explained('score', () => runUntil(argv, 'library', (folder) => ({ scores: path.join(folder, 'scores'), library: path.join(folder, 'library.json') })));

/** Who used a verb in a way it does not understand is shown its own help. */
async function explained(verb: string, act: () => Promise<number>): Promise<number> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof UsageError) throw new WorkbenchError('bad_input', error.message, { hint: `See: cli ${verb} --help` });
    throw error;
  }
}

async function runPipeline(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse({ args: [...argv], allowPositionals: true, options: PIPELINE_OPTIONS });
  noPositionals(positionals);
  const out = needed('--out DIR', values.out);
  const ofSource = values.from !== undefined && values.preset === undefined && values.plan === undefined && values.seed === undefined;
  const run = await openRun(out, { plan: ofSource ? undefined : await planOf(values), experiments: experimentsOf(values), from: values.from });
  const report = await executeHere(run, values);
  if (report === undefined) return 1;
  const placed = placedReport(report, out);
  process.stdout.write(values.json === true ? `${JSON.stringify(placed)}\n` : render(placed));
  return 0;
}

async function runParent(argv: readonly string[]): Promise<number> {
  const [verb, ...rest] = argv;
  if (verb !== 'train') throw new UsageError(`parent ${verb ?? ''}: there is only "parent train".`);
  const { values, positionals } = parse({ args: rest, allowPositionals: true, options: PLAN_OPTIONS });
  noPositionals(positionals);
  const out = needed('--out DIR', values.out);
  await executeHere(await openRun(out, { plan: await planOf(values) }), values, 'parent');
  tell(values.json, { parent: path.join(out, 'parent') });
  return 0;
}

async function runUntil(argv: readonly string[], step: StepKind, made: (folder: string) => Readonly<Record<string, string>>): Promise<number> {
  const { values, positionals } = parse({ args: [...argv], allowPositionals: true, options: { run: { type: 'string' }, ...TRAINER_OPTIONS } });
  noPositionals(positionals);
  const folder = needed('--run DIR', values.run);
  await executeHere(await openRun(folder), values, step);
  tell(values.json, made(folder));
  return 0;
}

function tell(json: boolean | undefined, made: Readonly<Record<string, string>>): void {
  if (json === true) process.stdout.write(`${JSON.stringify(made)}\n`);
  else for (const [what, where] of Object.entries(made)) process.stderr.write(`${what}: ${where}\n`);
}

function experimentsOf({ experiments, repeats }: { readonly experiments?: string | undefined; readonly repeats?: string | undefined }): readonly ExperimentRequest[] {
  const seeds = wholeNumber('--repeats', repeats, 3, 1);
  return (experiments?.split(',') ?? []).map((name) => {
    const id = EXPERIMENTS.find((known) => known === name.trim());
    if (id === undefined) throw new UsageError(`--experiments ${name}: there are ${EXPERIMENTS.join(', ')}.`);
    return { id, seeds };
  });
}

async function planOf({ preset, plan, seed }: { readonly preset?: string | undefined; readonly plan?: string | undefined; readonly seed?: string | undefined }): Promise<Plan> {
  if (plan === undefined) {
    const name = needed(`--preset ${PRESET_IDS.join('|')}`, preset);
    if (!isPresetId(name)) throw new UsageError(`--preset ${name}: there are ${PRESET_IDS.join(', ')}.`);
    return presetPlan(name, seedOf(seed));
  }
  if (preset !== undefined || seed !== undefined) throw new UsageError('--plan says preset and seed itself.');
  return readInputFile(plan, planSchema, 'The "plan" of any run.json is one.');
}

/** Paths as the caller can open them. */
function placedReport(report: PipelineReport, folder: string): PipelineReport {
  return { ...report, library: path.join(folder, report.library), export: path.join(folder, report.export) };
}

/** Mean ± sample standard deviation. */
function meanAndSpread(values: readonly number[]): string {
  if (values.length === 0) return '-';
  const average = mean(values);
  if (values.length === 1) return average.toFixed(4);
  const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / (values.length - 1);
  return `${average.toFixed(4)} ± ${Math.sqrt(variance).toFixed(4)}`;
}

function render({ experiments, parent, limits, child, baselines, additivity, throughput, bld, library, export: exported, seconds }: PipelineReport): string {
  const methods = Object.keys(baselines);
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
  return [
    `BLD: ${bld.improved} of ${bld.trained} trained blocks below their initial error (mean normalised MSE ${bld.initial_nmse.toFixed(4)} to ${bld.final_nmse.toFixed(4)}).`,
    '',
    'KL(parent || child) before distillation, at most so many of the parent’s parameters and KV cache:',
    ...table(
      ['params', 'KV', 'MIP', ...methods],
      limits.map((set) => [percent(set.params), percent(set.kv), set.child.kl.toFixed(4), ...methods.map((method) => set.baselines[method]?.kl.toFixed(4) ?? '-')]),
    ),
    `Additivity: Spearman ${additivity.spearman?.toFixed(3) ?? 'unknown'} over ${additivity.n} children, ${additivity.spearman_narrow?.toFixed(3) ?? 'unknown'} over ${additivity.n_narrow} of one runtime.`,
    '',
    ...table(
      ['', 'LM loss', 'KL', ...Object.keys(parent.tasks)],
      [
        ['parent', parent.loss.toFixed(4), '0', ...Object.values(parent.tasks).map(percent)],
        ['child', child.loss_before.toFixed(4), child.kl_before.toFixed(4), ...Object.keys(parent.tasks).map((task) => percent(child.tasks_before[task] ?? 0))],
        ['distilled', child.loss_after.toFixed(4), child.kl_after.toFixed(4), ...Object.keys(parent.tasks).map((task) => percent(child.tasks[task] ?? 0))],
      ],
    ),
    ...(throughput === undefined ? [] : ['', ...renderThroughput(throughput)]),
    ...(experiments ?? []).flatMap(({ question, columns, rows }) => [
      question,
      ...table(['', ...columns.map(({ label }) => label)], rows.map(({ name, values }) => [name, ...columns.map(({ id }) => meanAndSpread(values[id] ?? []))])),
      '',
    ]),
    `Library: ${library}. Child: ${exported}. ${Object.values(seconds).reduce((sum, value) => sum + value, 0).toFixed(0)} s.`,
    '',
  ].join('\n');
}

function renderThroughput({ batch, isl, osl, rounds, not_measured: why, device, target_device: target, parent, child, ratio }: ThroughputReport): string[] {
  const phases = [
    ['total', 'prompt and generated'],
    ['prefill', 'prefill'],
    ['decode', 'decode'],
  ] as const;
  const rate = (value: number): string => value.toFixed(0);
  const times = (value: number): string => value.toFixed(2);
  const rows = phases.flatMap(([phase, name]) => {
    const [slower, faster] = ratio.measured_quartiles?.[phase] ?? [];
    const spread = slower === undefined || faster === undefined ? '' : ` (${times(slower)} to ${times(faster)})`;
    const measured = parent.measured_tok_s === undefined || child.measured_tok_s === undefined || ratio.measured === undefined ? [] : [[`${name}, measured`, rate(parent.measured_tok_s[phase]), rate(child.measured_tok_s[phase]), `${times(ratio.measured[phase])}${spread}`]];
    return [...measured, [`${name}, predicted`, rate(parent.predicted_tok_s[phase]), rate(child.predicted_tok_s[phase]), times(ratio.predicted[phase])]];
  });
  const measuredHow = why === undefined ? `measured on ${device}, medians and quartiles of ${rounds} rounds` : `not measured: ${why}`;
  return [
    `Tokens per second, ${batch} sequences of ${isl} prompt and ${osl} generated tokens; predicted by the sums of the library's blocks,`,
    `${measuredHow}:`,
    ...table(['', 'parent', 'distilled', 'ratio'], [...rows, [`on ${target}, by the cost model`, rate(parent.target_tok_s.total), rate(child.target_tok_s.total), times(ratio.target.total)]]),
  ];
}
