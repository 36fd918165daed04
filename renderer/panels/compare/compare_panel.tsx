/** Two architectures side by side: their maps one above the other, their totals, and the layers in which they differ. */
import { useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { mappableColumns, quantityOf } from '../../state/columns.ts';
import { differs, diffRows, totalRows, type SideLayer, type TotalColumn } from '../../state/derived_diff.ts';
import { evaluationStore, requestEvaluation } from '../../state/derived_evaluations.ts';
import { mapData, mappedColumn, shapeMap, type MapData } from '../../state/derived_map.ts';
import { documentStore, setCompare } from '../../state/document_store.ts';
import { engineStore, openLibrary, type OpenLibrary } from '../../state/engine_store.ts';
import { objectiveOf } from '../../state/problem.ts';
import { shownSolution, solveStore } from '../../state/solve_store.ts';
import { viewStore } from '../../state/view_store.ts';
import { Button } from '../../widgets/button.tsx';
import { EmptyState } from '../../widgets/empty_state.tsx';
import { Select } from '../../widgets/select.tsx';
import { useLayerMap } from '../layer_map/use_layer_map.ts';
import { DiffTable } from './diff_table.tsx';
import { TotalsTable } from './totals_table.tsx';
import { compareOptions, comparedIds, sideOf, type Side } from './sides.ts';
import { useShapes } from './use_shapes.ts';
import '../../widgets/data_table.css';
import './compare.css';

export function ComparePanel() {
  const library = useStore(engineStore, openLibrary);
  return (
    <section className="panel compare-panel" aria-label="Comparison" data-testid="compare">
      {library === undefined ? <EmptyState title="Nothing to compare" text="Open a block library first." /> : <Comparison library={library} />}
    </section>
  );
}

function Comparison({ library }: { readonly library: OpenLibrary }) {
  const document = useStore(documentStore, (state) => state.document);
  const [idA, idB] = comparedIds(document);
  const a = useSide(idA, library);
  const b = useSide(idB, library);
  const options = compareOptions(document);
  return (
    <>
      <header className="compare-head">
        <Select label="From" value={idA} options={options} onChange={(id) => setCompare([id, idB])} testId="compare-a" />
        <Button variant="ghost" icon="compare" aria-label="Swap" title="Swap" data-testid="compare-swap" onClick={() => setCompare([idB, idA])} />
        <Select label="to" value={idB} options={options} onChange={(id) => setCompare([idA, id])} testId="compare-b" />
      </header>
      {a.kind === 'unavailable' || b.kind === 'unavailable' ? <Unavailable sides={[a, b]} /> : <Pair a={a} b={b} library={library} />}
    </>
  );
}

type Available = Exclude<Side, { readonly kind: 'unavailable' }>;

function Unavailable({ sides }: { readonly sides: readonly Side[] }) {
  const reasons = sides.flatMap((side) => (side.kind === 'unavailable' ? [`${side.name}: ${side.reason}`] : []));
  return <EmptyState icon="compare" title="These two cannot be compared" text={[...new Set(reasons)].join(' ')} />;
}

function useSide(id: string, library: OpenLibrary): Side {
  const document = useStore(documentStore, (state) => state.document);
  const current = useStore(solveStore, (state) => (id === 'current' ? shownSolution(state) : undefined));
  const evaluations = useStore(evaluationStore);
  const connection = useStore(engineStore, (state) => state.connection);
  const side = useMemo(() => sideOf(id, library, document, current, evaluations), [id, library, document, current, evaluations]);
  const objective = objectiveOf(document, library.view);
  const unknown = side.kind === 'in_library' && side.costs === undefined ? side.choices : undefined;
  useEffect(() => {
    if (unknown !== undefined && connection.kind === 'ready') requestEvaluation(library.view.id, objective, unknown);
  }, [unknown, library, objective, connection]);
  return side;
}

function Pair({ a, b, library }: { readonly a: Available; readonly b: Available; readonly library: OpenLibrary }) {
  const [onlyDifferences, setOnlyDifferences] = useState(true);
  const external = a.kind === 'external' || b.kind === 'external';
  const aligned = layerCount(a.layers) === layerCount(b.layers);
  const rows = useMemo(() => (aligned ? diffRows(a.layers, b.layers) : []), [a, b, aligned]);
  const different = rows.filter(differs);
  const emphasised = useMemo(
    () => (aligned ? new Set(rows.filter(differs).flatMap(({ firstLayer, lastLayer }) => Array.from({ length: lastLayer - firstLayer + 1 }, (_, i) => firstLayer + i))) : undefined),
    [rows, aligned],
  );
  const mapColumn = useStore(viewStore, (state) => state.mapColumn);
  const maps = useMemo(() => mapsOf(a, b, library, mapColumn), [a, b, library, mapColumn]);
  const shapesA = useShapes(a, library, external);
  const shapesB = useShapes(b, library, external);
  const costsA = a.kind === 'in_library' ? a.costs : undefined;
  const costsB = b.kind === 'in_library' ? b.costs : undefined;
  const totals = external
    ? shapesA && shapesB && totalRows(SHAPE_COLUMNS, shapesA, shapesB)
    : costsA && costsB && totalRows(costColumns(library), costsA, costsB);
  const problem = [a, b].map((side) => (side.kind === 'in_library' ? side.problem : undefined)).find((text) => text !== undefined);
  return (
    <div className="compare-body">
      <Strip side={a} data={maps.a} emphasised={emphasised} last={!aligned} parentName={library.view.header.parent.name} />
      <Strip side={b} data={maps.b} emphasised={emphasised} last parentName={library.view.header.parent.name} />
      {external && (
        <p className="compare-note" data-testid="compare-note">
          {[a, b].flatMap((side) => (side.kind === 'external' ? [`${side.name} is known by its shapes only: ${side.reason.replace(/\.$/, '')}.`] : [])).join(' ')}{' '}
          {aligned ? '' : `The layers do not correspond (${layerCount(a.layers)} and ${layerCount(b.layers)}), so only totals are compared.`}
        </p>
      )}
      <div className="compare-tables">
        {totals === undefined ? (
          <EmptyState busy={problem === undefined} title={problem === undefined ? 'Counting the totals' : 'The totals could not be had'} text={problem} />
        ) : (
          <TotalsTable rows={totals} nameA={a.name} nameB={b.name} />
        )}
        {aligned && (
          <div className="compare-layers">
            <div className="compare-layers-head">
              <span data-testid="compare-differences">
                <strong>{different.length}</strong> of {rows.length} layers differ
              </span>
              <label>
                <input type="checkbox" checked={onlyDifferences} data-testid="only-differences" onChange={(event) => setOnlyDifferences(event.target.checked)} />
                Differences only
              </label>
            </div>
            {different.length === 0 && onlyDifferences ? (
              <EmptyState icon="check" title="Both are the same in every layer" />
            ) : (
              <DiffTable rows={onlyDifferences ? different : rows} library={library} nameA={a.name} nameB={b.name} />
            )}
          </div>
        )}
      </div>
    </div>
  );
}

const SHAPE_COLUMNS: readonly TotalColumn[] = [
  { id: 'num_params', label: 'Parameters', unit: 'params', better: 'lower', estimated: false },
  { id: 'kv_bytes_per_token_fp8', label: 'KV cache per token, FP8', unit: 'B', better: 'lower', estimated: false },
];

/** Scores first, then throughputs, then the rest as the library has them. */
function costColumns(library: OpenLibrary): readonly TotalColumn[] {
  const columns = mappableColumns(library.view);
  const ids = [
    ...columns.filter((column) => column.role === 'score').map((column) => column.id),
    'total_tok_s',
    'output_tok_s',
    ...columns.filter((column) => column.role !== 'score').map((column) => column.id),
  ];
  return ids.map((id) => quantityOf(library.view, id));
}

function layerCount(layers: readonly SideLayer[]): number {
  return (layers.at(-1)?.lastLayer ?? -1) + 1;
}

/** Both in the same quantity, on the same scale where their layers correspond: by shapes where the library has no costs for one of them. */
function mapsOf(a: Available, b: Available, library: OpenLibrary, chosen: string | undefined): { readonly a: MapData | undefined; readonly b: MapData | undefined } {
  const external = a.kind === 'external' || b.kind === 'external';
  const wanted = mappedColumn(library.view, chosen);
  const column = external ? (mappableColumns(library.view).find(({ id }) => id === 'num_params') ?? wanted) : wanted;
  if (column === undefined) return { a: undefined, b: undefined };
  const one = (side: Available): MapData => (side.kind === 'external' ? shapeMap(side.architecture) : mapData(library, side.choices, column));
  const [mapA, mapB] = [one(a), one(b)];
  if (mapA.layers !== mapB.layers) return { a: mapA, b: mapB };
  const larger = mapA.scale.largest >= mapB.scale.largest ? mapA.scale : mapB.scale;
  return { a: { ...mapA, scale: larger }, b: { ...mapB, scale: larger } };
}

interface StripProps {
  readonly side: Available;
  readonly data: MapData | undefined;
  readonly emphasised: ReadonlySet<number> | undefined;
  /** The lowest of those that share a horizontal axis, which carries it. */
  readonly last: boolean;
  readonly parentName: string;
}

function Strip({ side, data, emphasised, last, parentName }: StripProps) {
  const { host, view } = useLayerMap({
    name: `${side.name} by layer`,
    legend: false,
    layerAxis: last,
    onLayer: (activeLayer) => viewStore.setState({ activeLayer }),
  });
  useEffect(() => {
    if (view !== undefined && data !== undefined) view.set(data, emphasised);
  }, [view, data, emphasised]);
  return (
    <figure className="compare-strip">
      <figcaption>
        <strong>{side.name}</strong>
        <span className="muted">
          {side.id === 'parent' ? `${parentName}, ` : ''}
          {layerCount(side.layers)} layers{side.kind === 'external' ? ', its own' : ''}
          {data === undefined ? '' : `; ${data.axis.toLowerCase()}`}
        </span>
      </figcaption>
      <div ref={host} className={last ? 'compare-strip-host compare-strip-last' : 'compare-strip-host'} />
    </figure>
  );
}
