/** What is known of one layer: its block, its costs and score beside the parent's, and where the numbers come from. */
import { useStore } from 'zustand';
import type { Column } from '../../../engine/protocol/library.ts';
import { attentionText, ffnText, layerLabel, shownUnit, type LayerRow } from '../../state/derived_layers.ts';
import { scoreColumns } from '../../state/columns.ts';
import { decidingColumns } from '../../state/derived_variants.ts';
import { documentStore } from '../../state/document_store.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { viewStore } from '../../state/view_store.ts';
import { formatDelta, formatPercent, formatValue } from '../../state/format.ts';

interface LayerCardProps {
  readonly library: OpenLibrary;
  readonly row: LayerRow;
}

export function LayerCard({ library: { view }, row }: LayerCardProps) {
  const limits = useStore(documentStore, (state) => state.document.limits);
  const mapped = useStore(viewStore, (state) => state.mapColumn);
  const deciding = decidingColumns(view, '', limits.filter((limit) => limit.enabled), mapped);
  const columns = [...new Set([...scoreColumns(view), ...deciding])];
  const parentVariant = view.header.parent.variants[row.firstLayer];
  const sources = new Set(columns.map((column) => `${column.provenance.kind}: ${column.provenance.source}`));
  return (
    <div className="card">
      <header>
        <strong>Layer {layerLabel(row)}</strong>
        <span className={row.changed ? 'card-note' : 'muted'}>{row.changed ? `parent: ${parentVariant}` : 'as in the parent'}</span>
      </header>
      <dl>
        <dt>
          <i className="swatch swatch-attention" /> Attention
        </dt>
        <dd>{attentionText(row.block)}</dd>
        <dt>
          <i className="swatch swatch-ffn" /> FFN
        </dt>
        <dd>{ffnText(row.block)}</dd>
      </dl>
      <table>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">Quantity</span>
            </th>
            <th scope="col">Layer</th>
            <th scope="col">Parent</th>
            <th scope="col">Change</th>
          </tr>
        </thead>
        <tbody>
          {columns.map((column) => (
            <CostRow key={column.id} column={column} index={view.header.columns.indexOf(column)} row={row} />
          ))}
        </tbody>
      </table>
      <footer>
        {[...sources].slice(0, 2).map((source) => (
          <span key={source}>{source}</span>
        ))}
      </footer>
    </div>
  );
}

function CostRow({ column, index, row }: { readonly column: Column; readonly index: number; readonly row: LayerRow }) {
  const value = row.values[index];
  const parent = row.parentValues[index];
  const delta = value - parent;
  const better = delta === 0 ? '' : delta > 0 === (column.better === 'higher') ? 'is-better' : 'is-worse';
  const estimated = column.provenance.kind === 'estimated' ? 'estimated' : '';
  return (
    <tr>
      <th scope="row">
        {column.label}
        {shownUnit(column.unit) !== '' && <small> {column.unit}</small>}
      </th>
      <td className={estimated}>{formatValue(value, column.unit)}</td>
      <td className={estimated}>{formatValue(parent, column.unit)}</td>
      <td className={better}>
        {column.role === 'score' || parent === 0 ? formatDelta(delta, column.unit) : delta === 0 ? '±0' : `${delta > 0 ? '+' : '−'}${formatPercent(Math.abs(delta / parent), 0)}`}
      </td>
    </tr>
  );
}
