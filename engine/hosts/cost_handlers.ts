/** What the calls of `protocol/cost_api.ts` do. */
import { publishedTables } from '../cost/published_tables.ts';
import { planFor } from '../cost/pope/request.ts';
import { costReport } from '../cost/report.ts';
import type { costCalls, CostSubject } from '../protocol/cost_api.ts';
import type { PublishedTables } from '../protocol/published_tables.ts';
import type { Architecture } from '../protocol/variant.ts';
import { architectureOf } from './child_export.ts';
import { compareReferences, referenceProblems } from './reference.ts';
import type { Solver } from '../search/solver.ts';
import type { Rack } from './rack.ts';
import type { Handlers } from './rpc_server.ts';
import type { Shelf } from './shelf.ts';

/** `createSolver` makes one of its own: what a window is solving is not disturbed. */
export function costHandlers(rack: Rack, shelf: Shelf, createSolver: () => Solver): Pick<Handlers['calls'], keyof typeof costCalls> {
  const subjectOf = (subject: CostSubject): Architecture | Promise<Architecture> =>
    subject.kind === 'model' ? rack.architecture(subject.id) : architectureOf(subject, 'child', (id) => shelf.view(id));
  let tables: Promise<PublishedTables> | undefined;
  return {
    'cost.report': async ({ subject, deployment, traffic }) => costReport(await subjectOf(subject), deployment, traffic, rack.hardware()),
    'cost.plan': (request) => planFor(request, rack.hardware()),
    'reference.problems': () => ({ problems: [...referenceProblems(rack)] }),
    'published.tables': () => (tables ??= publishedTables()),
    'reference.compare': async (_params, { signal }) => {
      const solver = createSolver();
      signal.addEventListener('abort', () => solver.dispose());
      try {
        return await compareReferences(rack, solver);
      } finally {
        solver.dispose();
      }
    },
  };
}
