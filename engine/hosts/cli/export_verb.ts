import { readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import { attentionParams, ffnParams } from '../../architecture/count.ts';
import { toCsv } from '../../architecture/csv.ts';
import { toDeciLmConfig, type ExportProvenance } from '../../architecture/decilm.ts';
import { express } from '../../architecture/express.ts';
import { loaderWarnings } from '../../architecture/loaders.ts';
import { parentModel, parents, presetArchitecture, presetIds } from '../../architecture/presets.ts';
import { toPuzzletronSolutions } from '../../architecture/puzzletron_solution.ts';
import { parseJsonFile } from '../../library/json_file.ts';
import { LOADER_PROVENANCE, type Table } from '../../protocol/api.ts';
import { WorkbenchError, badInput } from '../../protocol/errors.ts';
import { problemSchema, solutionSchema } from '../../protocol/problem.ts';
import { attentionId, ffnId, modelShapeSchema, type Architecture } from '../../protocol/variant.ts';
import { writeFileAtomic } from '../../workspace/atomic_write.ts';
import { loadLibrary, needed, noPositionals, parse, wholeNumber } from './arguments.ts';
import { runExportModel } from './model_verbs.ts';
import { UsageError } from './usage_error.ts';

declare const __APP_VERSION__: string;

const FORMATS = ['decilm', 'puzzletron', 'csv'];
const PRESET = 'preset:';

const fileSchema = z.object({
  solutions: z.array(solutionSchema).min(1),
  parent: z.string().optional(),
  parent_shape: modelShapeSchema.optional(),
  problem: problemSchema.optional(),
});

interface Source {
  readonly architecture: Architecture;
  readonly objective: { readonly column: string; readonly value: number };
  readonly costs: Readonly<Record<string, number>>;
  readonly problem: Readonly<Record<string, unknown>>;
}

export async function runExport(argv: readonly string[]): Promise<number> {
  if (argv.some((arg) => arg === '--model' || arg.startsWith('--model='))) return runExportModel(argv);
  const { values, positionals } = parse({
    args: [...argv],
    allowPositionals: true,
    options: {
      solution: { type: 'string' },
      format: { type: 'string' },
      out: { type: 'string' },
      index: { type: 'string' },
      parent: { type: 'string' },
      library: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  noPositionals(positionals);
  const format = needed('--format decilm|puzzletron|csv', values.format);
  if (!FORMATS.includes(format)) throw new UsageError(`--format ${format}: there are ${FORMATS.join(', ')}.`);
  const out = needed('--out PATH', values.out);
  const from = needed('--solution FILE', values.solution);
  const source = from.startsWith(PRESET)
    ? presetSource(from.slice(PRESET.length))
    : await fileSource(from, wholeNumber('--index', values.index, 0, 0), values.parent);
  const provenance: ExportProvenance = {
    product: `Puzzle Workbench ${__APP_VERSION__}`,
    exported_at: new Date().toISOString(),
    source: from.startsWith(PRESET) ? source.architecture.source : path.basename(from),
  };
  const text = await render(format, source, provenance, values.library);
  if (out === '-') process.stdout.write(text);
  else await writeFileAtomic(path.resolve(out), text);
  const loaders = loaderWarnings(source.architecture);
  if (values.json && out !== '-') process.stdout.write(`${JSON.stringify({ out, format, loaders })}\n`);
  else {
    for (const { loader, verdict, reasons } of loaders) {
      if (verdict !== 'loads') process.stderr.write(`${loader}: ${verdict} - ${reasons.join('; ')}\n`);
    }
    process.stderr.write(`${LOADER_PROVENANCE}\n`);
    if (out !== '-') process.stderr.write(`Written to ${out}.\n`);
  }
  return 0;
}

async function render(
  format: string,
  { architecture, objective, costs, problem }: Source,
  provenance: ExportProvenance,
  library: string | undefined,
): Promise<string> {
  switch (format) {
    case 'decilm':
      return `${JSON.stringify(toDeciLmConfig(architecture, provenance), undefined, 2)}\n`;
    case 'puzzletron': {
      return `${JSON.stringify(toPuzzletronSolutions([{ architecture, objective, costs, problem }], provenance), undefined, 2)}\n`;
    }
    default:
      return toCsv(await layerTable(architecture, library), { provenance: JSON.stringify(provenance) });
  }
}

/** One row per layer; with a library also what it knows of each block. */
async function layerTable(architecture: Architecture, library: string | undefined): Promise<Table> {
  const { shape, blocks } = architecture;
  const header = ['layer', 'variant', 'attention', 'ffn'];
  const rows = blocks.map((block): (string | number)[] => [
    block.parent_layers.length === 1 ? block.parent_layers[0] : block.parent_layers.join(' '),
    block.variant,
    attentionId(block.attention),
    ffnId(block.ffn),
  ]);
  if (library === undefined) {
    return {
      header: [...header, 'attention_num_params', 'ffn_num_params'],
      rows: blocks.map((block, i) => [...rows[i], attentionParams(shape, block.attention), ffnParams(shape, block.ffn)]),
    };
  }
  const view = await loadLibrary(library);
  const expressed = express(architecture, view);
  if (expressed.kind === 'inexpressible') {
    throw new WorkbenchError('bad_input', `The library cannot express this architecture: ${expressed.reasons.join('; ')}.`);
  }
  return {
    header: [...header, ...view.header.columns.map((column) => column.id)],
    rows: rows.map((row, index) => [...row, ...view.values.map((values) => values[expressed.choices[index]])]),
  };
}

function presetSource(id: string): Source {
  const architecture = presetArchitecture(id);
  if (architecture === undefined) {
    throw new UsageError(`There is no built-in architecture "${id}"; there are ${presetIds().join(', ')}.`);
  }
  return { architecture, objective: { column: 'none', value: 0 }, costs: {}, problem: {} };
}

async function fileSource(file: string, index: number, parentId: string | undefined): Promise<Source> {
  const json = parseJsonFile({ path: file, bytes: await bytesOf(file) });
  const parsed = fileSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const place = issue?.path.join('.') ?? '';
    throw badInput(file, place, 'what "solve --json" prints', issue?.message ?? 'something else', 'Save it with: cli solve ... --json > child.json');
  }
  const solution = parsed.data.solutions[index];
  if (solution === undefined) {
    throw new UsageError(`--index ${index}: the file has ${parsed.data.solutions.length} solutions, counted from 0.`);
  }
  const id = parentId ?? parsed.data.parent;
  const parent = id === undefined ? undefined : parentModel(id);
  const shape = parent?.shape ?? (parentId === undefined ? parsed.data.parent_shape : undefined);
  if (shape === undefined) {
    throw new UsageError(
      `${id === undefined ? 'The solution does not name its parent' : `There is no built-in parent "${id}"`}; give one of ${parents().map((p) => p.id).join(', ')} with --parent.`,
    );
  }
  const architecture: Architecture = {
    id: 'child',
    name: path.basename(file).replace(/\.json$/, ''),
    ...(id !== undefined && { parent: id }),
    external: false,
    shape,
    blocks: solution.blocks,
    source: `Puzzle Workbench, solution ${index} of ${path.basename(file)}`,
  };
  const { problem } = parsed.data;
  const objective = { column: problem?.objective ?? 'objective', value: solution.objective };
  return { architecture, objective, costs: solution.costs, problem: { ...problem } };
}

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new WorkbenchError(missing ? 'not_found' : 'io', missing ? `There is no file ${file}.` : `${file}: ${error instanceof Error ? error.message : String(error)}`, {
      hint: 'Save a solution with: cli solve ... --json > child.json',
    });
  }
}
