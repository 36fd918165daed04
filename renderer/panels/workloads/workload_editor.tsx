/** A workload in full, below its name: lengths, batch and limits. */
import type { WorkloadResult } from '../../../engine/protocol/problem.ts';
import { removeWorkload, setWorkload } from '../../state/document_store.ts';
import { measurementsOf, ownLengths, WORKLOAD_MEASURES } from '../../state/derived_workloads.ts';
import { Button } from '../../widgets/button.tsx';
import { Menu } from '../../widgets/menu.tsx';
import { Select } from '../../widgets/select.tsx';
import { changeWorkloadLimit, withLimit } from './workload_actions.ts';
import { wholeFrom, WorkloadField } from './workload_field.tsx';
import { WorkloadLimitRow } from './workload_limit_row.tsx';
import type { WorkloadRowProps } from './workload_row.tsx';
import { addableMeasures, sidesOf, startingValue } from './workloads_model.ts';

interface WorkloadEditorProps extends WorkloadRowProps {
  readonly result: WorkloadResult | undefined;
}

const FIRST_BATCH = 16;

export function WorkloadEditor({ workload, library, solve, result }: WorkloadEditorProps) {
  const testId = `workload-${workload.id}`;
  const own = ownLengths(library.view);
  const batches = measurementsOf(workload, library.view).flatMap((measurement) => measurement.batch ?? []);
  const fixed = result?.batch ?? (batches.length === 0 ? FIRST_BATCH : Math.max(...batches));
  return (
    <div className="workload-editor">
      <div className="workload-pair">
        <span>Prompt</span>
        <WorkloadField
          label="Prompt tokens"
          value={workload.isl}
          unit=""
          placeholder={own.isl?.toLocaleString('en-US') ?? ''}
          check={wholeFrom(0)}
          onCommit={(isl) => setWorkload({ ...workload, isl })}
          testId={`${testId}-isl`}
        />
        <span>Generated</span>
        <WorkloadField
          label="Generated tokens"
          value={workload.osl}
          unit=""
          placeholder={own.osl?.toLocaleString('en-US') ?? ''}
          check={wholeFrom(1)}
          onCommit={(osl) => setWorkload({ ...workload, osl })}
          testId={`${testId}-osl`}
        />
      </div>
      <div className="workload-batch">
        <Select
          label="Batch"
          value={workload.batch === 'largest' ? 'largest' : 'fixed'}
          options={[
            { value: 'largest', label: 'largest that fits' },
            { value: 'fixed', label: 'fixed' },
          ]}
          onChange={(kind) => setWorkload({ ...workload, batch: kind === 'largest' ? 'largest' : fixed })}
          testId={`${testId}-batch-kind`}
        />
        {workload.batch !== 'largest' && (
          <WorkloadField
            label="Batch"
            value={workload.batch}
            unit=""
            check={wholeFrom(1)}
            onCommit={(batch) => batch !== undefined && setWorkload({ ...workload, batch })}
            testId={`${testId}-batch`}
          />
        )}
      </div>
      <ul>
        {sidesOf(workload.limits).map((side) => (
          <WorkloadLimitRow
            key={`${side.column} ${side.side}`}
            workload={workload}
            limit={side}
            library={library}
            solve={solve}
            value={result?.costs[side.column]}
            onChange={(value) => changeWorkloadLimit(workload.id, side.column, side.side, value)}
            testId={`${testId}-${side.column}-${side.side}`}
          />
        ))}
      </ul>
      <div className="workload-actions">
        <Menu
          label="Add limit"
          testId={`${testId}-add-limit-menu`}
          sections={[
            {
              id: 'quantities',
              items: addableMeasures(workload).map((column) => {
                const { label, side, meaning, unit } = WORKLOAD_MEASURES[column];
                return {
                  id: column,
                  label: `${label} ${side === 'max' ? 'at most' : 'at least'}, ${unit}`,
                  description: meaning,
                  onSelect: () => {
                    const capacity = column === 'kv_tokens' && !workload.limits.some((limit) => limit.column === 'memory_mib');
                    const memory = startingValue('memory_mib', library, result);
                    // Tokens are counted in what a memory limit leaves beside the weights.
                    const base = capacity && memory !== undefined ? withLimit(workload, 'memory_mib', 'max', memory) : workload;
                    setWorkload(withLimit(base, column, side, startingValue(column, library, result) ?? 1000));
                  },
                };
              }),
            },
          ]}
          renderTrigger={(props) => (
            <Button variant="ghost" icon="add" disabled={addableMeasures(workload).length === 0} data-testid={`${testId}-add-limit`} {...props}>
              Add limit
            </Button>
          )}
        />
        <Button variant="ghost" icon="trash" onClick={() => removeWorkload(workload.id)} data-testid={`${testId}-remove`}>
          Remove workload
        </Button>
      </div>
    </div>
  );
}
