/**
 * `subblock_stats.json`: a list of measurements, each with the arguments it was taken under, the costs outside
 * the blocks, and the costs of every attention and FFN configuration (per parent layer where that matters).
 * A block costs the sum of its halves, as in Puzzletron.
 */
import { deviceId } from '../hardware/devices.ts';
import type { Measurement } from '../protocol/library.ts';
import type { Block } from '../protocol/variant.ts';
import { attentionId, ffnId } from '../protocol/variant.ts';
import { dtypeId } from './dtype_alias.ts';
import { readAttention, readFfn } from './puzzletron_blocks.ts';
import { at, costAt, fail, listAt, objectAt, optionalText, wholeAt } from './read_value.ts';
import type { Place } from './read_value.ts';

export const STATS = [
  'memory_mib',
  'kv_cache_memory_mib',
  'runtime_ms',
  'prefill_runtime_ms',
  'decode_runtime_ms',
  'num_params',
  'active_params',
] as const;
export type Stat = (typeof STATS)[number];
type Stats = Readonly<Partial<Record<Stat, number>>>;

export interface SubblockStats {
  readonly place: Place;
  readonly measurement: Measurement;
  /** Hidden size it was taken for. */
  readonly hidden: number;
  readonly nonBlock: Stats;
  /** Statistics that every sub-block has. */
  readonly complete: readonly Stat[];
  /** Statistics that only some sub-blocks have. */
  readonly partial: readonly Stat[];
  readonly halves: (block: Block, layer: number) => { attention: Stats; ffn: Stats };
}

export function readSubblockStats(place: Place): SubblockStats[] {
  const entries = listAt(place).map((_, index) => readEntry(at(place, index)));
  const ids = new Map<string, number>();
  return entries.map((entry) => {
    const { id } = entry.measurement;
    const earlier = ids.get(id) ?? 0;
    ids.set(id, earlier + 1);
    return earlier === 0 ? entry : { ...entry, measurement: { ...entry.measurement, id: `${id}-${earlier + 1}` } };
  });
}

function readEntry(place: Place): SubblockStats {
  const args = at(place, 'args');
  objectAt(args, 'the arguments of the measurement');
  const subblocks = at(place, 'subblocks');
  const table = new Map<string, Stats>();
  for (const [index] of listAt(subblocks, 'a list of sub-blocks').entries()) {
    const entry = at(subblocks, index);
    const config = at(entry, 'subblock_config');
    const kind = at(entry, 'subblock_config_class');
    let id: string;
    if (kind.value === 'AttentionConfig') id = `attention ${attentionId(readAttention(config))}`;
    else if (kind.value === 'FFNConfig') id = `ffn ${ffnId(readFfn(config))}`;
    else fail(kind, 'AttentionConfig or FFNConfig');
    const layer = at(entry, 'parent_layer_index');
    const key = layer.value === undefined || layer.value === null ? id : `${id} ${wholeAt(layer, 0)}`;
    const stats = readStats(entry);
    const earlier = table.get(key);
    if (earlier !== undefined && JSON.stringify(earlier) !== JSON.stringify(stats)) {
      fail(entry, 'every sub-block once, or with equal costs', `${key} a second time with other costs`);
    }
    table.set(key, stats);
  }
  const all = [...table.values()];
  const complete = STATS.filter((stat) => all.length > 0 && all.every((stats) => stats[stat] !== undefined));
  const find = (id: string, layer: number): Stats =>
    table.get(`${id} ${layer}`) ?? table.get(id) ?? fail(subblocks, `costs of ${id} for layer ${layer}`, 'none');
  return {
    place,
    measurement: readMeasurement(args),
    hidden: wholeAt(at(args, 'n_embd'), 1),
    nonBlock: readStats(at(place, 'non_block')),
    complete,
    partial: STATS.filter((stat) => !complete.includes(stat) && all.some((stats) => stats[stat] !== undefined)),
    halves: (block, layer) => ({
      attention: find(`attention ${attentionId(block.attention)}`, layer),
      ffn: find(`ffn ${ffnId(block.ffn)}`, layer),
    }),
  };
}

function readStats(place: Place): Stats {
  objectAt(place, 'an object of costs');
  const stats: Partial<Record<Stat, number>> = {};
  for (const stat of STATS) {
    const entry = at(place, stat);
    if (entry.value !== undefined && entry.value !== null) stats[stat] = costAt(entry);
  }
  return stats;
}

/** Throughput in Puzzletron is 1000 * batch * generation_seq_len / runtime_ms: it counts generated tokens. */
function readMeasurement(args: Place): Measurement {
  const batch = wholeAt(at(args, 'batch_size'), 1);
  const isl = wholeAt(at(args, 'prefill_seq_len'), 0);
  const osl = wholeAt(at(args, 'generation_seq_len'), 0);
  const gpu = optionalText(at(args, 'gpu'));
  const dtype = (name: string): string | undefined => {
    const text = optionalText(at(args, name));
    return text === undefined ? undefined : dtypeId(text);
  };
  const weights = dtype('weights_dtype');
  const activations = dtype('activations_dtype');
  const kv = dtype('kv_cache_dtype');
  const types = kv === weights ? [weights] : [weights, kv === undefined ? undefined : `kv${kv}`];
  return {
    id: ['b', batch, '_', isl, '_', osl, ...types.filter((type) => type !== undefined).map((type) => `_${type}`)].join(''),
    device: gpu === undefined ? 'unknown' : deviceId(gpu),
    dtypes: { weights, activations, kv },
    batch,
    isl,
    osl,
    tokens_counted: 'output',
  };
}
