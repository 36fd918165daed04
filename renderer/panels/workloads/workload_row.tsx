/** One workload: its traffic and what the child does under it in a line, or all of it while it is edited. */
import { setWorkload } from '../../state/document_store.ts';
import { workloadProblems, type WorkloadSetting } from '../../state/derived_workloads.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import type { SolveState } from '../../state/solve_store.ts';
import { IconButton } from '../../widgets/button.tsx';
import { Switch } from '../../widgets/switch.tsx';
import { Tooltip } from '../../widgets/tooltip.tsx';
import { WorkloadEditor } from './workload_editor.tsx';
import { WorkloadName } from './workload_name.tsx';
import { isCurrent, refusalOf, resultOf, resultText, trafficText } from './workloads_model.ts';

export interface WorkloadRowProps {
  readonly workload: WorkloadSetting;
  readonly others: readonly WorkloadSetting[];
  readonly library: OpenLibrary;
  readonly solve: SolveState;
  readonly open: boolean;
  /** Just added: whoever added it wants to name it. */
  readonly fresh: boolean;
  readonly onToggle: () => void;
}

const TRAFFIC_HINT = 'Tokens per sequence, the batch the search chose, and what the child on screen does there.';

export function WorkloadRow(props: WorkloadRowProps) {
  const { workload, others, library, solve, open, fresh, onToggle } = props;
  const testId = `workload-${workload.id}`;
  const problems = workloadProblems(workload, library.view).map((problem) => `${problem.text} Not applied.`);
  const refusal = refusalOf(workload, solve);
  const wrong = workload.enabled ? [...problems, ...(refusal === undefined ? [] : [refusal])] : [];
  const result = resultOf(workload, solve);
  return (
    <li className={workload.enabled ? 'workload' : 'workload workload-off'} data-testid={testId} data-open={open}>
      <div className="workload-head">
        <Switch label={`${workload.name}: apply`} checked={workload.enabled} onChange={(enabled) => setWorkload({ ...workload, enabled })} testId={`${testId}-toggle`} />
        {open ? (
          <WorkloadName workload={workload} others={others} fresh={fresh} testId={`${testId}-name`} />
        ) : (
          // The button beside it does the same for the keyboard.
          <button type="button" className="workload-name" tabIndex={-1} onClick={onToggle}>
            {workload.name}
          </button>
        )}
        <IconButton
          icon="chevron"
          className="workload-open"
          label={`${open ? 'Close' : 'Edit'} ${workload.name}`}
          aria-expanded={open}
          onClick={onToggle}
          data-testid={`${testId}-open`}
        />
      </div>
      {open && <WorkloadEditor {...props} result={result} />}
      {wrong.map((text) => (
        <p key={text} role="alert" className="workload-problem" data-testid={`${testId}-problem`}>
          {text}
        </p>
      ))}
      <Tooltip text={TRAFFIC_HINT}>
        <p className={result === undefined || isCurrent(solve) ? 'workload-result' : 'workload-result limit-stale'} data-testid={`${testId}-result`}>
          {[trafficText(workload, library), ...(result === undefined || wrong.length > 0 ? [] : [resultText(workload, result)])].join(' · ')}
        </p>
      </Tooltip>
    </li>
  );
}
