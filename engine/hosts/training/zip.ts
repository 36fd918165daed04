/**
 * A zip archive without compression (weights hardly compress), for pages that can only download one file. Plain zip: below
 * 4 GiB and 65,536 files; names in UTF-8.
 */
import { crc32 } from 'node:zlib';

export interface ZipEntry {
  /** With `/` between folders. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

const VERSION = 20;
/** Names are UTF-8. */
const FLAGS = 0x0800;
/** 1980-01-01, the earliest there is: the same files give the same archive. */
const DATE = 0x0021;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;

export function zip(entries: readonly ZipEntry[]): Uint8Array<ArrayBuffer> {
  const named = entries.map(({ path, bytes }) => ({ name: new TextEncoder().encode(path), bytes, crc: crc32(bytes) }));
  const size = named.reduce((sum, { name, bytes }) => sum + LOCAL_BYTES + CENTRAL_BYTES + 2 * name.length + bytes.length, END_BYTES);
  const out = new Uint8Array(size);
  const view = new DataView(out.buffer);
  let at = 0;
  const u16 = (value: number): void => {
    view.setUint16(at, value, true);
    at += 2;
  };
  const u32 = (value: number): void => {
    view.setUint32(at, value, true);
    at += 4;
  };
  const put = (bytes: Uint8Array): void => {
    out.set(bytes, at);
    at += bytes.length;
  };
  /** What both headers of a file have in common: version, flags, method (stored), time, date, checksum, sizes, name. */
  const common = ({ name, bytes, crc }: (typeof named)[number]): void => {
    for (const value of [VERSION, FLAGS, 0, 0, DATE]) u16(value);
    for (const value of [crc, bytes.length, bytes.length]) u32(value);
    u16(name.length);
    u16(0);
  };
  const offsets = named.map((entry) => {
    const offset = at;
    u32(0x04034b50);
    common(entry);
    put(entry.name);
    put(entry.bytes);
    return offset;
  });
  const directory = at;
  for (const [index, entry] of named.entries()) {
    u32(0x02014b50);
    u16(VERSION);
    common(entry);
    // Comment length, disk, internal and external attributes.
    for (const value of [0, 0, 0]) u16(value);
    u32(0);
    u32(offsets[index] ?? 0);
    put(entry.name);
  }
  const directoryBytes = at - directory;
  u32(0x06054b50);
  for (const value of [0, 0, named.length, named.length]) u16(value);
  u32(directoryBytes);
  u32(directory);
  u16(0);
  return out;
}
