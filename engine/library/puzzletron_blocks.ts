/**
 * Puzzletron's block configurations and layer replacements (NVIDIA Model-Optimizer): one child block in place of
 * one or several consecutive parent layers. Experts, Mamba and parallel blocks have no variant here.
 */
import type { Attention, Block, Ffn } from '../protocol/variant.ts';
import { variantId } from '../protocol/variant.ts';
import { at, fail, isObject, listAt, objectAt, wholeAt } from './read_value.ts';
import type { Place } from './read_value.ts';

export interface Replacement {
  readonly layers: readonly number[];
  readonly block: Block;
  /** Layers and variant; equal for equal replacements, whichever file they are read from. */
  readonly key: string;
  readonly place: Place;
}

export function replacementName(layers: readonly number[], variant: string): string {
  return `${layers.length === 1 ? 'layer' : 'layers'} ${layers.join('+')} ${variant}`;
}

/** `{parent_layer_indices, child_block_configs}`, bare or, as in solutions, inside `layer_replacement`. */
export function readReplacement(given: Place): Replacement {
  const inner = at(given, 'layer_replacement');
  const place = isObject(inner.value) ? inner : given;
  objectAt(place, 'an object with parent_layer_indices and child_block_configs');
  const indices = at(place, 'parent_layer_indices');
  const layers = listAt(indices, 'a list of layer numbers').map((_, index) => wholeAt(at(indices, index), 0)).sort((a, b) => a - b);
  if (layers.length === 0) fail(indices, 'at least one layer number');
  const configs = at(place, 'child_block_configs');
  if (listAt(configs, 'a list of block configurations').length !== 1) {
    fail(configs, 'one block configuration (several parent layers may become one block, not several)');
  }
  const block = readBlock(at(configs, 0));
  return { layers, block, key: replacementName(layers, variantId(block)), place };
}

function readBlock(place: Place): Block {
  objectAt(place, 'a block configuration with attention and ffn');
  if (isPresent(at(place, 'parallel_blocks'))) fail(at(place, 'parallel_blocks'), 'no parallel blocks (no variant describes them)');
  return { attention: readAttention(at(place, 'attention')), ffn: readFfn(at(place, 'ffn')) };
}

export function readAttention(place: Place): Attention {
  const kind = absentKind(place);
  if (kind !== undefined) return { kind };
  for (const key of ['mamba', 'llama4']) {
    if (isPresent(at(place, key))) fail(at(place, key), 'grouped-query attention, a linear map or a no-op (no variant describes others)');
  }
  return { kind: 'gqa', kv_heads: wholeAt(at(place, 'num_key_value_heads'), 1) };
}

export function readFfn(place: Place): Ffn {
  const kind = absentKind(place);
  if (kind !== undefined) return { kind };
  if (isPresent(at(place, 'moe'))) fail(at(place, 'moe'), 'a dense FFN, a linear map or a no-op (no variant describes experts)');
  return { kind: 'swiglu', intermediate_size: wholeAt(at(place, 'intermediate_size'), 1) };
}

function absentKind(place: Place): 'linear' | 'no_op' | undefined {
  const config = objectAt(place, 'a sub-block configuration');
  if (config['no_op'] === true) return 'no_op';
  return config['replace_with_linear'] === true ? 'linear' : undefined;
}

function isPresent(place: Place): boolean {
  return place.value !== undefined && place.value !== null;
}
