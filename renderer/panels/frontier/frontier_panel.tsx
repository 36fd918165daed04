/** The efficient frontier: what is the best quality at every level of one limit, and where the child on screen stands. */
import { useEffect, useId, useMemo, useState, type KeyboardEvent } from 'react';
import { useStore } from 'zustand';
import { quantityOf, sweepableIds } from '../../state/columns.ts';
import { evaluationStore, requestEvaluation } from '../../state/derived_evaluations.ts';
import { placeOfPin, sweptSide } from '../../state/derived_frontier.ts';
import { documentStore, setLimit } from '../../state/document_store.ts';
import { engineStore, openLibrary, type OpenLibrary } from '../../state/engine_store.ts';
import { formatValue } from '../../state/format.ts';
import { notifyError } from '../../state/notice_store.ts';
import { objectiveOf } from '../../state/problem.ts';
import { SWEEP_POINTS } from '../../state/solve_controller.ts';
import { isStale, shownSolution, solveStore, sweepStore } from '../../state/solve_store.ts';
import { themeStore } from '../../state/theme_store.ts';
import { viewStore } from '../../state/view_store.ts';
import { usePlot } from '../../plots/use_plot.ts';
import { Button } from '../../widgets/button.tsx';
import { EmptyState } from '../../widgets/empty_state.tsx';
import { FloatingCard } from '../../widgets/floating_card.tsx';
import { Select } from '../../widgets/select.tsx';
import { frontierFigure, frontierShapes } from './frontier_figure.ts';
import { frontierModel, type FrontierModel } from './frontier_model.ts';
import { frontierViewStore } from './frontier_view.ts';
import { PointCard, cardOf } from './point_card.tsx';
import { PointTable } from './point_table.tsx';
import '../../plots/plot.css';
import './frontier.css';

export function FrontierPanel() {
  const library = useStore(engineStore, openLibrary);
  return (
    <section className="panel frontier-panel" aria-label="Efficient frontier" data-testid="frontier">
      {library === undefined ? (
        <EmptyState title="No frontier yet" text="Open a block library to see how quality and throughput trade." />
      ) : (
        <Frontier library={library} />
      )}
    </section>
  );
}

function Frontier({ library }: { readonly library: OpenLibrary }) {
  const model = useFrontierModel(library);
  const table = useStore(frontierViewStore, (state) => state.table);
  const sweep = useStore(sweepStore);
  if (model === undefined) return <EmptyState title="Nothing to sweep" text="The library has no column that can be limited." />;
  const empty = model.points.length === 0;
  return (
    <>
      <Controls library={library} model={model} />
      {empty && sweep.state === 'failed' ? (
        <EmptyState icon="alert" title="The sweep failed" text={sweep.error?.message ?? ''} />
      ) : empty && sweep.state === 'done' ? (
        <EmptyState
          icon="alert"
          title="No point fits"
          text={model.hidden > 0 ? 'Every point of the frontier is outside the limit; switch off “Within the limit only” to see them.' : 'The other limits already exclude every child.'}
        />
      ) : empty ? (
        <EmptyState busy title="Finding the frontier" text="The best child at each of forty levels of the limit." />
      ) : table ? (
        <PointTable model={model} />
      ) : (
        <FrontierPlot model={model} />
      )}
      {model.elsewhere.length > 0 && (
        <p className="frontier-elsewhere" data-testid="frontier-elsewhere">
          <strong>Not on this plot:</strong> {model.elsewhere.map(({ name, reason }) => `${name} (${reason})`).join('; ')}
        </p>
      )}
    </>
  );
}

function useFrontierModel(library: OpenLibrary): FrontierModel | undefined {
  const document = useStore(documentStore, (state) => state.document);
  const sweep = useStore(sweepStore);
  const sweepColumn = useStore(viewStore, (state) => state.sweepColumn);
  const feasibleOnly = useStore(viewStore, (state) => state.feasibleOnly);
  const logarithmic = useStore(frontierViewStore, (state) => state.logarithmic);
  const evaluations = useStore(evaluationStore);
  const connection = useStore(engineStore, (state) => state.connection);
  const { pins } = document;
  const objective = objectiveOf(document, library.view);
  useEffect(() => {
    if (connection.kind !== 'ready') return;
    for (const pin of pins) {
      const place = placeOfPin(pin, library);
      if (place.kind === 'here') requestEvaluation(library.view.id, objective, place.choices);
    }
  }, [pins, library, objective, connection]);
  return useMemo(
    () => frontierModel(library, { document }, sweep, { sweepColumn, feasibleOnly, logarithmic }, evaluations),
    [library, document, sweep, sweepColumn, feasibleOnly, logarithmic, evaluations],
  );
}

function Controls({ library, model }: { readonly library: OpenLibrary; readonly model: FrontierModel }) {
  const { state, points } = useStore(sweepStore);
  const feasibleOnly = useStore(viewStore, (view) => view.feasibleOnly);
  const table = useStore(frontierViewStore, (view) => view.table);
  return (
    <header className="plot-head">
      <Select
        label="Quality against"
        value={model.over.id}
        options={sweepableIds(library).map((id) => ({ value: id, label: quantityOf(library.view, id).label }))}
        onChange={(sweepColumn) => viewStore.setState({ sweepColumn })}
        testId="sweep-column"
      />
      <label>
        <input type="checkbox" checked={feasibleOnly} data-testid="feasible-only" onChange={(event) => viewStore.setState({ feasibleOnly: event.target.checked })} />
        Within the limit only
      </label>
      <label>
        <input
          type="checkbox"
          checked={model.logarithmic}
          data-testid="frontier-log"
          onChange={(event) => frontierViewStore.setState({ logarithmic: event.target.checked })}
        />
        Logarithmic
      </label>
      <span className="frontier-progress" role="status" data-testid="frontier-progress" data-state={state}>
        {(state === 'running' || state === 'waiting') && (
          <>
            <progress max={SWEEP_POINTS} value={state === 'waiting' ? 0 : points.length} aria-label="Sweep" />
            {state === 'waiting' ? 'waiting for the limits to rest' : `${points.length} of ${SWEEP_POINTS}`}
          </>
        )}
        {state === 'failed' && 'the sweep failed'}
        {model.hidden > 0 && ` ${model.hidden} outside the limit hidden`}
      </span>
      <Button variant="ghost" aria-pressed={table} data-testid="frontier-table-toggle" onClick={() => frontierViewStore.setState({ table: !table })}>
        {table ? 'Show as plot' : 'Show as table'}
      </Button>
    </header>
  );
}

function FrontierPlot({ model }: { readonly model: FrontierModel }) {
  const theme = useStore(themeStore, (state) => state.theme);
  const figure = useMemo(() => frontierFigure(model, theme), [model, theme]);
  const [activeId, setActive] = useState<string>();
  const [, redrawn] = useState(0);
  const description = useId();
  const { element, plot, state } = usePlot(figure, {
    onHover: setActive,
    onClick: choose,
    onDrawn: () => redrawn((count) => count + 1),
    onFailure: (error) => notifyError('The plot could not be drawn', error),
  });
  const active = activeId === undefined ? undefined : cardOf(model, activeId);
  const activeX = active?.x;
  const activeY = active?.y;
  // The child on screen follows a slider at once, past React and without redrawing the traces.
  useEffect(() => {
    const move = (): void => {
      const solved = solveStore.getState();
      const costs = shownSolution(solved)?.costs;
      const x = costs?.[model.over.id];
      const y = costs?.[model.objective.id];
      const current = x === undefined || y === undefined ? undefined : { x, y, stale: isStale(solved) };
      const spot = activeX === undefined || activeY === undefined ? undefined : { x: activeX, y: activeY };
      plot?.overlay(frontierShapes(model, { current, active: spot }, theme));
    };
    move();
    return solveStore.subscribe(move);
  }, [model, theme, plot, activeX, activeY]);

  function choose(id: string): void {
    const point = model.points.find((candidate) => candidate.id === id);
    if (point !== undefined) setLimit(model.over.id, sweptSide(model.over), point.level);
  }

  function onKeyDown(event: KeyboardEvent): void {
    const order = [...model.points].sort((a, b) => a.x - b.x);
    const at = order.findIndex((point) => point.id === activeId);
    const last = order.length - 1;
    const target = { ArrowRight: at + 1, ArrowLeft: at < 0 ? last : at - 1, Home: 0, End: last }[event.key];
    if (target !== undefined) {
      event.preventDefault();
      setActive(order[Math.min(last, Math.max(0, target))].id);
    } else if (event.key === 'Enter' && activeId !== undefined) {
      event.preventDefault();
      choose(activeId);
    } else if (event.key === 'Escape') setActive(undefined);
  }

  const at = active === undefined ? undefined : plot?.pixelOf(model.across(active.x), model.place(active.y));
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- arrow keys move between the points inside
    <div
      className="plot"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      role="application"
      aria-roledescription="plot"
      aria-label={`${model.objective.label} against ${model.over.label}: ${model.points.length} children on the frontier`}
      aria-describedby={description}
      data-testid="frontier-plot"
      data-state={state}
      onKeyDown={onKeyDown}
      onBlur={() => setActive(undefined)}
    >
      <p id={description} className="visually-hidden">
        From {formatValue(model.points[0].x, '')} to {formatValue(model.points.at(-1)?.x ?? 0, '')} {model.over.unit}. Left and right arrow keys move
        between points, Enter sets the limit there. The same figures are behind “Show as table”.
      </p>
      <div ref={element} className="plot-host" aria-hidden="true" />
      {active !== undefined && at !== undefined && (
        <FloatingCard anchor={at}>
          <PointCard model={model} id={activeId ?? ''} />
        </FloatingCard>
      )}
    </div>
  );
}
