/** Text inside PNG files (PNG specification, third edition, 11.3.3): tEXt chunks put before the image data. */

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
/** Signature, then IHDR: 4 length + 4 type + 13 data + 4 CRC. */
const AFTER_HEADER = 8 + 25;

/** Adds one tEXt chunk per entry after the header. Characters outside Latin-1 become `\uXXXX`. */
export function withPngText(png: Uint8Array, entries: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  if (SIGNATURE.some((byte, i) => png[i] !== byte)) throw new Error('not a PNG file');
  const chunks = Object.entries(entries).map(([keyword, text]) => textChunk(keyword, text));
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, png.length);
  const out = new Uint8Array(size);
  out.set(png.subarray(0, AFTER_HEADER));
  let at = AFTER_HEADER;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  out.set(png.subarray(AFTER_HEADER), at);
  return out;
}

function textChunk(keyword: string, text: string): Uint8Array {
  const body = latin1(`tEXt${keyword}\0${text}`);
  const chunk = new Uint8Array(body.length + 8);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, body.length - 4);
  chunk.set(body, 4);
  view.setUint32(4 + body.length, crc32(body));
  return chunk;
}

function latin1(text: string): Uint8Array {
  const escaped = text.replace(/[^\0-\xff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return Uint8Array.from(escaped, (character) => character.charCodeAt(0));
}

/** CRC-32 of ISO 3309, as PNG uses it: reflected polynomial 0xEDB88320. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
