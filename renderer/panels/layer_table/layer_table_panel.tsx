/** The layers of the child on screen as a sortable table, linked to the map. */
import { memo, useEffect, useMemo, useRef, type KeyboardEvent } from 'react';
import { useStore } from 'zustand';
import { mappedColumn } from '../../state/derived_map.ts';
import { layerLabel, shownUnit, type LayerRow } from '../../state/derived_layers.ts';
import { layerTable, type TableColumn } from '../../state/derived_table.ts';
import { documentStore } from '../../state/document_store.ts';
import { engineStore, openLibrary, type OpenLibrary } from '../../state/engine_store.ts';
import { formatValue } from '../../state/format.ts';
import { shownSolution, solveStore } from '../../state/solve_store.ts';
import { viewStore } from '../../state/view_store.ts';
import { Icon } from '../../widgets/icon.tsx';
import { openInspector } from '../layer_map/inspector_store.ts';
import { EmptyState } from '../../widgets/empty_state.tsx';
import '../../widgets/data_table.css';
import './layer_table.css';

export function LayerTablePanel() {
  const library = useStore(engineStore, openLibrary);
  const choices = useStore(solveStore, (state) => shownSolution(state)?.choices);
  return (
    <section className="panel layer-table-panel" aria-label="Layer table" data-testid="layer-table">
      {library === undefined || choices === undefined ? (
        <EmptyState title="No child to list" text="Its layers stand here as soon as the search has an answer." />
      ) : (
        <LayerTableView library={library} choices={choices} />
      )}
    </section>
  );
}

function LayerTableView({ library, choices }: { readonly library: OpenLibrary; readonly choices: readonly number[] }) {
  const sort = useStore(viewStore, (state) => state.sort);
  const onlyChanged = useStore(viewStore, (state) => state.onlyChanged);
  const mapColumn = useStore(viewStore, (state) => state.mapColumn);
  const { columns, rows, of } = useMemo(
    () => layerTable(library, choices, mappedColumn(library.view, mapColumn), { sort, onlyChanged }),
    [library, choices, mapColumn, sort, onlyChanged],
  );
  const body = useRef<HTMLTableSectionElement>(null);
  useFollowActiveLayer(body);
  return (
    <>
      <header className="layer-table-head">
        <label>
          <input
            type="checkbox"
            checked={onlyChanged}
            data-testid="only-changed"
            onChange={(event) => viewStore.setState({ onlyChanged: event.target.checked })}
          />
          Only layers that differ from the parent
        </label>
        <span className="muted" data-testid="layer-count">
          {rows.length === of ? `${of} layers` : `${rows.length} of ${of} layers`}
        </span>
      </header>
      <div className="table-scroll">
        <table className="data-table">
          <caption className="visually-hidden">Layers of the child on screen</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <Heading key={column.key} column={column} />
              ))}
            </tr>
          </thead>
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- its rows take the focus */}
          <tbody
            ref={body}
            onPointerLeave={() => viewStore.setState({ activeLayer: undefined })}
            onKeyDown={moveFocus}
            onBlur={(event) => {
              if (!event.currentTarget.contains(event.relatedTarget)) viewStore.setState({ activeLayer: undefined });
            }}
          >
            {rows.map((row, i) => (
              <Row key={layerLabel(row)} row={row} columns={columns} first={i === 0} />
            ))}
          </tbody>
        </table>
        {rows.length === 0 && <EmptyState title="No layer differs from the parent" />}
      </div>
    </>
  );
}

function Heading({ column }: { readonly column: TableColumn }) {
  const sort = useStore(viewStore, (state) => state.sort);
  const sorted = sort.key === column.key;
  const direction = sorted ? (sort.descending ? 'descending' : 'ascending') : 'none';
  return (
    <th scope="col" aria-label={column.label} aria-sort={direction} className={column.numeric ? 'is-number' : ''} title={column.hint}>
      <button
        type="button"
        data-testid={`sort-${column.key}`}
        onClick={() => viewStore.setState({ sort: { key: column.key, descending: sorted ? !sort.descending : column.numeric && column.key !== 'layer' } })}
      >
        <span className={column.estimated ? 'estimated' : ''}>
          {column.label}
          {shownUnit(column.unit) !== '' && <small> {column.unit}</small>}
        </span>
        <i aria-hidden="true">{sorted ? (sort.descending ? '▾' : '▴') : ''}</i>
      </button>
    </th>
  );
}

interface RowProps {
  readonly row: LayerRow;
  readonly columns: readonly TableColumn[];
  readonly first: boolean;
}

const Row = memo(function Row({ row, columns, first }: RowProps) {
  const active = useStore(viewStore, ({ activeLayer }) => activeLayer !== undefined && row.firstLayer <= activeLayer && activeLayer <= row.lastLayer);
  const held = useStore(documentStore, ({ document }) => {
    const covers = ({ layer }: { readonly layer?: number | undefined }): boolean => layer !== undefined && row.firstLayer <= layer && layer <= row.lastLayer;
    return document.locks.some(covers) ? 'lock' : document.bans.some(covers) ? 'ban' : undefined;
  });
  const activate = (): void => viewStore.setState({ activeLayer: row.firstLayer });
  return (
    <tr
      tabIndex={first ? 0 : -1}
      data-layer={row.firstLayer}
      data-testid={`layer-row-${row.firstLayer}`}
      className={`${active ? 'is-active' : ''} ${row.changed ? 'is-changed' : ''}`}
      onPointerEnter={activate}
      onFocus={activate}
      onClick={() => openInspector(row.firstLayer)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter') return;
        event.preventDefault();
        openInspector(row.firstLayer);
      }}
    >
      {columns.map((column) => {
        const value = column.value(row);
        return (
          <td key={column.key} className={`${column.numeric ? 'is-number' : ''} ${column.estimated ? 'estimated' : ''}`}>
            {column.key === 'layer' && held !== undefined && (
              <span className="layer-held" title={held === 'lock' ? 'locked' : 'with banned variants'}>
                <Icon name={held} size={12} />
              </span>
            )}
            {column.key === 'vs_parent' ? <AgainstParent percent={Number(value)} /> : typeof value === 'number' ? formatValue(value, column.unit) : value}
          </td>
        );
      })}
    </tr>
  );
});

/** The change and, behind it, a bar of what is left of the parent's. */
function AgainstParent({ percent }: { readonly percent: number }) {
  const left = Math.min(100, Math.max(0, 100 + percent));
  return (
    <span className="against-parent">
      <i aria-hidden="true">
        <b style={{ width: `${left}%` }} />
      </i>
      <span>{percent === 0 ? '±0' : `${percent > 0 ? '+' : '−'}${Math.abs(percent).toFixed(1)}`}</span>
    </span>
  );
}

/** Scrolls to the layer that is active elsewhere, never while the pointer or the focus is in the table itself. */
function useFollowActiveLayer(body: React.RefObject<HTMLTableSectionElement | null>): void {
  useEffect(
    () =>
      viewStore.subscribe(({ activeLayer }, previous) => {
        const table = body.current;
        if (table === null || activeLayer === undefined || activeLayer === previous.activeLayer) return;
        if (table.matches(':hover') || table.contains(document.activeElement)) return;
        table.querySelector(`[data-layer="${activeLayer}"]`)?.scrollIntoView({ block: 'nearest' });
      }),
    [body],
  );
}

function moveFocus(event: KeyboardEvent<HTMLTableSectionElement>): void {
  const rows = [...event.currentTarget.rows];
  const at = rows.findIndex((row) => row === document.activeElement);
  const targets: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1, PageDown: at + 10, PageUp: at - 10 };
  const target = targets[event.key];
  if (at < 0 || target === undefined) return;
  event.preventDefault();
  rows[Math.min(rows.length - 1, Math.max(0, target))].focus();
}
