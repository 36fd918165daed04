/** The variants of one layer as rows: one is selected, the arrow keys move the selection. */
import { useEffect, useMemo, useRef } from 'react';
import { useStore } from 'zustand';
import { attentionText, ffnText, layerLabel, shownUnit } from '../../state/derived_layers.ts';
import type { ObjectiveScale } from '../../state/derived_objective.ts';
import { decidingColumns, type VariantRow } from '../../state/derived_variants.ts';
import { documentStore } from '../../state/document_store.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { formatValue } from '../../state/format.ts';
import { viewStore } from '../../state/view_store.ts';
import { Icon } from '../../widgets/icon.tsx';
import { inspectorStore } from './inspector_store.ts';

interface VariantTableProps {
  readonly library: OpenLibrary;
  readonly layer: number;
  readonly rows: readonly VariantRow[];
  readonly selected: VariantRow;
  readonly objective: ObjectiveScale;
  readonly objectiveText: string;
}

export function VariantTable({ library: { view }, layer, rows, selected, objective, objectiveText }: VariantTableProps) {
  const limits = useStore(documentStore, (state) => state.document.limits);
  const mapped = useStore(viewStore, (state) => state.mapColumn);
  const columns = useMemo(() => decidingColumns(view, objectiveText, limits.filter((limit) => limit.enabled), mapped), [view, objectiveText, limits, mapped]);
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const row = scroller.current?.querySelector<HTMLElement>(`[data-choice="${selected.choice}"]`);
    row?.scrollIntoView({ block: 'nearest' });
    if (scroller.current?.contains(document.activeElement)) row?.focus({ preventScroll: true });
  }, [selected.choice]);
  return (
    <div className="inspector-scroll" ref={scroller}>
      <table aria-label={`Variants of layer ${layer}`}>
        <thead>
          <tr>
            <th scope="col">Attention</th>
            <th scope="col">FFN</th>
            <th scope="col" className="is-number" title={objective.provenance}>
              <span className={objective.estimated ? 'estimated' : ''}>{objective.label}</span>
              {shownUnit(objective.unit) !== '' && <small> {objective.unit}</small>}
            </th>
            {columns.map((column) => (
              <th key={column.id} scope="col" className="is-number" title={`${column.provenance.kind}: ${column.provenance.source}`}>
                <span className={column.provenance.kind === 'estimated' ? 'estimated' : ''}>{column.label}</span>
                {shownUnit(column.unit) !== '' && <small> {column.unit}</small>}
              </th>
            ))}
            <th scope="col">
              <span className="visually-hidden">State</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={row.choice}
              tabIndex={row === selected ? 0 : -1}
              aria-current={row === selected}
              data-choice={row.choice}
              data-testid={`variant-${row.variant}`}
              data-chosen={row.chosen}
              className={row.banned === 'no' ? '' : 'is-banned'}
              onClick={() => inspectorStore.setState({ selected: row.choice })}
              onFocus={() => inspectorStore.setState({ selected: row.choice })}
            >
              <th scope="row">
                {attentionText(row.block)}
                {row.firstLayer !== row.lastLayer && <small> layers {layerLabel(row)}</small>}
              </th>
              <td>{ffnText(row.block)}</td>
              <td className="is-number">{formatValue(row.score, objective.unit)}</td>
              {columns.map((column) => (
                <td key={column.id} className="is-number">
                  {formatValue(row.values[view.header.columns.indexOf(column)], column.unit)}
                </td>
              ))}
              <td className="inspector-state">
                <StateMark row={row} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function StateMark({ row }: { readonly row: VariantRow }) {
  const words = [
    row.chosen ? 'chosen' : undefined,
    row.parent ? 'parent' : undefined,
    row.banned === 'no' ? undefined : row.banned === 'here' ? 'banned here' : 'banned',
  ].filter((word) => word !== undefined);
  return (
    <>
      {row.locked && <Icon name="lock" size={12} />}
      {row.banned !== 'no' && <Icon name="ban" size={12} />}
      <span className={row.chosen ? 'is-chosen' : ''}>{words.join(', ')}</span>
      {row.locked && <span className="visually-hidden">locked</span>}
    </>
  );
}
