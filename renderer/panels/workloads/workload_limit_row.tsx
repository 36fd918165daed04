/** One limit of a workload, with what the child has there and what the limit costs. */
import { limitProblem, WORKLOAD_MEASURES, type WorkloadSetting } from '../../state/derived_workloads.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { isStale, type SolveState } from '../../state/solve_store.ts';
import { IconButton } from '../../widgets/button.tsx';
import { Tooltip } from '../../widgets/tooltip.tsx';
import { objectiveUnit, PriceLine } from '../limits/limit_line.tsx';
import { useLimitPiece } from '../limits/use_limit_piece.ts';
import { WorkloadField } from './workload_field.tsx';
import { figureText, isCurrent, workloadState, type WorkloadSide } from './workloads_model.ts';

interface WorkloadLimitRowProps {
  readonly workload: WorkloadSetting;
  readonly limit: WorkloadSide;
  readonly library: OpenLibrary;
  readonly solve: SolveState;
  /** What the child on screen has. */
  readonly value: number | undefined;
  readonly onChange: (value: number | undefined) => void;
  readonly testId: string;
}

export function WorkloadLimitRow({ workload, limit, library, solve, value, onChange, testId }: WorkloadLimitRowProps) {
  const { column, side } = limit;
  const { label, unit, meaning } = WORKLOAD_MEASURES[column];
  const state = workloadState(workload.id, limit, solve);
  const known = useLimitPiece(library.view.id, { workload: workload.id, column, side });
  const slack = value === undefined ? undefined : side === 'max' ? limit.value - value : value - limit.value;
  const missed = isStale(solve) || slack === undefined || slack < -1e-6 * Math.abs(limit.value);
  const current = isCurrent(solve) && state?.limit === limit.value;
  return (
    <li className="workload-limit" data-testid={testId}>
      <div className="workload-limit-head">
        <Tooltip text={meaning}>
          <span className="workload-limit-name">{label}</span>
        </Tooltip>
        <span className="limit-sign" aria-hidden="true">
          {side === 'max' ? '≤' : '≥'}
        </span>
        <WorkloadField
          label={`${label} ${side === 'max' ? 'at most' : 'at least'}`}
          value={limit.value}
          unit={unit}
          check={(next) => limitProblem(column, next)?.replace(/^.*?: /, '')}
          onCommit={onChange}
          testId={`${testId}-number`}
        />
        <IconButton icon="close" label={`Remove limit ${label}`} className="limit-remove" onClick={() => onChange(undefined)} data-testid={`${testId}-remove`} />
      </div>
      {value !== undefined && (
        <div className="workload-limit-result">
          <span className={isCurrent(solve) ? undefined : 'limit-stale'} data-testid={`${testId}-used`}>
            used {figureText(column, value)}
          </span>
          {!missed && slack !== undefined && (
            <PriceLine
              unit={{ label, unit }}
              state={state}
              slack={Math.max(0, slack)}
              binding={state?.binding === true}
              stale={!current}
              objective={objectiveUnit(library, solve)}
              known={known}
              testId={`${testId}-price`}
            />
          )}
        </div>
      )}
    </li>
  );
}
