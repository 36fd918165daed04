/** Verbs on models with weights: `assemble`, `distill`, `evaluate`, `generate`, and `export --model`. Each is one job. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import { WorkbenchError } from '../../protocol/errors.ts';
import { evaluationSchema, type GkdLoss, type JobSpec } from '../../protocol/train.ts';
import { solutionSchema } from '../../protocol/problem.ts';
import { RunFolder } from '../../workspace/run_folder.ts';
import { filesBelow, VERDICTS_FILE } from '../training/run_results.ts';
import { PATHS, composed, decidingSequences, parentFolder } from '../pipeline/jobs.ts';
import { needed, noPositionals, parse, seedOf, wholeNumber } from './arguments.ts';
import { readInputFile } from './input_file.ts';
import { table } from './table.ts';
import { TRAINER_HELP, TRAINER_OPTIONS, openRun, runOneJob } from './training_run.ts';
import { UsageError } from './usage_error.ts';

export const ASSEMBLE_HELP = `Usage: cli assemble --run DIR --solution FILE --out NAME [options]

Builds a child of the run's parent from its trained blocks, without training, as a Hugging Face checkpoint.

  --run DIR              the run's folder
  --solution FILE        what "solve --library DIR/library.json --json" printed
  --index N              which of its solutions (default 0)
  --out NAME             the child's folder inside the run's, such as children/mine
${TRAINER_HELP}`;

export const DISTILL_HELP = `Usage: cli distill --run DIR --child NAME --out NAME [options]

Global knowledge distillation of an assembled child from the run's parent.

  --run DIR              the run's folder
  --child NAME           the child's folder inside the run's
  --loss TEXT            weights of the terms, such as cosine=1,kl=1 (default: the plan's); terms are lm, cosine, kl
  --steps N              training steps (default: the plan's)
  --out NAME             where the distilled child goes inside the run's folder, such as children/mine-distilled
${TRAINER_HELP}`;

export const EVALUATE_HELP = `Usage: cli evaluate --run DIR --model FOLDER [--model FOLDER ...] [options]

LM loss, KL to the run's parent, top-k accuracy and task accuracies on the run's held-out data.

  --run DIR              the run's folder
  --model FOLDER         a checkpoint of the same vocabulary: inside the run's folder, or absolute; repeatable
  --sequences N          held-out sequences (default: the plan's)
${TRAINER_HELP}  --json                 {parent, models:[{name, quality}], device}
`;

export const GENERATE_HELP = `Usage: cli generate --model FOLDER --prompt TEXT [options]

Continues a text with any checkpoint of the Llama family.

  --model FOLDER         Hugging Face folder with config.json, safetensors and tokenizer.json
  --prompt TEXT
  --max-new-tokens N     default 64
  --temperature X        0 (default) takes the likeliest token
  --seed N               default 1
${TRAINER_HELP}  --json                 with tokens per second and time to the first
`;

export const EXPORT_MODEL_HELP = `  --model FOLDER         a checkpoint with weights instead of a solution; then
  --form hugging_face|puzzletron   and
  --dtype F32|BF16       say what is written to the folder --out
`;

export async function runAssemble(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse({
    args: [...argv],
    allowPositionals: true,
    options: { run: { type: 'string' }, solution: { type: 'string' }, index: { type: 'string' }, out: { type: 'string' }, ...TRAINER_OPTIONS },
  });
  noPositionals(positionals);
  const { folder, state } = await openRun(needed('--run DIR', values.run));
  const out = childOut(values.out);
  const file = needed('--solution FILE', values.solution);
  const { solutions } = await readInputFile(file, z.object({ solutions: z.array(solutionSchema).min(1) }), 'Save it with: cli solve ... --json > child.json');
  const index = wholeNumber('--index', values.index, 0, 0);
  const solution = solutions[index];
  if (solution === undefined) throw new UsageError(`--index ${index}: the file has ${solutions.length} solutions, counted from 0.`);
  const job: JobSpec = { id: `assemble.${idOf(out)}`, kind: 'assemble', source: composed(state.plan, solution.blocks), name: path.basename(out), out };
  // What was distilled into the same folder before is there no more.
  await folder.unmark(`distill.${idOf(out)}`);
  await runOneJob(folder, job, values, { mark: false });
  return tellFolder(path.join(folder.path, out), values.json === true);
}

export async function runDistill(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse({
    args: [...argv],
    allowPositionals: true,
    options: { run: { type: 'string' }, child: { type: 'string' }, loss: { type: 'string' }, steps: { type: 'string' }, out: { type: 'string' }, ...TRAINER_OPTIONS },
  });
  noPositionals(positionals);
  const { folder, state } = await openRun(needed('--run DIR', values.run));
  const { gkd } = state.plan;
  const out = childOut(values.out);
  const child = needed('--child NAME', values.child);
  if (path.resolve(folder.path, child) === path.join(folder.path, out)) throw new UsageError('--child and --out are one folder; give the distilled child another one.');
  const steps = wholeNumber('--steps', values.steps, gkd.training.steps, 1);
  const id = `distill.${idOf(out)}`;
  const job: JobSpec = {
    id,
    kind: 'distil_child',
    parent: parentFolder(state.plan),
    child,
    child_fingerprint: await fingerprint(path.resolve(folder.path, child)),
    data: PATHS.data,
    loss: values.loss === undefined ? gkd.loss : lossOf(values.loss),
    training: { ...gkd.training, steps, warmup_steps: Math.min(gkd.training.warmup_steps, Math.ceil(steps / 10)) },
    out,
  };
  // Whoever removed the child wants it again.
  if (!existsSync(path.join(folder.path, out, 'config.json'))) await folder.unmark(id);
  await runOneJob(folder, job, values);
  return tellFolder(path.join(folder.path, out), values.json === true);
}

export async function runEvaluate(argv: readonly string[]): Promise<number> {
  const { values } = parse({ args: [...argv], options: { run: { type: 'string' }, model: { type: 'string', multiple: true }, sequences: { type: 'string' }, ...TRAINER_OPTIONS } });
  const { folder, state } = await openRun(needed('--run DIR', values.run));
  const models = (values.model ?? []).map((name) => ({ name, source: { kind: 'checkpoint', folder: name } as const }));
  if (models.length === 0) throw new UsageError('--model FOLDER is needed.');
  const sequences = wholeNumber('--sequences', values.sequences, state.plan.evaluate.sequences, 1);
  const out = 'evaluations/by_hand.json';
  // What is evaluated may have changed since the same command was given: nothing is marked as done.
  await runOneJob(folder, { id: 'evaluate.by_hand', kind: 'evaluate', parent: parentFolder(state.plan), data: PATHS.data, models, sequences, first_sequence: decidingSequences(state.plan), tasks: true, out }, values, { mark: false });
  const evaluation = evaluationSchema.parse(JSON.parse(await readFile(path.join(folder.path, out), 'utf8')));
  if (values.json === true) process.stdout.write(`${JSON.stringify(evaluation)}\n`);
  else {
    const tasks = Object.keys(evaluation.parent.tasks);
    const rows = [{ name: 'parent', quality: evaluation.parent }, ...evaluation.models].map(({ name, quality }) => [
      name,
      quality.lm_loss.toFixed(4),
      quality.kl_div.toFixed(4),
      ...tasks.map((task) => `${(100 * (quality.tasks[task] ?? 0)).toFixed(1)} %`),
    ]);
    process.stdout.write(`${table(['', 'LM loss', 'KL', ...tasks], rows).join('\n')}\n`);
  }
  return 0;
}

const generatedSchema = z.looseObject({ text: z.string() });

export async function runGenerateVerb(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse({
    args: [...argv],
    allowPositionals: true,
    options: { model: { type: 'string' }, prompt: { type: 'string' }, 'max-new-tokens': { type: 'string' }, temperature: { type: 'string' }, seed: { type: 'string' }, ...TRAINER_OPTIONS },
  });
  noPositionals(positionals);
  const temperature = Number(values.temperature ?? 0);
  if (!Number.isFinite(temperature) || temperature < 0) throw new UsageError(`--temperature ${values.temperature}: expected a number of at least 0.`);
  const model = path.resolve(needed('--model FOLDER', values.model));
  const folder = await mkdtemp(path.join(tmpdir(), 'puzzle-generate-'));
  try {
    const job: JobSpec = {
      id: 'generate',
      kind: 'generate',
      model,
      prompt: needed('--prompt TEXT', values.prompt),
      max_new_tokens: wholeNumber('--max-new-tokens', values['max-new-tokens'], 64, 1),
      temperature,
      seed: seedOf(values.seed),
      out: 'generated.json',
    };
    await runOneJob(new RunFolder(folder), job, values, { mark: false, lock: false });
    const generated = generatedSchema.parse(JSON.parse(await readFile(path.join(folder, job.out), 'utf8')));
    process.stdout.write(values.json === true ? `${JSON.stringify(generated)}\n` : `${generated.text}\n`);
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const FORMS = ['hugging_face', 'puzzletron'] as const;
const DTYPES = ['F32', 'BF16'] as const;

/** `export --model`. */
export async function runExportModel(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse({
    args: [...argv],
    allowPositionals: true,
    options: { model: { type: 'string' }, form: { type: 'string' }, dtype: { type: 'string' }, out: { type: 'string' }, ...TRAINER_OPTIONS },
  });
  noPositionals(positionals);
  const form = FORMS.find((name) => name === (values.form ?? 'hugging_face'));
  if (form === undefined) throw new UsageError(`--form ${values.form}: there are ${FORMS.join(', ')}.`);
  const dtype = DTYPES.find((name) => name === (values.dtype ?? 'F32').toUpperCase());
  if (dtype === undefined) throw new UsageError(`--dtype ${values.dtype}: there are ${DTYPES.join(', ')}.`);
  const out = path.resolve(needed('--out DIR', values.out));
  const model = path.resolve(needed('--model FOLDER', values.model));
  await assertMayHold(out, model);
  // A job writes inside its own folder only: it works in one beside the target, and leaves nothing else there.
  const work = path.dirname(out);
  const job: JobSpec = { id: `export.${idOf(path.basename(out))}`, kind: 'export', model, form, dtype, out: path.basename(out) };
  const result = await runOneJob(new RunFolder(work), job, values, { mark: false, lock: false });
  process.stdout.write(values.json === true ? `${JSON.stringify({ ...asObject(result), folder: out, out })}\n` : `${out}\n`);
  return 0;
}

/** A folder for a child that is nobody else's: the pipeline's own files would be written over without a word. */
function childOut(text: string | undefined): string {
  const given = needed('--out NAME', text);
  const out = path.posix.normalize(given.replaceAll('\\', '/')).replace(/\/+$/, '');
  if (!/^children\/[^/]/.test(out)) throw new UsageError(`--out ${given}: children of a run go into its folder children, such as children/mine.`);
  if (out === PATHS.child || out === PATHS.distilled) throw new UsageError(`--out ${given}: that is the run's own child; choose another name.`);
  return out;
}

/** @throws WorkbenchError `conflict` where an export into the folder would mix with, or take the place of, something else. */
async function assertMayHold(out: string, model: string): Promise<void> {
  const names = await namesIn(out);
  if (names.length === 0) return;
  const same = (await realpath(out)) === (await realpath(model).catch(() => model));
  if (same) throw new UsageError('--model and --out are one folder; give the export another one.');
  if (!names.includes(VERDICTS_FILE)) throw new WorkbenchError('conflict', `${out} holds other files.`, { hint: 'Name an empty or a new folder, or that of an earlier export.' });
}

/** Hidden ones aside; none where there is no folder. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.'));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') throw new UsageError(`--out ${folder}: that is a file; an export needs a folder.`);
    throw error;
  }
}

function idOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9_.-]+/g, '.').replace(/^[^a-z0-9]+/, '') || 'model';
}

/** Of all bytes of the files of a folder. @throws WorkbenchError `not_found` */
async function fingerprint(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const { path: name } of await filesBelow(folder)) {
    hash.update(name);
    for await (const chunk of createReadStream(path.join(folder, name))) hash.update(chunk as Uint8Array);
  }
  return hash.digest('hex');
}

function tellFolder(folder: string, json: boolean): number {
  process.stdout.write(json ? `${JSON.stringify({ out: folder })}\n` : `${folder}\n`);
  return 0;
}

/** `cosine=1,kl=1`. */
function lossOf(text: string): GkdLoss {
  const loss = { lm: 0, cosine: 0, kl: 0 };
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.split('=');
    const weight = Number(value);
    if (!Object.hasOwn(loss, name) || value === '' || !(weight >= 0)) throw new UsageError(`--loss ${text}: expected terms of lm, cosine and kl, such as cosine=1,kl=1.`);
    loss[name as keyof GkdLoss] = weight;
  }
  return loss;
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
