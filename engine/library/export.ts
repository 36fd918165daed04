/** A library as a file: the format that `importLibrary` reads back to the same library. */
import { librarySchema } from '../protocol/library.ts';
import type { Library } from '../protocol/library.ts';

/** UTF-8 JSON, one choice per line; the same library always gives the same bytes. */
export function exportLibrary(library: Library): Uint8Array {
  const { choices, ...header } = librarySchema.parse(library);
  const head = JSON.stringify(header, undefined, 1).replace(/\n}$/, '');
  const lines = choices.map((choice) => `  ${JSON.stringify(choice)}`).join(',\n');
  return new TextEncoder().encode(`${head},\n "choices": [\n${lines}\n ]\n}\n`);
}
