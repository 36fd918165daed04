/** Quality over one limit: controls, legend, and the plot or the table. */
import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { BASELINES } from '../../../engine/protocol/problem.ts';
import { quantityOf } from '../../state/columns.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { sweepStore } from '../../state/solve_store.ts';
import { SWEEP_POINTS, cancelSweep, sweepAgain } from '../../state/sweep_controller.ts';
import { sweptChoices } from '../../state/swept_columns.ts';
import { viewStore } from '../../state/view_store.ts';
import { Button } from '../../widgets/button.tsx';
import { EmptyState } from '../../widgets/empty_state.tsx';
import { Segmented } from '../../widgets/segmented.tsx';
import { Select } from '../../widgets/select.tsx';
import { FrontierLegend } from './frontier_legend.tsx';
import type { FrontierModel } from './frontier_model.ts';
import { FrontierPlot } from './frontier_plot.tsx';
import { frontierViewStore, type Fit } from './frontier_view.ts';
import { PointTable } from './point_table.tsx';
import { StudyProgress } from './study_progress.tsx';
import { useFrontierModel } from './use_frontier_model.ts';

interface OneLimitProps {
  readonly library: OpenLibrary;
  /** The switch between one and two limits. */
  readonly modes: ReactElement;
}

export function OneLimit({ library, modes }: OneLimitProps) {
  const model = useFrontierModel(library);
  const table = useStore(frontierViewStore, (state) => state.table);
  const state = useStore(sweepStore, (sweep) => sweep.state);
  if (model === undefined) return <EmptyState title="Nothing to sweep" text="The library has no column that can be limited." />;
  const empty = model.points.length === 0;
  return (
    <>
      <Controls library={library} model={model} modes={modes} />
      {empty ? (
        <Nothing model={model} />
      ) : table ? (
        <PointTable model={model} />
      ) : (
        <>
          <div className="legend-row">
            <FrontierLegend model={model} />
            <Axes model={model} />
          </div>
          <FrontierPlot model={model} stale={state === 'waiting'} />
        </>
      )}
      {model.elsewhere.length > 0 && (
        <p className="frontier-elsewhere" data-testid="frontier-elsewhere">
          <strong>Not on this plot:</strong> {model.elsewhere.map(({ name, reason }) => `${name} (${reason})`).join('; ')}
        </p>
      )}
    </>
  );
}

function Nothing({ model }: { readonly model: FrontierModel }) {
  const { state, error } = useStore(sweepStore);
  switch (state) {
    case 'failed':
      return <EmptyState icon="alert" title="The sweep failed" text={error?.message ?? ''} />;
    case 'cancelled':
      return <EmptyState title="Stopped" text="The sweep was stopped before it found a child." />;
    case 'done': {
      const text = model.hidden > 0 ? 'Every point of the frontier is outside the limit; switch off “Feasible only” to see them.' : 'The other limits, locks and bans already exclude every child.';
      return <EmptyState icon="alert" title="No point fits" text={text} />;
    }
    case 'idle':
    case 'waiting':
    case 'running':
      return <EmptyState busy title="Finding the frontier" text={`The best child at each of ${SWEEP_POINTS} levels of the limit.`} />;
    default:
      return state satisfies never;
  }
}

const FITS: readonly { readonly value: Fit; readonly label: string }[] = [
  { value: 'frontier', label: 'Frontier' },
  { value: 'all', label: 'All' },
];

function Controls({ library, model, modes }: OneLimitProps & { readonly model: FrontierModel }) {
  const { state, points, tookMs, error } = useStore(sweepStore);
  const table = useStore(frontierViewStore, (view) => view.table);
  const proven = points.filter(({ result }) => result.status === 'optimal' || result.status === 'infeasible').length;
  return (
    <header className="plot-head">
      {modes}
      <Select
        label="Quality against"
        hideLabel
        value={model.over.id}
        options={sweptChoices(library, model.objective.id).map((id) => ({ value: id, label: quantityOf(library.view, id).label }))}
        onChange={(sweepColumn) => viewStore.setState({ sweepColumn })}
        testId="sweep-column"
      />
      {(table || model.points.length === 0) && <FeasibleOnly />}
      <span className="frontier-end">
        <StudyProgress
          label="Sweep"
          state={state}
          done={points.length}
          total={SWEEP_POINTS}
          noun="levels"
          proven={proven}
          tookMs={tookMs}
          error={error}
          onCancel={cancelSweep}
          onAgain={sweepAgain}
          testId="frontier-progress"
        />
        {model.hidden > 0 && <span className="muted">{model.hidden} outside the limit hidden</span>}
        <Button variant="ghost" aria-pressed={table} data-testid="frontier-table-toggle" onClick={() => frontierViewStore.setState({ table: !table })}>
          {table ? 'Plot' : 'Table'}
        </Button>
      </span>
    </header>
  );
}

function FeasibleOnly() {
  const feasibleOnly = useStore(viewStore, (view) => view.feasibleOnly);
  return (
    <label>
      <input type="checkbox" checked={feasibleOnly} data-testid="feasible-only" onChange={(event) => viewStore.setState({ feasibleOnly: event.target.checked })} />
      Feasible only
    </label>
  );
}

/** What the plot shows of the points, and how its axes run. */
function Axes({ model }: { readonly model: FrontierModel }) {
  const fit = useStore(frontierViewStore, (view) => view.fit);
  const compared = BASELINES.some((method) => model.baselines[method].length > 0);
  return (
    <span className="frontier-axes">
      <FeasibleOnly />
      <label>
        <input
          type="checkbox"
          checked={model.logarithmic}
          data-testid="frontier-log"
          onChange={(event) => frontierViewStore.setState({ logarithmic: event.target.checked })}
        />
        Logarithmic
      </label>
      {compared && (
        <span className="frontier-fit">
          Fit
          <Segmented label="Fit the axes to" value={fit} options={FITS} onChange={(next) => frontierViewStore.setState({ fit: next })} testId="frontier-fit" />
        </span>
      )}
    </span>
  );
}
