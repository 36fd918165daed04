/**
 * Lines of a text file, read piece by piece so that a large file is never in memory and nothing is read that nobody wants.
 * Text is UTF-8, with or without byte order mark; anything else is refused with its place.
 */
import { badInput } from '../../protocol/errors.ts';
import type { Files } from '../../transformer/files.ts';

export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** False where the line goes on in the next piece, since it is very long. */
  readonly ends: boolean;
}

const CHUNK_BYTES = 1 << 18;
/** Longer lines come in pieces of about this size. */
export const LINE_PIECE_BYTES = 1 << 16;

const NEW_LINE = 10;
const UTF_8_HINT = 'Save the file as UTF-8 text.';

/**
 * The lines of `path` without their ends (LF or CRLF).
 * @throws WorkbenchError `not_found`; `bad_input` naming file and line where the text is not UTF-8.
 */
export async function* linesOf(files: Files, path: string): AsyncGenerator<Line> {
  const source = await files.open(path);
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    let number = 1;
    const line = (bytes: Uint8Array, ends: boolean): Line => {
      const end = ends && bytes.at(-1) === 13 ? bytes.length - 1 : bytes.length;
      if (bytes.includes(0)) throw badInput(path, `line ${number}`, 'text', 'a zero byte, as in binary files and UTF-16', UTF_8_HINT);
      try {
        return { text: decoder.decode(bytes.subarray(0, end)), number, ends };
      } catch {
        throw badInput(path, `line ${number}`, 'UTF-8 text', 'bytes that are not UTF-8', UTF_8_HINT);
      }
    };

    let pending = new Uint8Array(0);
    for (let offset = 0; offset < source.size; ) {
      const chunk = await source.read(offset, Math.min(CHUNK_BYTES, source.size - offset));
      if (offset === 0 && ((chunk[0] === 0xff && chunk[1] === 0xfe) || (chunk[0] === 0xfe && chunk[1] === 0xff))) {
        throw badInput(path, 'line 1', 'UTF-8 text', 'the byte order mark of UTF-16', UTF_8_HINT);
      }
      const mark = offset === 0 && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf ? 3 : 0;
      offset += chunk.length;
      pending = joined(pending, chunk.subarray(mark));
      let from = 0;
      for (;;) {
        const end = pending.indexOf(NEW_LINE, from);
        if (end !== -1 && end - from <= LINE_PIECE_BYTES) {
          yield line(pending.subarray(from, end), true);
          number++;
          from = end + 1;
        } else if (pending.length - from > LINE_PIECE_BYTES) {
          const cut = from + cutBefore(pending.subarray(from, from + LINE_PIECE_BYTES));
          yield line(pending.subarray(from, cut), false);
          from = cut;
        } else {
          break;
        }
      }
      pending = pending.slice(from);
    }
    if (pending.length > 0) yield line(pending, true);
  } finally {
    await source.close();
  }
}

/** Where to cut a long line: behind the last space if one is near the end, else between two characters. */
function cutBefore(bytes: Uint8Array): number {
  const space = bytes.lastIndexOf(32);
  if (space > bytes.length / 2) return space + 1;
  let cut = bytes.length;
  // A character's first byte is none of 10xxxxxx; it has at most three others.
  while (cut > bytes.length - 4 && ((bytes[cut - 1] ?? 0) & 0xc0) === 0x80) cut--;
  return ((bytes[cut - 1] ?? 0) & 0x80) === 0 ? bytes.length : cut - 1;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
