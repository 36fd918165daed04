/** Why nothing fits, and the smallest change of each limit that would let a child through. */
import type { Reachable, Statement } from '../../../engine/protocol/problem.ts';
import type { WorkloadSetting } from '../../state/derived_workloads.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { Icon } from '../../widgets/icon.tsx';
import { statementWords, waysOut } from '../limits/relaxations.ts';
import { listed } from './lead.ts';

interface InfeasibleProps {
  readonly library: OpenLibrary;
  readonly workloads: readonly WorkloadSetting[];
  readonly reachable: readonly Reachable[];
  readonly conflict: readonly Statement[];
}

export function Infeasible({ library, workloads, reachable, conflict }: InfeasibleProps) {
  const context = { library, workloads };
  const ways = waysOut(reachable, context);
  return (
    <div className="reasons-infeasible" role="status" data-testid="reasons-infeasible">
      <Icon name="alert" />
      <div>
        <p className="reasons-lead">
          {conflict.length === 0
            ? 'No child meets all limits.'
            : conflict.length === 1
              ? `No child meets ${statementWords(conflict[0], context)}.`
              : `No child meets ${listed(conflict.map((statement) => statementWords(statement, context)))} together, even with everything else left aside.`}
        </p>
        {ways.alone.length > 0 && (
          <>
            <p>{ways.alone.length === 1 ? 'This change would be enough' : 'Any one of these would be enough'}; the limits at the left offer to set it:</p>
            <ul>
              {ways.alone.map((way) => (
                <li key={`${way.target.workload ?? ''} ${way.target.column} ${way.target.side}`}>
                  {way.name} {way.text}
                  {way.change !== undefined && <small> {way.change}</small>}
                  {!way.proven && <small> (a smaller change may do)</small>}
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </div>
  );
}
