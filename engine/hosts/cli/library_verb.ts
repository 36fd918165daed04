/** `library generate`: writes an estimated library for any parent, device and traffic in our own JSON. */
import path from 'node:path';
import process from 'node:process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { exportLibrary } from '../../library/export.ts';
import { fromView } from '../../library/view.ts';
import { WorkbenchError } from '../../protocol/errors.ts';
import { FORMATS } from '../../protocol/hardware.ts';
import { recipeId, recipeSchema } from '../../protocol/recipe.ts';
import type { ParentModel } from '../../protocol/variant.ts';
import { writeFileAtomic } from '../../workspace/atomic_write.ts';
import { readModelFile } from '../architecture_files.ts';
import { Rack } from '../rack.ts';
import { viewOfRecipe } from '../recipes.ts';
import { loadLibrary, needed, noPositionals, parse, wholeNumber } from './arguments.ts';
import { UsageError } from './usage_error.ts';

export const LIBRARY_HELP = `Usage: cli library generate --parent PRESET|config.json --device ID --isl N --osl N --out FILE.json [options]

Writes a block library without a measurement: sizes exact, runtimes from the cost model, scores estimated, and marked so.

  --parent ID|FILE       a preset such as llama-3.1-70b, or the config.json of a model whose layers are all the same
  --device ID            h100-sxm, h200-sxm, a100-sxm-80, b200, l40s, tpu-v5e, ...
  --isl N --osl N        prompt and generated tokens per sequence
  --weights, --activations, --kv FORMAT   fp8 (default), bf16, fp16, int8, fp4, int4
  --tp N                 devices that share each layer (default 1)
  --batch N[,N...]       sequences together (default: chosen from what fits); the first one's columns bear plain names
  --quality PATH         a library whose scores are carried over (default: the prior)
  --no-kv-head-cliff     without the slow attention path at many query heads per KV head
  --out FILE             where to write; - for standard output
  --json                 prints {out, id, variants, measurements}; the id can be used wherever a library is named
`;

export async function runLibrary(argv: readonly string[]): Promise<number> {
  const [verb, ...rest] = argv;
  if (verb !== 'generate') throw new UsageError(`library ${verb ?? ''}: there is only "library generate".`);
  const { values, positionals } = parse({
    args: rest,
    allowPositionals: true,
    options: {
      parent: { type: 'string' },
      device: { type: 'string' },
      weights: { type: 'string' },
      activations: { type: 'string' },
      kv: { type: 'string' },
      tp: { type: 'string' },
      isl: { type: 'string' },
      osl: { type: 'string' },
      batch: { type: 'string' },
      quality: { type: 'string' },
      'no-kv-head-cliff': { type: 'boolean' },
      out: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  noPositionals(positionals);
  const out = needed('--out FILE', values.out);
  const from = needed('--parent PRESET|config.json', values.parent);
  const own = new Rack().parent(from) === undefined || existsSync(from) ? await parentFromFile(from) : undefined;
  const rack = new Rack(undefined, own === undefined ? [] : [own]);
  const id = idOf({
    parent: own?.id ?? from,
    device: needed('--device ID', values.device),
    isl: wholeNumber('--isl', needed('--isl N', values.isl), 0, 0),
    osl: wholeNumber('--osl', needed('--osl N', values.osl), 1, 1),
    tp: wholeNumber('--tp', values.tp, 1, 1),
    kv_head_cliff: values['no-kv-head-cliff'] !== true,
    ...(values.weights !== undefined && { weights: values.weights }),
    ...(values.activations !== undefined && { activations: values.activations }),
    ...(values.kv !== undefined && { kv: values.kv }),
    ...(values.batch !== undefined && { batches: values.batch }),
    ...(values.quality !== undefined && { quality: values.quality }),
  });
  const view = await viewOfRecipe(id, rack, loadLibrary);
  const bytes = exportLibrary(fromView(view));
  if (out === '-') process.stdout.write(bytes);
  else await writeFileAtomic(path.resolve(out), bytes);
  if (out !== '-') {
    if (values.json === true) process.stdout.write(`${JSON.stringify({ out, id, variants: view.variants.length, measurements: view.header.measurements })}\n`);
    else process.stderr.write(`Written to ${out}: ${view.header.name}, ${view.header.parent.num_hidden_layers} layers of ${view.variants.length} variants.\n`);
  }
  return 0;
}

function idOf(recipe: Readonly<Record<string, unknown>>): string {
  const parsed = recipeSchema.safeParse(recipe);
  if (parsed.success) return recipeId(parsed.data);
  const issue = parsed.error.issues[0];
  const name = String(issue?.path[0] ?? '');
  const option = name === 'batches' ? '--batch' : `--${name}`;
  const expected = name === 'batches' ? 'whole numbers such as 64,16' : `one of ${FORMATS.join(', ')}`;
  throw new UsageError(`${option} ${String(recipe[name])}: expected ${expected}.`);
}

/** @throws WorkbenchError where the file is missing, malformed, or a model of unlike layers. */
async function parentFromFile(file: string): Promise<ParentModel> {
  if (!existsSync(file)) {
    throw new WorkbenchError('not_found', `"${file}" is neither a preset nor a file.`, { hint: `Presets: ${new Rack().parentIds().join(', ')}.` });
  }
  const { architecture, parent } = readModelFile({ path: file, bytes: await readFile(file) });
  if (parent !== undefined) return parent;
  throw new WorkbenchError('bad_input', `${file}: the layers of ${architecture.name} differ, so it is no parent to search from.`, {
    hint: 'Give the config.json of the model it was made from.',
  });
}
