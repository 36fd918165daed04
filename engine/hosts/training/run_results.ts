/** What a run has come to, read from its result files; whatever is not there yet, or cannot be read, is left out. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { zipSync } from 'fflate';
import { z } from 'zod';
import type { Hardware } from '../../hardware/calibrations.ts';
import { WorkbenchError } from '../../protocol/errors.ts';
import { loaderVerdictSchema, type LoaderVerdict } from '../../protocol/loaders.ts';
import type { TargetTimes } from '../../protocol/train_api.ts';
import { blockTimesSchema, evaluationSchema, layerScoresSchema, layerTrainingSchema, pipelineReportSchema, type BlockTimes, type Evaluation, type LayerScores, type LayerTraining, type PipelineReport, type Plan } from '../../protocol/train.ts';
import { isTemporaryName } from '../../workspace/atomic_write.ts';
import { PATHS } from '../pipeline/jobs.ts';
import { readParentArchitecture } from '../pipeline/parent.ts';
import { targetCosts } from '../pipeline/target_costs.ts';
import { nodeFiles } from '../trainer/node_files.ts';

/** With room for its envelope below the largest frame. */
export const MAX_ARCHIVE_BYTES = 128 * 1024 * 1024;

/** The earliest there is. */
const ZIP_DATE = new Date(1980, 0, 1);

/** Every export has it, and little else does. */
export const VERDICTS_FILE = 'loader_warnings.json';

export interface RunResults {
  readonly report?: PipelineReport;
  readonly partial?: Partial<PipelineReport>;
  readonly evaluations: (Omit<Evaluation, 'device'> & { id: string })[];
  readonly trainings: LayerTraining[];
  readonly scores: LayerScores[];
  readonly times?: BlockTimes;
}

/** `folder` is the run's. */
export async function readResults(folder: string): Promise<RunResults> {
  const report = await readReport(folder);
  const partial = report === undefined ? await readAs(path.join(folder, PATHS.partialReport), pipelineReportSchema.partial()) : undefined;
  const times = await readAs(path.join(folder, PATHS.times), blockTimesSchema);
  const blocks = path.join(folder, PATHS.blocks);
  const trainings = await readEach(
    (await namesIn(blocks)).map((name) => path.join(blocks, name, 'bld.json')),
    layerTrainingSchema,
  );
  const scoring = path.join(folder, PATHS.scores);
  const scores = await readEach((await namesIn(scoring)).map((name) => path.join(scoring, name)), layerScoresSchema);
  const byLayer = (a: { readonly parent_layers: readonly number[] }, b: { readonly parent_layers: readonly number[] }): number =>
    (a.parent_layers[0] ?? 0) - (b.parent_layers[0] ?? 0) || a.parent_layers.length - b.parent_layers.length;
  return {
    ...(report !== undefined && { report }),
    ...(partial !== undefined && { partial }),
    evaluations: await readEvaluations(path.join(folder, PATHS.evaluations)),
    trainings: trainings.sort(byLayer),
    scores: scores.sort(byLayer),
    ...(times !== undefined && { times }),
  };
}

export function readReport(folder: string): Promise<PipelineReport | undefined> {
  return readAs(path.join(folder, PATHS.report), pipelineReportSchema);
}

/** Verdicts that an export left beside its files. */
export async function readLoaders(folder: string): Promise<LoaderVerdict[]> {
  return (await readAs(path.join(folder, VERDICTS_FILE), z.object({ loaders: z.array(loaderVerdictSchema) })))?.loaders ?? [];
}

/**
 * What the cost model says of the plan's device; none before there is a parent, or where the device is gone.
 * @param folder the run's
 */
export async function readTargets(folder: string, plan: Plan, hardware: Hardware): Promise<TargetTimes[]> {
  try {
    const parent = await readParentArchitecture(nodeFiles(folder), plan);
    const { measurement, attention, ffn, outside } = targetCosts(plan, parent, hardware);
    return [{ device: measurement.device, name: hardware.devices.find(({ id }) => id === measurement.device)?.name ?? measurement.device, attention, ffn, outside }];
  } catch {
    return [];
  }
}

/** Every file below a folder with `/` between names, sorted. @throws WorkbenchError `not_found` where there is no folder. */
export async function filesBelow(folder: string): Promise<{ path: string; bytes: number }[]> {
  let names: string[];
  try {
    names = await readdir(folder, { recursive: true });
  } catch {
    throw new WorkbenchError('not_found', `There is no folder ${folder}.`);
  }
  const files: { path: string; bytes: number }[] = [];
  for (const name of names.filter((each) => !isTemporaryName(path.basename(each))).sort()) {
    const status = await stat(path.join(folder, name));
    if (status.isFile()) files.push({ path: name.split(path.sep).join('/'), bytes: status.size });
  }
  return files;
}

/**
 * A zip archive in memory, for pages that can only download one file: not compressed, as weights hardly are, and the same for
 * the same files.
 * @throws WorkbenchError `too_large`
 */
export async function archiveOf(folder: string, files: readonly { readonly path: string; readonly bytes: number }[]): Promise<Uint8Array<ArrayBuffer>> {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > MAX_ARCHIVE_BYTES) {
    throw new WorkbenchError('too_large', `The export has ${Math.ceil(total / 2 ** 20)} MiB, more than the ${MAX_ARCHIVE_BYTES / 2 ** 20} MiB that can be downloaded at once.`, {
      hint: `Copy the files from ${folder}.`,
    });
  }
  const entries: Record<string, Uint8Array> = {};
  for (const { path: name } of files) entries[name] = await readFile(path.join(folder, name));
  return zipSync(entries, { level: 0, mtime: ZIP_DATE });
}

/** Files `<id>.<part>.json`, the parts of an evaluation joined. */
async function readEvaluations(folder: string): Promise<RunResults['evaluations']> {
  const found = new Map<string, RunResults['evaluations'][number]>();
  for (const name of (await namesIn(folder)).sort()) {
    const id = name.replace(/(\.\d+)?\.json$/, '');
    const part = await readAs(path.join(folder, name), evaluationSchema);
    if (part === undefined) continue;
    const { device: _, ...evaluation } = part;
    const known = found.get(id);
    if (known === undefined) found.set(id, { id, ...evaluation });
    else known.models.push(...evaluation.models);
  }
  return [...found.values()];
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith('.'));
}

async function readEach<S extends z.ZodType>(files: readonly string[], schema: S): Promise<z.output<S>[]> {
  const found: z.output<S>[] = [];
  for (const file of files) {
    const value = await readAs(file, schema);
    if (value !== undefined) found.push(value);
  }
  return found;
}

async function readAs<S extends z.ZodType>(file: string, schema: S): Promise<z.output<S> | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}
