/** A device as it is typed: texts by field, what is wrong with them in a sentence each, and the device they describe. */
import { deviceSchema, FORMATS, type Device, type Format } from '../../engine/protocol/hardware.ts';
import { parseNumber } from './number_text.ts';
import { FORMAT_NAMES } from './recipe_choices.ts';

export interface DeviceForm {
  readonly id: string;
  readonly name: string;
  readonly kind: Device['kind'];
  readonly year: string;
  /** Dense TFLOP/s; empty where the device has no units for the format. */
  readonly peaks: Readonly<Record<Format, string>>;
  /** 1e9 bytes, as the driver reports. */
  readonly memoryGb: string;
  readonly bandwidthGbS: string;
  readonly linkName: string;
  readonly linkGbS: string;
  readonly tdpW: string;
  readonly notes: string;
  readonly source: string;
}

export type DeviceField = Exclude<keyof DeviceForm, 'peaks' | 'kind'> | `peak-${Format}`;

export type DeviceOutcome =
  | { readonly kind: 'device'; readonly device: Device; readonly replaces: boolean }
  | { readonly kind: 'incomplete'; readonly problems: Readonly<Partial<Record<DeviceField, string>>> };

/** What is asked of each number: its name in a message, and between what it must lie to be meant in its unit. */
const RANGES = {
  year: { what: 'The year', least: 1990, most: 2100, unit: '' },
  memoryGb: { what: 'Memory', least: 0.5, most: 20_000, unit: 'GB' },
  bandwidthGbS: { what: 'Memory bandwidth', least: 20, most: 200_000, unit: 'GB/s' },
  linkGbS: { what: 'The link', least: 0.1, most: 20_000, unit: 'GB/s' },
  tdpW: { what: 'Power', least: 1, most: 20_000, unit: 'W' },
  peak: { what: 'The peak', least: 0.01, most: 1_000_000, unit: 'TFLOP/s' },
} as const;

const ID = /^[a-z0-9][a-z0-9.-]*$/;
/** Attention is computed in one of these whatever the weights are in. */
const NEEDED: readonly Format[] = ['bf16', 'fp16', 'fp32'];

/** The form of a device; `undefined` for an empty one. */
export function formOf(device: Device | undefined): DeviceForm {
  const text = (value: number | undefined): string => (value === undefined ? '' : String(Number(value.toPrecision(7))));
  const peaks = Object.fromEntries(FORMATS.map((format) => [format, text(device?.peak_tflops[format])])) as Record<Format, string>;
  return {
    id: device?.id ?? '',
    name: device?.name ?? '',
    kind: device?.kind ?? 'gpu',
    year: text(device?.year),
    peaks,
    memoryGb: text(device === undefined ? undefined : device.memory_bytes / 1e9),
    bandwidthGbS: text(device?.memory_gb_s),
    linkName: device?.link.name ?? '',
    linkGbS: text(device?.link.gb_s_per_direction),
    tdpW: text(device?.tdp_w),
    notes: device?.notes ?? '',
    source: device?.source ?? '',
  };
}

/** A copy to be changed, under an id and a name that nobody has. */
export function copyOf(device: Device, devices: readonly Pick<Device, 'id'>[]): DeviceForm {
  const taken = new Set(devices.map(({ id }) => id));
  const base = device.id.replace(/-mine(-\d+)?$/, '');
  const ids = Array.from({ length: devices.length + 1 }, (_, index) => `${base}-mine${index === 0 ? '' : `-${index + 1}`}`);
  const id = ids.find((candidate) => !taken.has(candidate)) ?? base;
  return { ...formOf(device), id, name: `${device.name} (${id.slice(base.length + 1).replace('-', ' ')})`, source: `changed from: ${device.source}` };
}

/** `editing` is the id of the added device that is being changed. */
export function readDeviceForm(form: DeviceForm, devices: readonly Pick<Device, 'id' | 'origin'>[], editing: string | undefined): DeviceOutcome {
  const problems: Partial<Record<DeviceField, string>> = {};
  const number = (text: string, field: DeviceField, range: keyof typeof RANGES, needed: boolean): number | undefined => {
    const { what, least, most, unit } = RANGES[range];
    if (text.trim() === '') {
      if (needed) problems[field] = `${what} is missing.`;
      return undefined;
    }
    const parsed = parseNumber(text, unit);
    if (parsed.kind !== 'ok') problems[field] = parsed.why;
    else if (parsed.value < least || parsed.value > most) {
      const written = (bound: number): string => (unit === '' ? String(bound) : bound.toLocaleString('en-US'));
      problems[field] = `${what} must lie between ${written(least)} and ${written(most)}${unit === '' ? '' : ` ${unit}`}.`;
    }
    return parsed.kind === 'ok' ? parsed.value : undefined;
  };
  const id = form.id.trim();
  if (id === '') problems.id = 'An id is missing.';
  else if (!ID.test(id)) problems.id = 'Small letters, digits, . and - only, such as h100-mine.';
  else if (id !== editing && devices.some((device) => device.id === id && device.origin === 'user')) problems.id = 'There is an added device of this id already.';
  if (form.name.trim() === '') problems.name = 'A name is missing.';
  if (form.source.trim() === '') problems.source = 'Say where the figures are from, so that they can be followed up.';
  const peaks: Partial<Record<Format, number>> = {};
  for (const format of FORMATS) {
    const peak = number(form.peaks[format], `peak-${format}`, 'peak', false);
    if (peak !== undefined) peaks[format] = peak;
  }
  if (NEEDED.every((format) => form.peaks[format].trim() === '')) {
    problems['peak-bf16'] = `One of ${NEEDED.map((format) => FORMAT_NAMES[format]).join(', ')} is needed: attention is computed in it.`;
  }
  const memoryGb = number(form.memoryGb, 'memoryGb', 'memoryGb', true);
  const bandwidth = number(form.bandwidthGbS, 'bandwidthGbS', 'bandwidthGbS', true);
  const link = number(form.linkGbS, 'linkGbS', 'linkGbS', true);
  const year = number(form.year, 'year', 'year', false);
  if (year !== undefined && !Number.isInteger(year)) problems.year ??= 'A whole year, such as 2024.';
  const tdp = number(form.tdpW, 'tdpW', 'tdpW', false);
  if (Object.keys(problems).length > 0) return { kind: 'incomplete', problems };
  const parsed = deviceSchema.safeParse({
    id,
    name: form.name.trim(),
    kind: form.kind,
    ...(year !== undefined && { year }),
    peak_tflops: peaks,
    memory_bytes: Math.round((memoryGb ?? 0) * 1e9),
    memory_gb_s: bandwidth,
    link: { name: form.linkName.trim() === '' ? 'link' : form.linkName.trim(), gb_s_per_direction: link },
    ...(tdp !== undefined && { tdp_w: tdp }),
    ...(form.notes.trim() !== '' && { notes: form.notes.trim() }),
    source: form.source.trim(),
    origin: 'user',
  });
  if (!parsed.success) return { kind: 'incomplete', problems: { id: parsed.error.issues[0]?.message ?? 'This is no device.' } };
  return { kind: 'device', device: parsed.data, replaces: devices.some((device) => device.id === id && device.origin === 'built-in') };
}
