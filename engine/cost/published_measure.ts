/**
 * What a row of a published table measures, from its metric and unit in words: `output_throughput_per_gpu`, `tokens/s`,
 * `Throughput (tokens / sec)`, `TPOT`. A word that is not understood makes it another quantity.
 */
import type { Refusal } from './published_cells.ts';

export type Quantity = 'output_throughput' | 'total_throughput' | 'requests' | 'per_user' | 'ttft' | 'itl' | 'latency';

export interface Measure {
  readonly quantity: Quantity;
  /** Divided by the number of devices. */
  readonly perDevice: boolean;
  /** Of a time: milliseconds per unit. */
  readonly scale: number;
}

const words = (list: string): ReadonlySet<string> => new Set(list.split(' '));
/** Means are what the model gives; a percentile is another quantity. */
const SILENT = words('per mean average avg median peak max the of');
const TIMES: ReadonlyMap<string, Quantity> = new Map([
  ['ttft', 'ttft'],
  ['time to first token', 'ttft'],
  ['first token latency', 'ttft'],
  ['itl', 'itl'],
  ['tpot', 'itl'],
  ['inter token latency', 'itl'],
  ['time output token', 'itl'],
  ['latency', 'latency'],
  ['e2e latency', 'latency'],
  ['end to end latency', 'latency'],
  ['request latency', 'latency'],
]);
const MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, msec: 1, milliseconds: 1, s: 1000, sec: 1000, second: 1000, seconds: 1000 };
const SECONDS = words('s sec second seconds');
const TOKENS = words('tok toks token tokens');
const REQUESTS = words('req reqs request requests qps');
const DEVICES = words('gpu gpus device devices chip chips');
const OUTPUT = words('output generated generation');
const RATES = words('throughput tps qps');

export function measureIn(metric: string, unit: string): Measure | Refusal {
  const named = wordsIn(metric);
  const units = wordsIn(unit);
  if (named.some((word) => word.startsWith('estimate'))) return 'an estimate of its authors, not a measurement';
  return timeOf(named, units, unit) ?? rateOf(named, units, unit) ?? `"${metric}" is not a quantity of the serving model`;
}

function timeOf(named: readonly string[], units: readonly string[], unit: string): Measure | Refusal | undefined {
  const last = named.at(-1) ?? '';
  const suffixed = MS[last] !== undefined;
  const quantity = TIMES.get((suffixed ? named.slice(0, -1) : named).join(' '));
  if (quantity === undefined) return undefined;
  if (units.length === 0 && !suffixed) return 'the row gives no unit';
  const scale = MS[units.length === 0 ? last : units.join(' ')];
  return scale === undefined ? `the unit "${unit}" is no time` : { quantity, perDevice: false, scale };
}

function rateOf(named: readonly string[], units: readonly string[], unit: string): Measure | Refusal | undefined {
  const kinds = [RATES, TOKENS, REQUESTS, SECONDS, DEVICES, OUTPUT];
  if (!named.every((word) => word === 'total' || word === 'user' || kinds.some((kind) => kind.has(word)))) return undefined;
  const isRate = named.some((word) => RATES.has(word)) || (named.some((word) => SECONDS.has(word)) && named.some((word) => TOKENS.has(word) || REQUESTS.has(word)));
  if (!isRate) return undefined;
  const isUnit =
    units.length === 0 ||
    (units.every((word) => word === 'user' || [TOKENS, REQUESTS, SECONDS, DEVICES, RATES].some((kind) => kind.has(word))) &&
      units.some((word) => SECONDS.has(word) || RATES.has(word)));
  if (!isUnit) return `the unit "${unit}" is no throughput`;
  const all = [...named, ...units];
  const perUser = all.includes('user');
  const perDevice = all.some((word) => DEVICES.has(word));
  const requests = all.some((word) => REQUESTS.has(word));
  const total = named.includes('total');
  if (perUser && (perDevice || requests || total)) return undefined;
  return { quantity: perUser ? 'per_user' : requests ? 'requests' : total ? 'total_throughput' : 'output_throughput', perDevice, scale: 1 };
}

function wordsIn(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !SILENT.has(word));
}
