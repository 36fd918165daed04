/** The child that is distilled, layer by layer: what each of its blocks is, and how long it takes here beside the parent's. */
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { attentionText, ffnText } from '../../state/derived_layers.ts';
import type { MapBar } from '../../state/derived_map.ts';
import { formatPercent } from '../../state/format.ts';
import { childDrawing, type ChildDrawing } from '../../state/train_child.ts';
import { figureText } from '../../state/train_numbers.ts';
import { runStore } from '../../state/train_run_store.ts';
import { reportOf } from '../../state/train_tables.ts';
import { viewStore } from '../../state/view_store.ts';
import { FloatingCard } from '../../widgets/floating_card.tsx';
import { useLayerMap } from '../layer_map/use_layer_map.ts';
import '../layer_map/layer_map.css';
import './child_map.css';

/** Nothing before the search found it, or where its blocks were not timed. */
export function ChildMap() {
  const plan = useStore(runStore, ({ view }) => view?.plan);
  const limits = useStore(runStore, ({ results }) => reportOf(results)?.limits);
  const times = useStore(runStore, ({ results }) => results?.times);
  const drawing = useMemo(() => {
    const choices = plan === undefined ? undefined : limits?.[plan.chosen_limit]?.child.choices;
    const parent = plan?.parent.kind === 'train' ? plan.parent.architecture.blocks : undefined;
    return choices === undefined || choices.length === 0 || times === undefined ? undefined : childDrawing(choices, times, parent);
  }, [plan, limits, times]);
  return drawing === undefined ? undefined : <Drawing drawing={drawing} />;
}

function Drawing({ drawing: { data, changed, saving } }: { readonly drawing: ChildDrawing }) {
  const [active, setActive] = useState<{ readonly layer: number; readonly by: 'pointer' | 'focus' }>();
  const onLayer = useCallback((layer: number | undefined, by: 'pointer' | 'focus') => {
    viewStore.setState({ activeLayer: layer });
    setActive((before) => (layer !== undefined ? { layer, by } : before?.by === by ? undefined : before));
  }, []);
  // Its layers are not those of the Explorer's map.
  useEffect(() => () => viewStore.setState({ activeLayer: undefined }), []);
  const { host, view } = useLayerMap({ name: 'The child by layer; arrow keys move between layers', legend: true, layerAxis: true, testId: 'child-map-layer', onLayer });
  useEffect(() => view?.set(data), [view, data]);
  const bar = active === undefined ? undefined : data.bars.find(({ firstLayer, lastLayer }) => firstLayer <= active.layer && active.layer <= lastLayer);
  const box = bar === undefined ? undefined : view?.boxOf(bar.firstLayer);
  return (
    <figure className="child-map" data-testid="child-map" data-changed={changed}>
      <figcaption>
        <strong>Layer by layer</strong>
        {saving !== undefined && saving.fraction > 0 && <span className="layer-map-saved">{formatPercent(saving.fraction)} saved</span>}
        <span className="muted">
          {changed !== undefined && `${changed} of ${data.layers} layers changed; `}
          {saving === undefined ? 'runtime measured here' : `${figureText(saving.total)} of the parent’s ${figureText(saving.parent)} ms, summed over blocks timed here`}
        </span>
      </figcaption>
      <div ref={host} className="child-map-host">
        {bar !== undefined && box !== undefined && (
          <FloatingCard anchor={box}>
            <LayerCard bar={bar} />
          </FloatingCard>
        )}
      </div>
    </figure>
  );
}

function LayerCard({ bar: { firstLayer, lastLayer, block, changed, attention, ffn, parent } }: { readonly bar: MapBar }) {
  const span = lastLayer - firstLayer + 1;
  return (
    <div className="card">
      <header>
        <strong>{span === 1 ? `Layer ${firstLayer}` : `Layers ${firstLayer}–${lastLayer}`}</strong>
        {parent !== undefined && <span className={changed ? 'card-note' : 'muted'}>{changed ? `parent ${figureText(parent * span)} ms` : 'as in the parent'}</span>}
      </header>
      <dl>
        <dt>
          <i className="swatch swatch-attention" /> Attention
        </dt>
        <dd>
          {attentionText(block)}, {figureText(attention * span)} ms
        </dd>
        <dt>
          <i className="swatch swatch-ffn" /> FFN
        </dt>
        <dd>
          {ffnText(block)}, {figureText(ffn * span)} ms
        </dd>
      </dl>
    </div>
  );
}
