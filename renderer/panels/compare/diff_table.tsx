/** Layers of two children beside each other, linked to the maps. */
import { useStore } from 'zustand';
import type { DiffRow, SideLayer } from '../../state/derived_diff.ts';
import { attentionText, ffnText, layerColumns, layerLabel, shownUnit } from '../../state/derived_layers.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { formatDelta } from '../../state/format.ts';
import { viewStore } from '../../state/view_store.ts';

interface DiffTableProps {
  readonly rows: readonly DiffRow[];
  readonly library: OpenLibrary;
  readonly nameA: string;
  readonly nameB: string;
}

export function DiffTable({ rows, library, nameA, nameB }: DiffTableProps) {
  const activeLayer = useStore(viewStore, (state) => state.activeLayer);
  const known = rows.every(({ a, b }) => a?.values !== undefined && b?.values !== undefined);
  const columns = known ? layerColumns(library.view) : [];
  const activate = (layer: number | undefined): void => viewStore.setState({ activeLayer: layer });
  return (
    <table className="data-table" data-testid="compare-rows">
      <caption className="visually-hidden">
        Layers of {nameA} and {nameB}; changes are from the first to the second
      </caption>
      <thead>
        <tr>
          <th scope="col" className="is-number">
            Layer
          </th>
          <th scope="col">Attention</th>
          <th scope="col">FFN</th>
          {columns.map((column) => (
            <th key={column.id} scope="col" className="is-number">
              Δ {column.label} {shownUnit(column.unit) !== '' && <small>{column.unit}</small>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody onPointerLeave={() => activate(undefined)}>
        {rows.map((row) => (
          <tr
            key={layerLabel(row)}
            className={activeLayer !== undefined && row.firstLayer <= activeLayer && activeLayer <= row.lastLayer ? 'is-active' : ''}
            onPointerEnter={() => activate(row.firstLayer)}
          >
            <td className="is-number">{layerLabel(row)}</td>
            <td>
              <Change a={row.a} b={row.b} differs={row.attentionDiffers} text={(side) => attentionText(side.block)} />
            </td>
            <td>
              <Change a={row.a} b={row.b} differs={row.ffnDiffers} text={(side) => ffnText(side.block)} />
            </td>
            {columns.map((column) => {
              const index = library.view.header.columns.indexOf(column);
              const delta = (row.b?.values?.[index] ?? 0) - (row.a?.values?.[index] ?? 0);
              const meaning = delta === 0 ? 'same' : delta > 0 === (column.better === 'higher') ? 'better' : 'worse';
              return (
                <td key={column.id} className={`is-number is-${meaning} ${column.provenance.kind === 'estimated' ? 'estimated' : ''}`}>
                  {formatDelta(delta, column.unit)}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface ChangeProps {
  readonly a: SideLayer | undefined;
  readonly b: SideLayer | undefined;
  readonly differs: boolean;
  readonly text: (side: SideLayer) => string;
}

function Change({ a, b, differs, text }: ChangeProps) {
  const from = a === undefined ? 'part of another block' : text(a);
  const to = b === undefined ? 'part of another block' : text(b);
  if (!differs) return <span className="muted">{from}</span>;
  return (
    <>
      <span className="muted">{from}</span> <span aria-label="becomes">→</span> <strong>{to}</strong>
    </>
  );
}
