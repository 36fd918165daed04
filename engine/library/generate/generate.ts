/**
 * A block library without a measurement: every block of the search space for any parent, sizes exact, costs from the cost
 * model for one deployment and traffic, quality estimated. Made as columns at once, since changing the device makes it
 * again while the user watches.
 */
import { attentionParams, ffnParams, nonBlockParams } from '../../architecture/count.ts';
import { bandOf, provenanceOf } from '../../cost/band.ts';
import { cacheBytesPerToken } from '../../cost/memory.ts';
import { Model } from '../../cost/model.ts';
import { largestBatch } from '../../cost/serving.ts';
import { headsPerDevice } from '../../cost/sub_block.ts';
import { parentArchitecture } from '../../architecture/presets.ts';
import type { Hardware } from '../../hardware/calibrations.ts';
import { bytesOf } from '../../hardware/formats.ts';
import type { Deployment } from '../../protocol/cost.ts';
import type { Column, LibraryHeader, LibraryView, Measurement, Note, Provenance } from '../../protocol/library.ts';
import { deploymentOf, type Recipe } from '../../protocol/recipe.ts';
import { variantId, type ParentModel } from '../../protocol/variant.ts';
import { statMeaning } from '../column_names.ts';
import { priorQuality, type Quality } from './quality.ts';
import { scenarioCosts, type Scenario } from './scenario.ts';
import { searchSpace } from './space.ts';

const MIB = 2 ** 20;
const STATS = ['memory_mib', 'runtime_ms', 'num_params'];
const FIRST_TOKEN_LABEL = 'Time to first token';

export interface GenerateOptions {
  readonly id: string;
  readonly name?: string;
  readonly recipe: Recipe;
  readonly parent: ParentModel;
  readonly hardware: Hardware;
  /** Scores; the prior where absent. */
  readonly quality?: Quality;
  /** Further traffic and batches to cost. */
  readonly also?: readonly Scenario[];
}

/**
 * @throws WorkbenchError `bad_input` for an unknown device or calibration, or formats that the device does not have.
 */
export function generateView({ id, name, recipe, parent, hardware, quality: given, also = [] }: GenerateOptions): LibraryView {
  const deployment = deploymentOf(recipe);
  const { shape, num_hidden_layers: layers } = parent;
  const model = new Model(parentArchitecture(parent), deployment, hardware);
  const space = searchSpace(parent);
  const quality = given ?? priorQuality(parent, space);
  const { isl, osl } = recipe;
  const batches = recipe.batches ?? batchesFor(model, isl, osl);
  const [primary = { batch: batches[0] ?? 1, isl, osl }, ...further] = [...batches.map((batch) => ({ batch, isl, osl })), ...also];
  const measurements = [primary, ...further].map((scenario, index) => measurementOf(scenario, index === 0, model, deployment));

  // Costs do not depend on the layer, so each column is one value per variant, repeated.
  const costs = blockCosts(space, shape, deployment, primary);
  const columns: Column[] = [{ ...quality.column, level: 'block', role: 'score', better: 'lower', summable: true, provenance: quality.provenance }];
  const perVariant: Float64Array[] = [];
  const outside: Record<string, number>[] = [];
  const add = (column: Column, values: Float64Array): void => {
    columns.push(column);
    perVariant.push(values);
  };
  const runtimeProvenance = estimated(model, primary);
  const primaryCosts = scenarioCosts(model, space, primary);
  const [first] = measurements;
  const measured = first === undefined ? {} : { measurement: first.id };
  const exact = provenances(deployment, primary);
  for (const half of ['', 'attention_', 'ffn_'] as const) {
    add({ id: `${half}memory_mib`, ...statMeaning(`${half}memory_mib`, STATS), ...measured, provenance: exact.memory }, costs.of(half, 'memory'));
    add({ id: `${half}runtime_ms`, ...statMeaning(`${half}runtime_ms`, STATS), ...measured, provenance: runtimeProvenance }, spread(space, half, primaryCosts.runtime));
    add({ id: `${half}num_params`, ...statMeaning(`${half}num_params`, STATS), provenance: exact.params }, costs.of(half, 'params'));
  }
  add(
    { id: 'prefill_runtime_ms', ...statMeaning('prefill_runtime_ms', []), label: FIRST_TOKEN_LABEL, ...measured, provenance: runtimeProvenance },
    spread(space, '', primaryCosts.firstToken),
  );
  add({ id: 'weights_bytes', label: 'Weights', unit: 'bytes', level: 'block', role: 'cost', better: 'lower', summable: true, ...measured, provenance: exact.weights }, costs.of('', 'weights'));
  add(
    { id: 'kv_bytes_per_sequence', label: 'KV cache per sequence', unit: 'bytes', level: 'block', role: 'cost', better: 'lower', summable: true, ...measured, provenance: exact.kv },
    costs.of('', 'kv'),
  );
  const outsideParams = nonBlockParams(shape);
  const outsideBytes = (outsideParams * bytesOf(deployment.weights)) / deployment.tp;
  outside.push({
    memory_mib: outsideBytes / MIB,
    runtime_ms: primaryCosts.runtime.outside,
    prefill_runtime_ms: primaryCosts.firstToken.outside,
    num_params: outsideParams,
    weights_bytes: outsideBytes,
  });
  for (const [index, scenario] of further.entries()) {
    const measurement = measurements[index + 1];
    if (measurement === undefined) continue;
    const { runtime, firstToken } = scenarioCosts(model, space, scenario);
    const where = `(${scenario.isl}/${scenario.osl} tokens, batch ${scenario.batch})`;
    for (const [stat, label, phase] of [
      ['runtime_ms', statMeaning('runtime_ms', []).label, runtime],
      ['prefill_runtime_ms', FIRST_TOKEN_LABEL, firstToken],
    ] as const) {
      add({ id: `${stat}_${measurement.id}`, ...statMeaning(stat, []), label: `${label} ${where}`, measurement: measurement.id, provenance: runtimeProvenance }, spread(space, '', phase));
    }
    outside.push({ [`runtime_ms_${measurement.id}`]: runtime.outside, [`prefill_runtime_ms_${measurement.id}`]: firstToken.outside });
  }

  const header: LibraryHeader = {
    format: 'puzzle-workbench/library',
    version: 1,
    name: name ?? `${parent.name} on ${placeName(model, deployment)}`,
    parent: {
      name: parent.name,
      id: parent.id,
      num_hidden_layers: layers,
      shape,
      variants: Array.from({ length: layers }, () => `kv${parent.num_key_value_heads}/${parent.intermediate_size}`),
    },
    provenance: { kind: 'estimated', source: 'generated by this program: exact sizes, computed runtimes, estimated scores' },
    measurements: [...measurements],
    columns,
    non_block: measurements.map((measurement, index) => ({ measurement: measurement.id, values: outside[index] ?? {} })),
    default_objective: quality.column.id,
    notes: notesOf(model, deployment, quality, primary),
  };
  const count = space.blocks.length;
  return {
    id,
    header,
    variants: space.blocks.map((block) => ({ id: variantId(block), ...block })),
    first_layer: Int32Array.from({ length: layers * count }, (_, choice) => Math.floor(choice / count)),
    last_layer: Int32Array.from({ length: layers * count }, (_, choice) => Math.floor(choice / count)),
    variant: Int32Array.from({ length: layers * count }, (_, choice) => choice % count),
    values: [scores(quality, space.ffns.length), ...perVariant.map((values) => repeated(values, layers))],
  };
}

/** The power of two nearest to five times what the parent holds, from 16 to 1024: smaller children hold more. Then 2, 4 and 16 times less. */
export function batchesFor(model: Model, isl: number, osl: number): readonly number[] {
  const { batch: fits } = largestBatch(model, { isl, osl });
  const wanted = Math.min(1024, Math.max(16, 5 * fits));
  const primary = 2 ** Math.round(Math.log2(wanted));
  return [...new Set([primary, primary / 2, primary / 4, primary / 16].map((batch) => Math.max(1, batch)))];
}

interface BlockCosts {
  of(half: '' | 'attention_' | 'ffn_', stat: 'memory' | 'params' | 'weights' | 'kv'): Float64Array;
}

/** Sizes on one device of the tensor-parallel group; parameters of the whole block. */
function blockCosts(space: ReturnType<typeof searchSpace>, shape: ParentModel['shape'], deployment: Deployment, { batch, isl, osl }: Scenario): BlockCosts {
  const { tp } = deployment;
  const weightBytes = bytesOf(deployment.weights);
  const attention = space.attentions.map((part) => {
    const onDevice = part.kind === 'gqa' ? headsPerDevice(shape, part.kv_heads, tp).kvHeads : 0;
    const repeatedPart = part.kind === 'gqa' ? ({ kind: 'gqa', kv_heads: onDevice * tp } as const) : part;
    const weights = (attentionParams(shape, repeatedPart) * weightBytes) / tp;
    const kv = (isl + osl) * cacheBytesPerToken(shape, part, deployment.kv, tp);
    return { params: attentionParams(shape, part), weights, kv, memory: (weights + batch * kv) / MIB };
  });
  const ffn = space.ffns.map((part) => {
    const weights = (ffnParams(shape, part) * weightBytes) / tp;
    return { params: ffnParams(shape, part), weights, kv: 0, memory: weights / MIB };
  });
  return {
    of: (half, stat) => {
      const a = half === 'ffn_' ? 0 : 1;
      const f = half === 'attention_' ? 0 : 1;
      return Float64Array.from(attention.flatMap((one) => ffn.map((other) => a * one[stat] + f * other[stat])));
    },
  };
}

function spread(space: ReturnType<typeof searchSpace>, half: '' | 'attention_' | 'ffn_', { attention, ffn }: { readonly attention: Float64Array; readonly ffn: Float64Array }): Float64Array {
  const values = new Float64Array(space.blocks.length);
  let index = 0;
  for (let a = 0; a < attention.length; a++) {
    for (let f = 0; f < ffn.length; f++) values[index++] = (half === 'ffn_' ? 0 : (attention[a] ?? 0)) + (half === 'attention_' ? 0 : (ffn[f] ?? 0));
  }
  return values;
}

function scores({ attention, ffn }: Quality, ffns: number): Float64Array<ArrayBuffer> {
  const perLayer = (attention[0]?.length ?? 0) * ffns;
  const values = new Float64Array(attention.length * perLayer);
  for (const [layer, ofAttention] of attention.entries()) {
    const ofFfn = ffn[layer];
    for (let a = 0; a < ofAttention.length; a++) {
      for (let f = 0; f < ffns; f++) values[layer * perLayer + a * ffns + f] = (ofAttention[a] ?? 0) + (ofFfn?.[f] ?? 0);
    }
  }
  return values;
}

function repeated(values: Float64Array, times: number): Float64Array<ArrayBuffer> {
  const all = new Float64Array(values.length * times);
  for (let index = 0; index < times; index++) all.set(values, index * values.length);
  return all;
}

function measurementOf({ batch, isl, osl }: Scenario, primary: boolean, model: Model, deployment: Deployment): Measurement {
  const { weights, activations, kv, tp } = deployment;
  const { device, calibration } = model.kernels;
  const formats = weights === kv && weights === activations ? weights : `${weights}-${activations}-${kv}`;
  return {
    id: primary ? `${device.id}-${formats}-b${batch}` : `b${batch}_${isl}_${osl}_${formats}`,
    device: device.id,
    ...(calibration !== undefined && { backend: calibration.backend, ...(calibration.version !== undefined && { version: calibration.version }) }),
    dtypes: { weights, activations, kv },
    tp,
    batch,
    isl,
    osl,
    batching: 'in_flight',
    tokens_counted: 'total',
  };
}

/** How the cost model came to its times; an estimate on screen whatever it rests on. */
function estimated(model: Model, { batch, isl, osl }: Scenario): Provenance {
  const { kind, source } = provenanceOf(model);
  const { low, high } = bandOf(model, Infinity);
  const fits = largestBatch(model, { isl, osl }).batch;
  const beyond = batch > fits ? `; at batch ${batch} the parent, which fits ${fits}, takes what it would if it did fit` : '';
  return {
    kind: 'estimated',
    source: `computed for the steady state of in-flight batching (${kind}: ${source}); nine of ten published throughputs lie within −${Math.round(100 * (1 - low))} % and +${Math.round(100 * (high - 1))} % of such figures${beyond}`,
  };
}

function provenances({ weights, kv, tp }: Deployment, { isl, osl }: Scenario) {
  const share = tp === 1 ? '' : ` / ${tp} devices, KV heads repeated where there are fewer`;
  const exact = (source: string): Provenance => ({ kind: 'exact', source });
  return {
    params: exact('counted from the shapes: projections, and the norms of each sub-block'),
    weights: exact(`${bytesOf(weights)} bytes per parameter (${weights}), embeddings included as in Puzzle${share}`),
    kv: exact(`(${isl} + ${osl}) * 2 * KV heads * head size * ${bytesOf(kv)} bytes (${kv})${share}`),
    memory: exact('(weights_bytes + batch * kv_bytes_per_sequence) / 2^20; activations and work space not counted'),
  };
}

function placeName({ kernels }: Model, { tp }: Deployment): string {
  const name = kernels.device.name.replace(/^(NVIDIA|AMD|Google)\s+/, '');
  return tp === 1 ? name : `${tp} x ${name}`;
}

function notesOf(model: Model, { tp }: Deployment, quality: Quality, { batch, isl, osl }: Scenario): Note[] {
  const { kernels } = model;
  const fits = largestBatch(model, { isl, osl }).batch;
  const notes: Note[] = [
    { severity: 'warning', text: `Scores are estimates (${quality.provenance.source}). Measure before relying on a result.` },
    {
      severity: 'note',
      text: `Runtimes are computed, not measured: ${bandOf(model, Infinity).reasons.join('; ')}. A runtime is what one sequence takes while ${batch} are under way; throughputs follow from it.`,
    },
  ];
  if (batch > fits) {
    notes.push({
      severity: 'note',
      text: `At batch ${batch} the parent and its KV cache do not fit ${tp === 1 ? 'one device' : `${tp} devices`}; its runtime there says what it would take if they did.`,
    });
  }
  if (kernels.groupPath !== undefined && model.shape.num_attention_heads / tp >= 32) {
    notes.push({
      severity: 'note',
      text: 'KV-head cliff: with 32 or more query heads per KV head on a device, the attention kernel of this serving program reads the cache without reuse, so one KV head may be slower than eight. It can be switched off with the deployment.',
    });
  }
  return notes;
}
