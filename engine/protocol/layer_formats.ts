/**
 * Number formats of single layers as one line of text, for people to type: `0-3,79: weights=bf16 kv=bf16; 40: kv=fp8`.
 * Layers count from 0, both ends included.
 */
import type { Deployment } from './cost.ts';
import { FORMATS, formatSchema } from './hardware.ts';

type LayerFormats = Deployment['layer_formats'];

const USES = ['weights', 'activations', 'kv'] as const;
const EXAMPLE = 'such as 0-3,79: weights=bf16 kv=bf16';
/** More layers than any model has; a number above it is a slip. */
const MOST = 9_999;

export type ParsedLayerFormats = { readonly kind: 'formats'; readonly formats: LayerFormats } | { readonly kind: 'wrong'; readonly problem: string };

export function parseLayerFormats(text: string): ParsedLayerFormats {
  const formats: LayerFormats = [];
  for (const part of text.split(';').map((piece) => piece.trim())) {
    if (part === '') continue;
    const [where = '', what = '', ...more] = part.split(':');
    const layers = layersIn(where);
    if (layers === undefined || more.length > 0) return wrong(`"${part}": layers and formats are written ${EXAMPLE}`);
    const entry: LayerFormats[number] = { layers };
    const settings = what.trim().split(/\s+/).filter((word) => word !== '');
    if (settings.length === 0) return wrong(`"${part}" names no format; they are written ${EXAMPLE}`);
    for (const setting of settings) {
      const [name = '', value = ''] = setting.split('=');
      const use = USES.find((candidate) => candidate === name);
      const format = formatSchema.safeParse(value.toLowerCase());
      if (use === undefined) return wrong(`"${setting}": what has formats are ${USES.join(', ')}`);
      if (!format.success) return wrong(`"${setting}": formats are ${FORMATS.join(', ')}`);
      entry[use] = format.data;
    }
    formats.push(entry);
  }
  return { kind: 'formats', formats };
}

/** The text that `parseLayerFormats` reads as `formats`. */
export function layerFormatsText(formats: LayerFormats): string {
  return formats
    .map((entry) => {
      const settings = USES.flatMap((use) => (entry[use] === undefined ? [] : [`${use}=${entry[use]}`]));
      return `${rangesOf(entry.layers)}: ${settings.join(' ')}`;
    })
    .join('; ');
}

function wrong(problem: string): ParsedLayerFormats {
  return { kind: 'wrong', problem: `${problem}.` };
}

function layersIn(text: string): number[] | undefined {
  const layers = new Set<number>();
  for (const range of text.split(',')) {
    const match = /^\s*(\d{1,4})\s*(?:-\s*(\d{1,4})\s*)?$/.exec(range);
    if (match === null) return undefined;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first || last > MOST) return undefined;
    for (let layer = first; layer <= last; layer++) layers.add(layer);
  }
  return [...layers].sort((a, b) => a - b);
}

function rangesOf(layers: readonly number[]): string {
  const ranges: string[] = [];
  for (let index = 0; index < layers.length; ) {
    let end = index;
    while (layers[end + 1] === (layers[end] ?? 0) + 1) end++;
    ranges.push(end === index ? String(layers[index]) : `${layers[index]}-${layers[end]}`);
    index = end + 1;
  }
  return ranges.join(',');
}
