/** Turns a child into the file a user asked for, with where it came from inside. */
import { toCsv } from '../architecture/csv.ts';
import { toDeciLmConfig, type ExportProvenance } from '../architecture/decilm.ts';
import { loaderWarnings } from '../architecture/loaders.ts';
import { parentModel, parents } from '../architecture/presets.ts';
import { toPuzzletronSolutions } from '../architecture/puzzletron_solution.ts';
import { exportLibrary } from '../library/export.ts';
import { slug } from '../library/library_id.ts';
import type { CallParams, CallResult, Child } from '../protocol/api.ts';
import { WorkbenchError } from '../protocol/errors.ts';
import type { LibraryHeader, LibraryView } from '../protocol/library.ts';
import { parseVariantId, type Architecture, type ModelShape } from '../protocol/variant.ts';
import { blocksOf, evaluateChoices } from '../search/totals.ts';
import type { Shelf } from './shelf.ts';

declare const __APP_VERSION__: string;

type Request = CallParams<'child.export'>;
type Exported = CallResult<'child.export'>;

export async function exportChild(request: Request, shelf: Pick<Shelf, 'view' | 'library'>): Promise<Exported> {
  const { child, name, format } = request;
  if (format === 'library') {
    if (child.kind !== 'in_library') throw new WorkbenchError('bad_input', 'An external architecture has no library.');
    const library = await shelf.library(child.library_id);
    return file(`${slug(library.name)}.library.json`, 'application/json', exportLibrary(library), []);
  }
  const view = child.kind === 'in_library' ? await shelf.view(child.library_id) : undefined;
  const provenance = provenanceOf(name, view, request);
  if (format === 'csv') {
    if (request.table === undefined) throw new WorkbenchError('bad_input', 'A CSV needs the table to write.');
    const text = toCsv(request.table, { provenance: JSON.stringify(provenance) });
    return file(`${slug(name)}.csv`, 'text/csv', text, []);
  }
  const architecture = await architectureOf(child, name, (id) => shelf.view(id));
  const loaders = [...loaderWarnings(architecture)];
  if (format === 'decilm') return file('config.json', 'application/json', json(toDeciLmConfig(architecture, provenance)), loaders);
  const objective = request.problem?.objective ?? view?.header.default_objective ?? 'none';
  const solution =
    view === undefined || child.kind !== 'in_library' ? undefined : evaluateChoices(view, objective, child.choices);
  const content = toPuzzletronSolutions(
    [
      {
        architecture,
        objective: { column: objective, value: solution?.objective ?? 0 },
        costs: solution?.costs ?? {},
        problem: { ...request.problem },
      },
    ],
    provenance,
  );
  return file(`${slug(name)}.solutions.json`, 'application/json', json(content), loaders);
}

/** The architecture that a child is, with the parent's shape. */
export async function architectureOf(
  child: Child,
  name: string,
  view: (id: string) => Promise<LibraryView>,
): Promise<Architecture> {
  if (child.kind === 'external') return child.architecture;
  const library = await view(child.library_id);
  return {
    id: slug(name),
    name,
    parent: library.header.parent.id,
    external: false,
    shape: parentShape(library.header),
    blocks: blocksOf(library, child.choices),
    source: `Puzzle Workbench, from the library ${library.header.name}`,
  };
}

/**
 * The shape of a library's parent: its own word, the preset it names, or the one preset that its layers fit.
 * @throws WorkbenchError `bad_input` where it stays unknown.
 */
export function parentShape(header: LibraryHeader): ModelShape {
  const { parent } = header;
  const preset = parent.id === undefined ? undefined : parentModel(parent.id);
  const shape = parent.shape ?? preset?.shape ?? parents().find((candidate) => {
    const block = parseVariantId(parent.variants[0] ?? '');
    return (
      candidate.num_hidden_layers === parent.num_hidden_layers &&
      block?.attention.kind === 'gqa' &&
      block.attention.kv_heads === candidate.num_key_value_heads &&
      block.ffn.kind === 'swiglu' &&
      block.ffn.intermediate_size === candidate.intermediate_size
    );
  })?.shape;
  if (shape !== undefined) return shape;
  throw new WorkbenchError('bad_input', `The library ${header.name} does not say its parent's shape (hidden size, heads, vocabulary).`, {
    hint: 'Add parent.shape to the library JSON, or parent.id with the name of a built-in parent.',
  });
}

function provenanceOf(name: string, view: LibraryView | undefined, request: Request): ExportProvenance {
  return {
    product: `Puzzle Workbench ${__APP_VERSION__}`,
    exported_at: new Date().toISOString(),
    name,
    ...(view === undefined
      ? {}
      : {
          library: view.header.name,
          library_provenance: view.header.provenance,
          library_licence: view.header.licence,
          estimated_columns: view.header.columns
            .filter((column) => column.provenance.kind === 'estimated')
            .map((column) => column.id),
        }),
    problem: request.problem,
  };
}

function file(fileName: string, mediaType: string, content: string | Uint8Array, loaders: Exported['loaders']): Exported {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content);
  return { file_name: fileName, media_type: mediaType, bytes, loaders };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
