/** What a library says that embeddings, head and final norm cost, beside the blocks. */
import type { Column, LibraryHeader } from '../protocol/library.ts';

/** Cost outside the blocks in one column; 0 where the library knows none. */
export function nonBlock(header: LibraryHeader, column: Column): number {
  const entry = header.non_block.find((candidate) => candidate.measurement === column.measurement);
  const fallback = header.non_block.find((candidate) => Object.hasOwn(candidate.values, column.id));
  return entry?.values[column.id] ?? fallback?.values[column.id] ?? 0;
}
