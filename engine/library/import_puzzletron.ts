/**
 * A Puzzletron run (NVIDIA Model-Optimizer): the replacements it may use, the costs of their sub-blocks, and the
 * metrics of the parent with each single replacement. Puzzletron keeps the parent's own blocks in its model
 * configuration, which is not needed here: they are what stands beside the replacement in a scored solution.
 */
import { parents } from '../architecture/presets.ts';
import type { Choice, Library, Note } from '../protocol/library.ts';
import type { ModelShape } from '../protocol/variant.ts';
import { variantId } from '../protocol/variant.ts';
import { checkLibrary } from './check_library.ts';
import { oddities } from './oddities.ts';
import { readReplacement } from './puzzletron_blocks.ts';
import type { Replacement } from './puzzletron_blocks.ts';
import { columnId, columnsOf, costsOf, statsOf } from './puzzletron_columns.ts';
import { readScored, readTeacherScores } from './puzzletron_scores.ts';
import type { ScoredReplacement } from './puzzletron_scores.ts';
import { readSubblockStats } from './puzzletron_stats.ts';
import type { SubblockStats } from './puzzletron_stats.ts';
import { at, fail, isObject, listAt, objectAt, shortList } from './read_value.ts';
import type { Place } from './read_value.ts';

export interface PuzzletronFiles {
  readonly replacements: Place | undefined;
  readonly solutions: Place | undefined;
  readonly stats: Place;
  readonly scored: readonly Place[];
  readonly teacher: Place | undefined;
}

const PREFERRED_OBJECTIVES = ['kl_div', 'kl_div_loss', 'cosine_embedding_loss_hidden_states', 'lm_loss'];

export function isReplacementLibrary(value: unknown): boolean {
  const entries = Array.isArray(value) ? value : isObject(value) ? value['entries'] : undefined;
  return Array.isArray(entries) && isObject(entries[0]) && 'parent_layer_indices' in entries[0];
}

export function isSolutionList(value: unknown): boolean {
  return Array.isArray(value) && isObject(value[0]) && 'single_sequence_replacement' in value[0];
}

export function isSubblockStats(value: unknown): boolean {
  return Array.isArray(value) && isObject(value[0]) && 'args' in value[0] && 'subblocks' in value[0];
}

export function importPuzzletron(files: PuzzletronFiles): Library {
  const notes: Note[] = [];
  const folder = files.scored[0]?.file.replace(/\/?[^/]*$/, '') ?? '';
  const scored = firstOfEach(files.scored.map(readScored), notes, folder);
  const replacements = readReplacements(files, scored.map(({ replacement }) => replacement));
  const parentBlocks = readParentBlocks(files, replacements, new Set(scored.map(({ replacement }) => replacement.key)));

  const metrics = commonMetrics(scored.map(({ scores }) => scores).filter((scores) => scores !== undefined), files.scored[0] ?? files.stats);
  const teacherScores = readTeacherScores(files.teacher, metrics.names);
  if (files.teacher === undefined) {
    notes.push({ severity: 'warning', text: "teacher.json is missing: the parent's own metrics are unknown, and only distances to the parent are imported.", where: folder });
  }
  const scoreNames = metrics.names.filter((name) => teacherScores.has(name));
  const left = [...metrics.partial, ...metrics.names.filter((name) => !teacherScores.has(name))];
  if (left.length > 0) {
    notes.push({ severity: 'warning', text: `Metrics left out because not every solution and the teacher have them: ${shortList(left)}.`, where: folder });
  }
  if (scoreNames.length === 0) fail(files.teacher ?? files.stats, 'a metric that every solution and the teacher have', 'none');

  const measured = measurementsOfParent(files.stats, notes);
  const columns = columnsOf(scoreNames, measured, folder, notes, files.stats.file);
  const scoresOf = new Map(scored.map(({ replacement, scores }) => [replacement.key, scores]));
  const choices: Choice[] = [];
  const places: Place[] = [];
  const notFinite: string[] = [];
  const notScored: string[] = [];
  for (const replacement of replacements) {
    const isParent = parentBlocks.get(replacement.layers[0] ?? 0)?.key === replacement.key;
    const scores = isParent ? teacherScores : scoresOf.get(replacement.key);
    if (scores === undefined) {
      (scoresOf.has(replacement.key) ? notFinite : notScored).push(replacement.key);
      continue;
    }
    const values: Record<string, number> = {};
    for (const name of scoreNames) values[name] = scores.get(name) ?? 0;
    choices.push({
      parent_layers: [...replacement.layers],
      variant: variantId(replacement.block),
      ...replacement.block,
      values: { ...values, ...costsOf(replacement, measured) },
    });
    places.push(replacement.place);
  }
  if (notFinite.length > 0) {
    notes.push({ severity: 'warning', text: `Left out, as Puzzletron does, because a metric is not a finite number: ${shortList(notFinite)}.`, where: folder });
  }
  if (notScored.length > 0) {
    notes.push({ severity: 'warning', text: `Left out because no solution scores them: ${shortList(notScored)}.`, where: folder });
  }
  const spans = choices.filter((choice) => choice.parent_layers.length > 1).length;
  if (spans > 0) {
    notes.push({ severity: 'note', text: `Choices that replace several parent layers by one block: ${spans}. The search uses them like any other block.` });
  }
  const parentVariants = [...parentBlocks.values()].map(({ block }) => variantId(block));
  notes.push(...oddities(columns, choices, parentVariants, folder));

  const parent = nameParent(files, measured[0], parentVariants, notes);
  const library: Library = {
    format: 'puzzle-workbench/library',
    version: 1,
    name: `${parent.name} Puzzletron library`,
    parent: { ...parent, num_hidden_layers: parentVariants.length, variants: parentVariants },
    provenance: { kind: 'imported', source: `${files.stats.file} and ${folder === '' ? 'replacement scores' : folder}` },
    measurements: measured.map(({ measurement }) => measurement),
    columns,
    non_block: measured.map((entry, index) => ({
      measurement: entry.measurement.id,
      values: Object.fromEntries(
        statsOf(entry, index).flatMap((stat) => {
          const value = entry.nonBlock[stat];
          return value === undefined ? [] : [[columnId(stat, entry, index), value]];
        }),
      ),
    })),
    default_objective: PREFERRED_OBJECTIVES.find((name) => scoreNames.includes(name)) ?? scoreNames[0] ?? '',
    notes,
    choices,
  };
  checkLibrary(library, (files.replacements ?? files.scored[0] ?? files.stats).file, (index) => places[index] ?? files.stats);
  return library;
}

/** From the replacement library, or from the solutions where that is missing; each replacement once. */
function readReplacements(files: PuzzletronFiles, scored: readonly Replacement[]): Replacement[] {
  const listed: Replacement[] = [];
  if (files.replacements !== undefined) {
    const list = Array.isArray(files.replacements.value) ? files.replacements : at(files.replacements, 'entries');
    for (const [index] of listAt(list).entries()) listed.push(readReplacement(at(list, index)));
  } else {
    listed.push(...scored, ...solutionPlaces(files).flatMap((place) => chosenIn(place)));
  }
  // Equal blocks with other weights (several initialisations) share one score; the first stands for them.
  const unique = new Map<string, Replacement>();
  for (const replacement of listed) if (!unique.has(replacement.key)) unique.set(replacement.key, replacement);
  return [...unique.values()];
}

function solutionPlaces(files: PuzzletronFiles): Place[] {
  const list = files.solutions;
  const fromList = list === undefined ? [] : listAt(list).map((_, index) => at(list, index));
  return [...fromList, ...files.scored.map((place) => at(place, 'puzzle_solution'))];
}

function chosenIn(solution: Place): Replacement[] {
  const chosen = at(solution, 'chosen_replacements');
  if (chosen.value === undefined) return [];
  return listAt(chosen, 'a list of replacements').map((_, index) => readReplacement(at(chosen, index)));
}

/**
 * The parent's block of every layer: what solutions choose beside their one replacement, else the one library
 * entry of the layer that has no score.
 */
function readParentBlocks(files: PuzzletronFiles, replacements: readonly Replacement[], scored: ReadonlySet<string>): Map<number, Replacement> {
  const found = new Map<number, Replacement>();
  for (const solution of solutionPlaces(files)) {
    const single = at(solution, 'single_sequence_replacement');
    const replaced = single.value === undefined ? undefined : readReplacement(single).key;
    for (const chosen of chosenIn(solution)) {
      const [layer] = chosen.layers;
      if (chosen.key === replaced || chosen.layers.length > 1 || layer === undefined) continue;
      const earlier = found.get(layer);
      if (earlier !== undefined && earlier.key !== chosen.key) {
        fail(chosen.place, `the parent's block ${variantId(earlier.block)} beside the one replacement`, variantId(chosen.block));
      }
      found.set(layer, chosen);
    }
  }
  const layers = 1 + Math.max(...replacements.flatMap(({ layers: own }) => own));
  if (layers > replacements.length + found.size) fail(files.replacements ?? files.stats, 'replacements for every layer', `${replacements.length}, one of them for layer ${layers - 1}`);
  const ordered = new Map<number, Replacement>();
  for (let layer = 0; layer < layers; layer++) {
    const own = replacements.filter((replacement) => replacement.layers.length === 1 && replacement.layers[0] === layer);
    const unscored = own.filter((replacement) => !scored.has(replacement.key));
    const block = found.get(layer) ?? (unscored.length === 1 ? unscored[0] : undefined);
    ordered.set(
      layer,
      block ??
        fail(
          files.replacements ?? files.solutions ?? files.stats,
          `the parent's own block of layer ${layer} (${layers} layers), in the solutions or as the one replacement without a score`,
          own.length === 0 ? 'no replacement for this layer' : `${unscored.length} replacements without a score`,
        ),
    );
  }
  return ordered;
}

/** Only costs of the parent's own hidden size can be compared with each other. */
function measurementsOfParent(place: Place, notes: Note[]): SubblockStats[] {
  const all = readSubblockStats(place);
  const hidden = Math.max(...all.map((entry) => entry.hidden));
  const own = all.filter((entry) => entry.hidden === hidden);
  if (own.length < all.length) {
    notes.push({ severity: 'note', text: `Left out, measurements of a pruned hidden size (the parent's is ${hidden}): ${all.length - own.length}.`, where: place.file });
  }
  return own;
}

/** Metrics that every usable solution has, and those that only some have. */
function commonMetrics(all: readonly ReadonlyMap<string, number>[], place: Place): { names: string[]; partial: string[] } {
  const every = [...new Set(all.flatMap((scores) => [...scores.keys()]))];
  const names = every.filter((name) => all.every((scores) => scores.has(name)));
  if (names.length === 0) fail(place, 'a metric {"avg": number} that every solution has', every.length === 0 ? 'none' : shortList(every));
  return { names, partial: every.filter((name) => !names.includes(name)) };
}

/** The first of several scores for equal blocks, such as those of several initialisations. */
function firstOfEach(all: readonly ScoredReplacement[], notes: Note[], where: string): ScoredReplacement[] {
  const kept = new Map<string, ScoredReplacement>();
  const repeated = new Set<string>();
  for (const entry of all) {
    const { key } = entry.replacement;
    if (kept.has(key)) repeated.add(key);
    else kept.set(key, entry);
  }
  if (repeated.size > 0) {
    notes.push({ severity: 'warning', text: `Scored more than once, of which the first score is kept: ${shortList([...repeated])}.`, where });
  }
  return [...kept.values()];
}

/** The parent by its shape; the teacher's folder gives a name where the shape is not known. */
function nameParent(
  files: PuzzletronFiles,
  first: SubblockStats | undefined,
  variants: readonly string[],
  notes: Note[],
): { name: string; id?: string; shape?: ModelShape } {
  const args = first === undefined ? undefined : objectAt(at(first.place, 'args'));
  const matching = parents().filter(
    (model) =>
      model.num_hidden_layers === variants.length &&
      model.shape.hidden_size === first?.hidden &&
      model.shape.num_attention_heads === args?.['n_head'] &&
      model.shape.vocab_size === args?.['vocab_size'] &&
      variants.every((variant) => variant === `kv${model.num_key_value_heads}/${model.intermediate_size}`),
  );
  const [model] = matching;
  if (model !== undefined) {
    const names = matching.map(({ name }) => name).join(' or ');
    notes.push({ severity: 'note', text: `The files do not name the parent; its layers, hidden size, heads and vocabulary are those of ${names}.` });
    return { name: model.name, id: model.id, shape: model.shape };
  }
  notes.push({ severity: 'note', text: 'The files do not name the parent, and its shapes match no model known here: what needs the shape of the whole model is not available.' });
  const teacherFolder = files.teacher === undefined ? undefined : at(at(files.teacher, 'args'), 'teacher_dir').value;
  const name = typeof teacherFolder === 'string' ? teacherFolder.split(/[\\/]/).filter((part) => part !== '').at(-1) : undefined;
  return { name: name ?? 'Unnamed parent' };
}
