/**
 * The block library of the NVlabs/puzzle demo: `layer_<i>` -> variant name -> {stats, metrics}, beside a file
 * with the circumstances of the measurement and one with the parent block. A variant's name has two clauses,
 * attention and FFN, joined by tab-&&-tab, such as "attention = no_op (parent * 0%)".
 */
import { deviceId } from '../hardware/devices.ts';
import { parents } from '../architecture/presets.ts';
import type { Choice, Column, Library, Measurement, Note } from '../protocol/library.ts';
import type { Attention, Block, Ffn, ParentModel } from '../protocol/variant.ts';
import { variantId } from '../protocol/variant.ts';
import { checkLibrary } from './check_library.ts';
import { scoreMeaning, statMeaning } from './column_names.ts';
import { dtypeId } from './dtype_alias.ts';
import { oddities } from './oddities.ts';
import { at, costAt, fail, finiteAt, isNonFinite, isObject, objectAt, optionalText, shortList, wholeAt } from './read_value.ts';
import type { Place } from './read_value.ts';

/** What the demo's folder holds; only the block library is needed. */
export interface NvlabsFiles {
  readonly library: Place;
  readonly measurement: Place | undefined;
  readonly parentStats: Place | undefined;
}

const LICENCE =
  'The data of the NVlabs/puzzle demo is under the NVIDIA Source Code License-NC: for non-commercial use only. ' +
  'If these files come from elsewhere, their own terms apply.';
const COLUMN_NAME = /^[A-Za-z_][\w.-]*$/;

export function isNvlabsLibrary(value: unknown): boolean {
  return isObject(value) && Object.keys(value).some((key) => /^layer_\d+$/.test(key) && isObject(value[key]));
}

export function isNvlabsMeasurement(value: unknown): boolean {
  return isObject(value) && 'batch_size' in value && 'sequence_length' in value;
}

export function isNvlabsParentStats(value: unknown): boolean {
  return isObject(value) && isObject(value['stats']) && 'num_kv_heads' in value['stats'];
}

export function importNvlabs(files: NvlabsFiles): Library {
  const { library } = files;
  const notes: Note[] = [];
  const layers = layerPlaces(library);
  const first = firstEntry(layers[0] ?? library);
  const statNames = columnNames(at(first, 'stats'));
  const metricNames = columnNames(at(first, 'metrics'));
  const measurement = files.measurement === undefined ? undefined : readMeasurement(files.measurement);
  if (measurement === undefined) {
    notes.push({ severity: 'warning', text: 'measurement_info.json is missing: batch and sequence length are unknown, so that no throughput can be stated or limited.' });
  }
  const provenance = { kind: 'imported', source: library.file } as const;
  const columns: Column[] = [
    ...metricNames.map((name) => ({ id: name, ...scoreMeaning(name), provenance })),
    ...statNames.map((name) => ({
      id: name,
      ...statMeaning(name, statNames),
      ...(measurement !== undefined && /_(mib|ms)$/.test(name) ? { measurement: measurement.id } : {}),
      provenance,
    })),
  ];

  const choices: Choice[] = [];
  const places: Place[] = [];
  const dropped: string[] = [];
  for (const [layer, layerPlace] of layers.entries()) {
    for (const name of Object.keys(objectAt(layerPlace, 'an object of variants'))) {
      const place = at(layerPlace, name);
      objectAt(place, 'an object with stats and metrics');
      const block = readBlock(place, name);
      const values: Record<string, number> = {};
      let unusable = false;
      for (const metric of metricNames) {
        const score = at(at(place, 'metrics'), metric);
        if (isNonFinite(score.value)) unusable = true;
        else values[metric] = finiteAt(score);
      }
      for (const stat of statNames) values[stat] = costAt(at(at(place, 'stats'), stat));
      if (unusable) dropped.push(`layer ${layer} ${variantId(block)}`);
      else {
        choices.push({ parent_layers: [layer], variant: variantId(block), imported_name: name, ...block, values });
        places.push(place);
      }
    }
  }
  if (dropped.length > 0) {
    notes.push({ severity: 'warning', text: `Left out because a score is not a finite number: ${shortList(dropped)}.`, where: library.file });
  }

  const parentBlock = files.parentStats === undefined ? widest(choices, library) : readParentBlock(files.parentStats);
  if (files.parentStats === undefined) {
    notes.push({ severity: 'note', text: `parent_block_stats.json is missing: the variant with the most KV heads and the widest FFN, ${variantId(parentBlock)}, is taken for the parent's.` });
  }
  const parentVariants = layers.map(() => variantId(parentBlock));
  const derived = parentShape(parentBlock, choices);
  const model = parents().find((candidate) => isShapeOf(candidate, layers.length, parentBlock, derived?.hidden));
  const named = namedParent(model);
  if (named !== undefined) {
    notes.push({ severity: 'note', text: `The files do not name the parent. Its ${layers.length} layers have the shapes of ${named.name}, the model the demo is about.` });
  } else {
    notes.push({ severity: 'note', text: 'The files do not name the parent, and its shapes match no model known here: what needs the shape of the whole model is not available.' });
  }
  if (measurement !== undefined && derived !== undefined) notes.push(...impliedBatchNotes(measurement, derived.headDim, choices, library.file));
  notes.push(...oddities(columns, choices, parentVariants, library.file));
  notes.push({ severity: 'note', text: 'Embeddings and LM head are not part of the library: totals cover the blocks only.', where: library.file });

  const result: Library = {
    format: 'puzzle-workbench/library',
    version: 1,
    name: named === undefined ? `${layers.length}-layer block library` : `${named.name} block library`,
    parent: {
      name: named?.name ?? 'Unnamed parent',
      ...(named === undefined ? {} : { id: named.id, shape: named.shape }),
      num_hidden_layers: layers.length,
      variants: parentVariants,
    },
    provenance,
    licence: LICENCE,
    measurements: measurement === undefined ? [] : [measurement],
    columns,
    non_block: [],
    default_objective: metricNames.includes('kl_div') ? 'kl_div' : (metricNames[0] ?? ''),
    notes,
    choices,
  };
  checkLibrary(result, library.file, (index) => places[index] ?? library);
  return result;
}

/** The layers in order; a gap in their numbers is an error. */
function layerPlaces(library: Place): Place[] {
  const names = Object.keys(objectAt(library)).filter((key) => /^layer_\d+$/.test(key));
  const numbers = new Set(names.map((name) => Number(name.slice('layer_'.length))));
  return names.map((_, layer) => {
    const place = at(library, `layer_${layer}`);
    if (place.value === undefined) {
      fail(place, `an entry for every layer from layer_0 to layer_${Math.max(...numbers)}`, `no layer_${layer}`);
    }
    return place;
  });
}

function firstEntry(layer: Place): Place {
  const name = Object.keys(objectAt(layer, 'an object of variants'))[0];
  return name === undefined ? fail(layer, 'at least one variant') : at(layer, name);
}

function columnNames(place: Place): string[] {
  const names = Object.keys(objectAt(place, 'an object of numbers'));
  if (names.length === 0) fail(place, 'at least one number');
  for (const name of names) {
    if (!COLUMN_NAME.test(name)) fail(place, 'names of letters, digits, _ . and -', JSON.stringify(name));
  }
  return names;
}

function readMeasurement(place: Place): Measurement {
  const batch = wholeAt(at(place, 'batch_size'), 1);
  const sequence = wholeAt(at(place, 'sequence_length'), 1);
  const gpu = optionalText(at(place, 'gpu'));
  const dtype = optionalText(at(place, 'dtype'));
  const type = dtype === undefined ? undefined : dtypeId(dtype);
  return {
    id: `b${batch}-${sequence}${type === undefined ? '' : `-${type}`}`,
    device: gpu === undefined ? 'unknown' : deviceId(gpu),
    dtypes: type === undefined ? {} : { weights: type, activations: type, kv: type },
    batch,
    sequence,
    tokens_counted: 'total',
  };
}

/** The variant by its numbers; the name tells a linear map from nothing, and must not contradict them. */
function readBlock(place: Place, name: string): Block {
  const kvHeads = wholeAt(at(at(place, 'stats'), 'num_kv_heads'), 0);
  const width = wholeAt(at(at(place, 'stats'), 'ffn_intermediate_size'), 0);
  const attentionKind = absentKind(/attention\s*=\s*(\w+)/.exec(name)?.[1]);
  const ffnKind = absentKind(/ffn\s*=\s*(\w+)/.exec(name)?.[1]);
  if ((kvHeads > 0) === (attentionKind !== undefined) || (width > 0) === (ffnKind !== undefined)) {
    fail(
      place,
      'a variant "attention = <n> kv heads | linear | no_op && ffn = intermediate size <n> | linear | no_op" in agreement with its stats',
      `${JSON.stringify(name)} with num_kv_heads ${kvHeads} and ffn_intermediate_size ${width}`,
    );
  }
  const attention: Attention = attentionKind === undefined ? { kind: 'gqa', kv_heads: kvHeads } : { kind: attentionKind };
  const ffn: Ffn = ffnKind === undefined ? { kind: 'swiglu', intermediate_size: width } : { kind: ffnKind };
  return { attention, ffn };
}

function absentKind(word: string | undefined): 'linear' | 'no_op' | undefined {
  return word === 'linear' || word === 'no_op' ? word : undefined;
}

function readParentBlock(place: Place): Block {
  const stats = at(place, 'stats');
  return {
    attention: { kind: 'gqa', kv_heads: wholeAt(at(stats, 'num_kv_heads'), 1) },
    ffn: { kind: 'swiglu', intermediate_size: wholeAt(at(stats, 'ffn_intermediate_size'), 1) },
  };
}

function widest(choices: readonly Choice[], library: Place): Block {
  const kvHeads = Math.max(0, ...choices.map(({ attention }) => (attention.kind === 'gqa' ? attention.kv_heads : 0)));
  const width = Math.max(0, ...choices.map(({ ffn }) => (ffn.kind === 'swiglu' ? ffn.intermediate_size : 0)));
  if (kvHeads === 0 || width === 0) fail(library, 'variants with attention and FFN', `at most ${kvHeads} KV heads and an FFN of ${width}`);
  return { attention: { kind: 'gqa', kv_heads: kvHeads }, ffn: { kind: 'swiglu', intermediate_size: width } };
}

/**
 * Hidden size H and head size d from the parent block's parameter counts, where these fit:
 * FFN = 3 H I + H, attention = 2 H H + 2 H kv d + H.
 */
function parentShape(block: Block, choices: readonly Choice[]): { hidden: number; headDim: number } | undefined {
  const own = choices.find((choice) => choice.variant === variantId(block))?.values;
  const ffn = own?.['ffn_num_params'];
  const attention = own?.['attention_num_params'];
  if (ffn === undefined || attention === undefined || block.ffn.kind !== 'swiglu' || block.attention.kind !== 'gqa') return undefined;
  const hidden = ffn / (3 * block.ffn.intermediate_size + 1);
  const headDim = (attention - hidden - 2 * hidden * hidden) / (2 * hidden * block.attention.kv_heads);
  return Number.isInteger(hidden) && Number.isInteger(headDim) && headDim > 0 ? { hidden, headDim } : undefined;
}

function isShapeOf(model: ParentModel, layers: number, block: Block, hidden: number | undefined): boolean {
  return (
    model.num_hidden_layers === layers &&
    model.shape.hidden_size === hidden &&
    variantId(block) === `kv${model.num_key_value_heads}/${model.intermediate_size}`
  );
}

/** Llama-3.1 and 3.3 of 70B have the same shape; the demo documents the latter as its parent. */
function namedParent(model: ParentModel | undefined): ParentModel | undefined {
  if (model?.id !== 'llama-3.1-70b') return model;
  return parents().find((candidate) => candidate.id === 'llama-3.3-70b') ?? model;
}

/**
 * attention_memory_mib is (parameters + batch * sequence * 2 * kv_heads * head_dim) / 2^20 where weights and
 * cache take one byte; solved for the batch, this tells whether the stated one was used.
 */
function impliedBatchNotes(measurement: Measurement, headDim: number, choices: readonly Choice[], file: string): Note[] {
  const { batch, sequence, dtypes } = measurement;
  if (dtypes.kv !== 'fp8' || batch === undefined || sequence === undefined) return [];
  const implied = new Set<number>();
  for (const { attention, values } of choices) {
    const memory = values['attention_memory_mib'];
    const params = values['attention_num_params'];
    if (attention.kind !== 'gqa' || memory === undefined || params === undefined) continue;
    implied.add((memory * 2 ** 20 - params) / (sequence * 2 * attention.kv_heads * headDim));
  }
  const [value] = implied;
  if (implied.size !== 1 || value === undefined || value === batch) return [];
  return [
    {
      severity: 'note',
      text: `The KV cache in attention_memory_mib, and so in memory_mib, is that of batch ${Number(value.toPrecision(6))}, while batch_size says ${batch}. Both are used as imported.`,
      where: file,
    },
  ];
}

