/** The maps of the released model and of both children, one above the other on one scale, with what agrees marked. */
import { useCallback, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { Column } from '../../../engine/protocol/library.ts';
import type { ReferenceComparison } from '../../../engine/protocol/reference.ts';
import { layerColumns } from '../../state/derived_layers.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { formatCount, formatPercent, formatValue } from '../../state/format.ts';
import { layerAgreement } from '../../state/reference_layers.ts';
import { referenceMaps, type SideMap } from '../../state/reference_maps.ts';
import { viewStore } from '../../state/view_store.ts';
import { FloatingCard } from '../../widgets/floating_card.tsx';
import { Select } from '../../widgets/select.tsx';
import { useLayerMap, type LayerMapMount } from '../layer_map/use_layer_map.ts';
import { AgreementStrip } from './agreement_strip.tsx';
import { ComparedLayer } from './compared_layer.tsx';
import '../layer_map/layer_map.css';

interface Shown {
  readonly side: string;
  readonly layer: number;
  readonly by: 'pointer' | 'focus';
}

export function ReferenceMaps({ comparison, library }: { readonly comparison: ReferenceComparison; readonly library: OpenLibrary }) {
  const [chosen, setChosen] = useState<string>();
  const { column, maps } = useMemo(() => referenceMaps(comparison, library, chosen), [comparison, library, chosen]);
  const [shown, setShown] = useState<Shown>();
  const onLayer = useCallback((side: string, layer: number | undefined, by: Shown['by']) => {
    viewStore.setState({ activeLayer: layer });
    setShown((before) => (layer !== undefined ? { side, layer, by } : before?.by === by ? undefined : before));
  }, []);
  return (
    <section className="reference-maps" aria-label="Layers">
      <header>
        <h3>Layer by layer</h3>
        {column !== undefined && (
          <Select
            label="Map"
            hideLabel
            value={column.id}
            options={layerColumns(library.view).map(({ id, label }) => ({ value: id, label }))}
            onChange={setChosen}
            testId="reference-column"
          />
        )}
        <AgreementLegend released={comparison.released.name} />
      </header>
      {maps.map((map, index) => (
        <MapFigure key={map.side.id} map={map} comparison={comparison} first={index === 0} last={index === maps.length - 1} onLayer={onLayer}>
          {shown?.side === map.side.id ? <ComparedLayer layer={shown.layer} mapped={column?.id} comparison={comparison} library={library} /> : undefined}
        </MapFigure>
      ))}
      <p className="reference-note">{noteOf(comparison, column)}</p>
    </section>
  );
}

function noteOf({ released }: ReferenceComparison, column: Column | undefined): string {
  if (column?.role === 'score') return `Quality lost by each layer alone (${column.provenance.kind}), on one scale; a layer without a bar is the parent’s own.`;
  if (column?.id !== 'runtime_ms') return 'A column is a parent layer; the two rows below it say what its sub-blocks are.';
  return `Predicted time of one sequence in each layer while ${released.report.batch} are under way; the line is the parent’s, which one H100 could not hold at that batch. Saved counts the layers alone.`;
}

interface MapFigureProps {
  readonly map: SideMap;
  readonly comparison: ReferenceComparison;
  /** It carries the legend. */
  readonly first: boolean;
  /** It carries the horizontal axis. */
  readonly last: boolean;
  readonly onLayer: (side: string, layer: number | undefined, by: Shown['by']) => void;
  /** Card about the layer under the pointer or the focus. */
  readonly children: ReactNode;
}

function MapFigure({ map: { side, data, saved }, comparison, first, last, onLayer, children }: MapFigureProps) {
  const { host, view } = useLayerMap({
    name: `${side.name} by layer; arrow keys move between layers`,
    legend: first,
    layerAxis: last,
    testId: `reference-${side.id}-layer`,
    onLayer: (layer, by) => onLayer(side.id, layer, by),
  });
  useEffect(() => view?.set(data), [view, data]);
  const agreement = useMemo(
    () => (side.answer === undefined ? undefined : layerAgreement(side.model.architecture, comparison.released.architecture)),
    [side, comparison],
  );
  return (
    <figure className="reference-map" data-testid={`reference-map-${side.id}`}>
      <figcaption>
        <strong>{side.name}</strong>
        <span className="muted">
          {formatCount(side.model.num_params)} parameters, <span className="estimated">KL {formatValue(side.model.kl_div, '')}</span>,{' '}
          <span className="estimated">{Math.round(side.model.output_tok_s).toLocaleString('en-US')} tok/s</span>
        </span>
        {saved !== undefined && saved > 0 && <span className="layer-map-saved">{formatPercent(saved)} saved</span>}
      </figcaption>
      {agreement !== undefined && (
        <AgreementStrip agreement={agreement} name={`${side.name} against ${comparison.released.name}`} testId={`reference-agreement-${side.id}`} onLayer={(layer) => onLayer(side.id, layer, 'pointer')} />
      )}
      <div ref={host} className={`reference-map-host ${first ? 'reference-map-first' : ''} ${last ? 'reference-map-last' : ''}`}>
        {children !== undefined && <Card view={view}>{children}</Card>}
      </div>
    </figure>
  );
}

/** Beside the active layer. */
function Card({ view, children }: { readonly view: LayerMapMount['view']; readonly children: ReactNode }) {
  const layer = viewStore.getState().activeLayer;
  const box = layer === undefined ? undefined : view?.boxOf(layer);
  return box === undefined ? undefined : <FloatingCard anchor={box}>{children}</FloatingCard>;
}

function AgreementLegend({ released }: { readonly released: string }) {
  return (
    <p className="reference-legend muted">
      As in {released}:
      {(
        [
          ['block', 'same block'],
          ['attention', 'same attention'],
          ['ffn', 'same FFN'],
        ] as const
      ).map(([kind, label]) => (
        <span key={kind}>
          <i className={`agreement-key agreement-key-${kind}`} aria-hidden="true" /> {label}
        </span>
      ))}
    </p>
  );
}
