/** Quality over two limits: controls, legend, and the map or the table. */
import { useMemo, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { quantityOf } from '../../state/columns.ts';
import { CONTOUR_POINTS, cancelContour, contourAgain } from '../../state/contour_controller.ts';
import { contourStore } from '../../state/contour_store.ts';
import { documentStore } from '../../state/document_store.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { objectiveOf } from '../../state/problem.ts';
import { contourColumns, sweptChoices } from '../../state/swept_columns.ts';
import { themeStore } from '../../state/theme_store.ts';
import { viewStore } from '../../state/view_store.ts';
import { Button } from '../../widgets/button.tsx';
import { EmptyState } from '../../widgets/empty_state.tsx';
import { Select } from '../../widgets/select.tsx';
import { contourModel, type ContourModel } from './contour_model.ts';
import { ContourPlot } from './contour_plot.tsx';
import { ContourTable } from './contour_table.tsx';
import { Dot, Entry, Hatch, Path } from './frontier_legend.tsx';
import { frontierViewStore } from './frontier_view.ts';
import { StudyProgress } from './study_progress.tsx';

interface TwoLimitsProps {
  readonly library: OpenLibrary;
  /** The switch between one and two limits. */
  readonly modes: ReactElement;
}

export function TwoLimits({ library, modes }: TwoLimitsProps) {
  const chosen = useStore(viewStore, (view) => view.contourColumns);
  const objective = useStore(documentStore, ({ document }) => objectiveOf(document, library.view));
  const columns = useMemo(() => contourColumns(library, objective, chosen), [library, objective, chosen]);
  if (columns === undefined) {
    return (
      <>
        <header className="plot-head">{modes}</header>
        <EmptyState title="Nothing to draw" text="The library has no two columns that can be limited." />
      </>
    );
  }
  return <Contour library={library} modes={modes} columns={columns} objective={objective} />;
}

interface ContourProps extends TwoLimitsProps {
  readonly columns: readonly [string, string];
  readonly objective: string;
}

function Contour({ library, modes, columns, objective }: ContourProps) {
  const contour = useStore(contourStore);
  const { over, levels, cells, tookMs, state } = contour;
  const logarithmic = useStore(frontierViewStore, (view) => view.contourLogarithmic);
  const table = useStore(frontierViewStore, (view) => view.table);
  const model = useMemo(
    () => contourModel(library, objective, columns, { over, levels, cells, tookMs }, logarithmic),
    [library, objective, columns, over, levels, cells, tookMs, logarithmic],
  );
  const blank = model.rows.length === 0 || cells.length === 0;
  return (
    <>
      <Controls library={library} modes={modes} columns={columns} objective={objective} />
      {blank ? (
        <Nothing />
      ) : table ? (
        <ContourTable model={model} />
      ) : (
        <>
          <div className="legend-row">
            <Legend model={model} />
            <label className="frontier-axes">
              <input
                type="checkbox"
                checked={model.logarithmic}
                data-testid="contour-log"
                onChange={(event) => frontierViewStore.setState({ contourLogarithmic: event.target.checked })}
              />
              Logarithmic colours
            </label>
          </div>
          <ContourPlot model={model} stale={state === 'waiting'} />
        </>
      )}
    </>
  );
}

function Nothing() {
  const { state, error } = useStore(contourStore);
  switch (state) {
    case 'failed':
      return <EmptyState icon="alert" title="The map over two limits failed" text={error?.message ?? ''} />;
    case 'cancelled':
      return <EmptyState title="Stopped" text="The search was stopped before it found a child." />;
    case 'done':
      return <EmptyState icon="alert" title="No pair of limits fits" text="The other limits already exclude every child." />;
    case 'idle':
    case 'waiting':
    case 'running':
      return <EmptyState busy title="Searching over two limits" text={`The best child at each of ${CONTOUR_POINTS[0]} × ${CONTOUR_POINTS[1]} pairs of limits.`} />;
    default:
      return state satisfies never;
  }
}

function Controls({ library, modes, columns, objective }: ContourProps) {
  const { state, cells, tookMs, error } = useStore(contourStore);
  const table = useStore(frontierViewStore, (view) => view.table);
  const options = sweptChoices(library, objective).map((id) => ({ value: id, label: quantityOf(library.view, id).label }));
  const choose = (at: 0 | 1, id: string): void => {
    const other = columns[1 - at];
    // Taking the other axis' column swaps the two.
    const rest = other === id ? columns[at] : other;
    viewStore.setState({ contourColumns: at === 0 ? [id, rest] : [rest, id] });
  };
  return (
    <header className="plot-head">
      {modes}
      <Select label="Quality over" hideLabel value={columns[0]} options={options} onChange={(id) => choose(0, id)} testId="contour-across" />
      <Select label="and" value={columns[1]} options={options} onChange={(id) => choose(1, id)} testId="contour-up" />
      <span className="frontier-end">
        <StudyProgress
          label="Map over two limits"
          state={state}
          done={cells.length}
          total={CONTOUR_POINTS[0] * CONTOUR_POINTS[1]}
          noun="pairs"
          proven={cells.filter(({ gap }) => gap === 0).length}
          tookMs={tookMs}
          error={error}
          onCancel={cancelContour}
          onAgain={contourAgain}
          testId="contour-progress"
        />
        <Button variant="ghost" aria-pressed={table} data-testid="frontier-table-toggle" onClick={() => frontierViewStore.setState({ table: !table })}>
          {table ? 'Plot' : 'Table'}
        </Button>
      </span>
    </header>
  );
}

function Legend({ model }: { readonly model: ContourModel }) {
  const theme = useStore(themeStore, (state) => state.theme);
  return (
    <ul className="legend" aria-label="Legend">
      <Entry swatch={<Dot fill={theme.saved} stroke={theme.text} />} label="Child on screen" />
      <Entry swatch={<Path d="M0 6h4.5M7.5 6H12" stroke={theme.text} width={1.5} />} label="Your limits" />
      {model.empty > 0 && <Entry swatch={<Hatch theme={theme} />} label="No child meets both limits" />}
      {model.unproven > 0 && <Entry swatch={<Dot fill={theme.warning} stroke={theme.surface} radius={3} />} label="Not proven" />}
      <li className="legend-entry legend-hint">Every cell is a search of its own; click one to set both limits.</li>
    </ul>
  );
}
