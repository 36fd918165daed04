/**
 * The KV-head cliff of a serving program from its decode table: how much slower 32 and more query heads per KV head are,
 * and what the path costs that no longer reuses what it has read; costmodel.md 5.4.
 */
import type { DecodeAttentionConstants, Device, GroupPath } from '../../protocol/hardware.ts';
import { bytesOf } from '../formats.ts';
import { GROUP_SLOWED, GROUP_WITHOUT_REUSE, decodeAttentionSeconds } from '../forms.ts';
import type { DecodeRow, MeasurementNote } from '../measurements/kernel_rows.ts';
import { MIN_ROWS } from './kernel_forms.ts';
import { fitForm, type Pause } from './least_squares.ts';
import { quantile } from './quantile.ts';

/** A group whose rows take, in the median, this many times what the form gives has left the path that reuses. */
const CLIFF = 3;
/** Calls that take so many times as long are nothing but that path; in shorter ones a launch takes part of the time. */
const DEEP = 10;

/**
 * Undefined where there are too few rows of 64 and more heads per KV head. `rows` of all groups, of the head size and
 * contexts that the constants were fitted for.
 */
export async function fitGroupPath(
  rows: readonly DecodeRow[],
  constants: ReadonlyMap<string, DecodeAttentionConstants>,
  device: Device,
  pause: Pause,
  notes: MeasurementNote[],
): Promise<GroupPath | undefined> {
  const bytesPerS = device.memory_gb_s * 1e9;
  const group = ({ heads, kvHeads }: DecodeRow): number => heads / kvHeads;
  const formed = rows.flatMap((row) => {
    const own = constants.get(row.kvFormat);
    return own === undefined ? [] : [{ row, own, plain: decodeAttentionSeconds(own, bytesPerS, bytesOf(row.kvFormat), row) }];
  });
  const beyond = formed.filter(({ row }) => group(row) >= GROUP_WITHOUT_REUSE);
  const deep = beyond.filter(({ row, plain }) => row.seconds > DEEP * plain);
  const far = deep.length >= MIN_ROWS ? deep : beyond;
  if (far.length < MIN_ROWS) return undefined;

  const near = formed.filter(({ row }) => group(row) >= GROUP_SLOWED && group(row) < GROUP_WITHOUT_REUSE);
  const perToken = quantile(far.map(({ row }) => (row.seconds * GROUP_WITHOUT_REUSE) / (row.sequences * row.context * row.heads)), 0.5);
  const medianOf = (of: number): number => quantile(near.flatMap(({ row, plain }) => (group(row) === of ? [row.seconds / plain] : [])), 0.5);
  const early = [...new Set(near.map(({ row }) => group(row)))].filter((of) => medianOf(of) > CLIFF);
  const slowed = near.filter(({ row }) => !early.includes(group(row)));
  const multiplier = slowed.length < MIN_ROWS ? 1 : Math.max(1, quantile(slowed.map(({ row, plain }) => row.seconds / plain), 0.5));
  if (early.length > 0) {
    notes.push({
      severity: 'warning',
      text: `Decode attention with ${early.join(', ')} query heads per KV head already takes the path without reuse, which the model takes from ${GROUP_WITHOUT_REUSE} on; such groups are predicted too fast.`,
    });
  }

  const { from_64_seconds_per_token: seconds } = await fitForm(
    {
      ranges: { from_64_seconds_per_token: { typical: perToken, min: perToken / 10, max: perToken * 10 } },
      seconds: (constant: { readonly from_64_seconds_per_token: number }, entry: (typeof far)[number] & { readonly seconds: number }) =>
        Math.max(multiplier * entry.plain, withoutReuse(constant.from_64_seconds_per_token, entry.row)),
    },
    far.map((entry) => ({ ...entry, seconds: entry.row.seconds })),
    pause,
  );
  const path = { from_32_multiplier: Number(multiplier.toPrecision(4)), from_64_seconds_per_token: seconds };
  const errors = beyond.map(({ row, own }) => Math.abs(decodeAttentionSeconds(own, bytesPerS, bytesOf(row.kvFormat), row, path) / row.seconds - 1));
  notes.push({
    severity: 'info',
    text: `KV-head cliff: ${slowed.length} rows of ${GROUP_SLOWED} to ${GROUP_WITHOUT_REUSE - 1} and ${beyond.length} of ${GROUP_WITHOUT_REUSE} and more query heads per KV head; the latter are met with a median error of ${(100 * quantile(errors, 0.5)).toFixed(1)} % (rows that were fitted to).`,
  });
  return path;
}

function withoutReuse(secondsPerToken: number, { sequences, context, heads }: DecodeRow): number {
  return (secondsPerToken * sequences * context * heads) / GROUP_WITHOUT_REUSE;
}
