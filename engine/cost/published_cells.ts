/**
 * Reads the cells of a published table in the spellings that are seen: place (`8x H100 80GB HBM3`, `A100 SXM 80GB xPP3`),
 * parallelism (`2`, `TP2 PP4`), sequences together. What is not understood in full is refused with a reason rather than
 * guessed at.
 */
import { deviceId } from '../hardware/devices.ts';
import type { Device } from '../protocol/hardware.ts';

/** Text that says why a cell cannot be used. */
export type Refusal = string;

export interface Parallelism {
  readonly tp: number;
  readonly pp: number;
  readonly dp: number;
}

export interface Batch {
  readonly size: number | undefined;
  /** Requests kept under way, rather than a batch that begins and ends together. */
  readonly concurrent: boolean;
}

/** `1,234.5` too; undefined for anything else. */
export function numberIn(cell: string): number | undefined {
  const text = cell.trim();
  const plain = /^\d{1,3}(,\d{3})+(\.\d+)?$/.test(text) ? text.replaceAll(',', '') : text;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : undefined;
}

/** The device, by its id or name among `devices` or by a known spelling; and pipeline stages named beside it. */
export function placeIn(cell: string, devices: readonly Device[]): { readonly device: string; readonly stages: number | undefined } | Refusal {
  const stages = /\bx?\s*PP\s*=?\s*(\d+)\b/i.exec(cell)?.[1];
  const name = cell
    .replace(/\s*\bx?\s*PP\s*=?\s*\d+\b/i, '')
    .replace(/^\s*\d+\s*[x*×]\s*(?=\D)/i, '')
    .replace(/\s+[x*×]\s*\d+\s*$/i, '')
    .replace(/\(\s*\d+\s*(gpus?|devices?|chips?)\s*\)/i, '')
    .trim();
  const own = devices.findLast((device) => device.id === name.toLowerCase() || device.name.toLowerCase() === name.toLowerCase());
  const id = own?.id ?? deviceId(name);
  return devices.some((device) => device.id === id) ? { device: id, stages: stages === undefined ? undefined : Number(stages) } : `no device is known as "${cell.trim()}"`;
}

/** `2`, `TP2`, `tp=2`, `TP2 PP4`, `TP4 DP2`. */
export function parallelismIn(cell: string): Partial<Parallelism> | Refusal {
  const text = cell.trim();
  const plain = numberIn(text);
  if (plain !== undefined) return whole(plain) ? { tp: plain } : `"${text}" is no number of devices`;
  if (text === '') return 'the row does not say over how many devices each layer was split';
  const found: { tp?: number; pp?: number; dp?: number } = {};
  const rest = text.replaceAll(/(?<![a-z])(tp|pp|dp|ep|cp)\s*[:=-]?\s*(\d+)/gi, (match, kind: string, digits: string) => {
    const key = kind.toLowerCase();
    const count = Number(digits);
    if ((key === 'ep' || key === 'cp') && count === 1) return ' ';
    if ((key !== 'tp' && key !== 'pp' && key !== 'dp') || found[key] !== undefined || !whole(count)) return match;
    found[key] = count;
    return ' ';
  });
  if (!/^[\s,;+*/x×&]*$/i.test(rest)) return `"${text}" is no way to split a model that is known here`;
  return { tp: found.tp ?? 1, ...found };
}

function whole(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}

/** `1024`, `conc=5` or nothing, which is as many as fit. */
export function batchIn(cell: string): Batch | Refusal {
  const text = cell.trim();
  if (text === '' || /^(max(imum)?|auto|-|n\/?a)$/i.test(text)) return { size: undefined, concurrent: false };
  const match = /^(?:(conc(?:urrency)?)|batch(?:[ _]size)?|bs)?\s*[:=]?\s*([\d,]+)$/i.exec(text);
  const size = match?.[2] === undefined ? undefined : numberIn(match[2]);
  return size === undefined || !whole(size) ? `"${text}" is no number of sequences` : { size, concurrent: match?.[1] !== undefined };
}
