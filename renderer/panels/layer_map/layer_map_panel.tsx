/**
 * The runtime map of the child on screen. React draws the frame around it; the map itself follows the solution
 * without React, so that it keeps up with a dragged slider.
 */
import { useCallback, useEffect, useLayoutEffect, useState } from 'react';
import { useStore } from 'zustand';
import { quantityOf } from '../../state/columns.ts';
import { layerColumns, layerRows } from '../../state/derived_layers.ts';
import { baselineStore } from '../../state/derived_baseline.ts';
import { mapData, mappedColumn, savingOf } from '../../state/derived_map.ts';
import { mapMarks } from '../../state/derived_marks.ts';
import { documentStore } from '../../state/document_store.ts';
import { engineStore, openLibrary, type OpenLibrary } from '../../state/engine_store.ts';
import { formatPercent, formatValue, formatWithUnit } from '../../state/format.ts';
import { isStale, shownSolution, solveStore } from '../../state/solve_store.ts';
import { viewStore } from '../../state/view_store.ts';
import { FloatingCard } from '../../widgets/floating_card.tsx';
import { EmptyState } from '../../widgets/empty_state.tsx';
import { Select } from '../../widgets/select.tsx';
import { Inspector } from './inspector.tsx';
import { closeInspector, inspectorStore, openInspector } from './inspector_store.ts';
import { LayerCard } from './layer_card.tsx';
import { useLayerMap } from './use_layer_map.ts';
import './layer_map.css';

export function LayerMapPanel() {
  const library = useStore(engineStore, openLibrary);
  const solved = useStore(solveStore, (state) => shownSolution(state) !== undefined);
  return (
    <section className="panel layer-map-panel" aria-label="Runtime map" data-testid="layer-map">
      {library !== undefined && solved ? <LayerMap key={library.view.id} library={library} /> : <NoMap />}
    </section>
  );
}

function LayerMap({ library }: { readonly library: OpenLibrary }) {
  const { view: libraryView } = library;
  const chosen = useStore(viewStore, (state) => state.mapColumn);
  const column = mappedColumn(libraryView, chosen);
  const [shown, setShown] = useState<{ readonly layer: number; readonly by: 'pointer' | 'focus' }>();
  const onLayer = useCallback((layer: number | undefined, by: 'pointer' | 'focus') => {
    viewStore.setState({ activeLayer: layer ?? inspectorStore.getState().layer });
    setShown((before) => (layer !== undefined ? { layer, by } : before?.by === by ? undefined : before));
  }, []);
  const { host, view } = useLayerMap({
    name: `${column?.label ?? 'Runtime'} by layer; arrow keys move between layers, Enter opens one`,
    legend: true,
    layerAxis: true,
    marks: true,
    testId: 'map-cell',
    onLayer,
    onOpen: openInspector,
  });
  const inspected = useStore(inspectorStore, (state) => state.layer);
  useEffect(() => () => closeInspector(false), []);
  useLayoutEffect(() => {
    if (view === undefined || column === undefined) return;
    const draw = (): void => {
      const solution = shownSolution(solveStore.getState());
      if (solution === undefined) return;
      const marks = mapMarks(library.view, solution.choices, documentStore.getState().document, baselineStore.getState().choices);
      view.set(mapData(library, solution.choices, column), undefined, marks);
    };
    const mark = (): void => view.setCurrent(!solveStore.getState().awaiting && !isStale(solveStore.getState()));
    draw();
    mark();
    const stop = [
      solveStore.subscribe((state, previous) => {
        if (shownSolution(state) !== shownSolution(previous)) draw();
        mark();
      }),
      documentStore.subscribe(({ document }, { document: previous }) => (document.locks !== previous.locks || document.bans !== previous.bans) && draw()),
      baselineStore.subscribe(draw),
    ];
    return () => stop.forEach((each) => each());
  }, [view, library, column]);
  const box = shown === undefined ? undefined : view?.boxOf(shown.layer);
  const inspectedBox = inspected === undefined ? undefined : view?.boxOf(inspected);
  return (
    <>
      <header className="layer-map-head">
        <h2>{column?.role === 'score' ? 'Score map' : `${column?.label ?? 'Runtime'} map`}</h2>
        <Select
          label="Map"
          hideLabel
          value={column?.id ?? ''}
          options={layerColumns(libraryView).map(({ id, label }) => ({ value: id, label }))}
          onChange={(mapColumn) => viewStore.setState({ mapColumn })}
          testId="map-column"
        />
        {column !== undefined && <Totals library={library} column={column.id} />}
      </header>
      <div className="layer-map-host" ref={host}>
        {inspected !== undefined && inspectedBox !== undefined && (
          <FloatingCard anchor={inspectedBox}>
            <Inspector key={inspected} library={library} layer={inspected} />
          </FloatingCard>
        )}
        {inspected === undefined && shown !== undefined && box !== undefined && (
          <FloatingCard anchor={box}>
            <ActiveLayer library={library} layer={shown.layer} />
          </FloatingCard>
        )}
      </div>
    </>
  );
}

function Totals({ library, column }: { readonly library: OpenLibrary; readonly column: string }) {
  const solution = useStore(solveStore, shownSolution);
  const stale = useStore(solveStore, isStale);
  if (solution === undefined) return undefined;
  const quantity = quantityOf(library.view, column);
  const saving = savingOf(solution.costs, library.parent.costs, column);
  if (saving === undefined) return undefined;
  const score = library.view.header.columns.some((candidate) => candidate.id === column && candidate.role === 'score');
  return (
    <p className="layer-map-totals" data-testid="map-total">
      {stale && <span className="layer-map-stale">Nothing fits the limits; this is the last child that did</span>}
      <span className={quantity.estimated ? 'estimated' : ''} title={quantity.provenance}>
        <strong>{formatWithUnit(saving.total, quantity.unit)}</strong>
      </span>
      <span className="muted">
        {score ? 'parent' : 'of the parent’s'} {formatValue(saving.parent, quantity.unit)}
      </span>
      {!score && (
        <span className={saving.saved >= 0 ? 'layer-map-saved' : 'layer-map-more'} data-testid="map-saved">
          {formatPercent(Math.abs(saving.fraction))} {saving.saved >= 0 ? 'saved' : 'more'}
        </span>
      )}
    </p>
  );
}

function ActiveLayer({ library, layer }: { readonly library: OpenLibrary; readonly layer: number }) {
  const choices = useStore(solveStore, (state) => shownSolution(state)?.choices);
  if (choices === undefined) return undefined;
  const { first_layer: first, last_layer: last } = library.view;
  const choice = choices.find((candidate) => first[candidate] <= layer && layer <= last[candidate]);
  if (choice === undefined) return undefined;
  return <LayerCard library={library} row={layerRows(library, [choice])[0]} />;
}

function NoMap() {
  const library = useStore(engineStore, (state) => state.library);
  const outcome = useStore(solveStore, (state) => state.outcome);
  if (library.kind === 'none') return <EmptyState icon="library" title="No library is open" text="Open a block library to see its layers here." />;
  if (library.kind === 'failed') return <EmptyState icon="alert" title="The library could not be opened" text={library.error.message} />;
  if (outcome.kind === 'infeasible') return <EmptyState icon="alert" title="Nothing fits the limits" text="Loosen a limit to see a child here." />;
  if (outcome.kind === 'failed') return <EmptyState icon="alert" title="The search failed" text={outcome.error.message} />;
  return <EmptyState busy title={library.kind === 'loading' ? 'Reading the library' : 'Searching for the best child'} />;
}
