/** A library in one line. */
import type { LibrarySummary } from '../../../engine/protocol/library.ts';

export function describeLibrary(summary: LibrarySummary): string {
  const origin = summary.origin === 'sample' ? 'sample, ' : '';
  return `${summary.layers} layers × ${summary.variants} variants · ${origin}${summary.provenance.kind}`;
}
