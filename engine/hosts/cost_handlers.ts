/** What the calls of `protocol/cost_api.ts` do. */
import { costReport } from '../cost/report.ts';
import type { costCalls, CostSubject } from '../protocol/cost_api.ts';
import type { Architecture } from '../protocol/variant.ts';
import { architectureOf } from './child_export.ts';
import type { Rack } from './rack.ts';
import type { Handlers } from './rpc_server.ts';
import type { Shelf } from './shelf.ts';

export function costHandlers(rack: Rack, shelf: Shelf): Pick<Handlers['calls'], keyof typeof costCalls> {
  const subjectOf = (subject: CostSubject): Architecture | Promise<Architecture> =>
    subject.kind === 'model' ? rack.architecture(subject.id) : architectureOf(subject, 'child', (id) => shelf.view(id));
  return {
    'cost.report': async ({ subject, deployment, traffic }) => costReport(await subjectOf(subject), deployment, traffic, rack.hardware()),
  };
}
