/** Why the best child is what it is. */
import type { LibraryView } from '../protocol/library.ts';
import type { StreamEvent } from '../protocol/api.ts';
import type { Problem } from '../protocol/problem.ts';
import type { StudyContext } from './solve.ts';

export async function explainSolution(
  _view: LibraryView,
  _problem: Problem,
  _context: StudyContext,
  emit: (event: StreamEvent<'explain'>) => void,
): Promise<void> {
  emit({ kind: 'finished' });
}
