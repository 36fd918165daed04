/**
 * One architecture's layers as stacked bars of their kernels' times. A child with the parent's layers lines up with the
 * map above and shares its active layer.
 */
import { memo, useMemo, useState, type KeyboardEvent } from 'react';
import { useStore } from 'zustand';
import type { LayerCost } from '../../../engine/protocol/cost.ts';
import { linearScale } from '../../state/derived_scale.ts';
import { formatValue } from '../../state/format.ts';
import { viewStore } from '../../state/view_store.ts';
import { FloatingCard } from '../../widgets/floating_card.tsx';
import { layerSpan } from '../layer_map/map_frame.ts';
import { figureText } from './figures.ts';
import { KERNEL_PARTS, kernelRows, layerParts } from './kernel_parts.ts';
import { useWidth } from './use_width.ts';

interface KernelStripProps {
  readonly name: string;
  readonly layers: readonly LayerCost[];
  /** Its layers are the parent's, so that a layer means the same everywhere. */
  readonly linked: boolean;
  readonly stages: number;
}

const HEIGHT = 190;
const TOP = 8;
const BOTTOM = HEIGHT - 34;

export function KernelStrip({ name, layers, linked, stages }: KernelStripProps) {
  const { element, width } = useWidth();
  const [own, setOwn] = useState<number>();
  const [here, setHere] = useState(false);
  const everywhere = useStore(viewStore, (state) => state.activeLayer);
  const active = linked ? everywhere : own;
  const activate = (layer: number | undefined): void => (linked ? viewStore.setState({ activeLayer: layer }) : setOwn(layer));
  const [left, right] = layerSpan(width);
  const x = (layer: number): number => Math.round(left + (layer / layers.length) * (right - left));
  const layerAt = (clientX: number): number | undefined => {
    const at = clientX - (element.current?.getBoundingClientRect().left ?? 0);
    return at >= left && at < right ? Math.floor(((at - left) / (right - left)) * layers.length) : undefined;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const last = layers.length - 1;
    const from = active ?? -1;
    const target = { ArrowLeft: from - 1, ArrowRight: from + 1, PageUp: from - 10, PageDown: from + 10, Home: 0, End: last }[event.key];
    if (event.key === 'Escape') return activate(undefined);
    if (target === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    setHere(true);
    activate(Math.min(last, Math.max(0, target)));
  };
  const layer = active === undefined ? undefined : layers[active];
  return (
    <div
      ref={element}
      className="kernel-strip"
      style={{ height: HEIGHT }}
      role="slider"
      tabIndex={0}
      aria-label={`Time by kernel and layer of ${name}; arrow keys move between layers`}
      aria-valuemin={0}
      aria-valuemax={layers.length - 1}
      aria-valuenow={active ?? 0}
      aria-valuetext={layer === undefined ? 'no layer' : layerText(layer)}
      onPointerMove={(event) => {
        setHere(true);
        const at = layerAt(event.clientX);
        if (at !== active) activate(at);
      }}
      onPointerLeave={() => {
        setHere(false);
        activate(undefined);
      }}
      onBlur={() => {
        setHere(false);
        activate(undefined);
      }}
      onKeyDown={onKeyDown}
      data-testid="serving-kernels"
    >
      {width > 0 && (
        <svg width={width} height={HEIGHT} aria-hidden="true">
          <Bars layers={layers} left={left} right={right} stages={stages} />
          {active !== undefined && active < layers.length && <rect className="kernel-active" x={x(active) - 1} y={TOP - 3} width={x(active + 1) - x(active) + 1} height={BOTTOM - TOP + 6} rx={2} />}
        </svg>
      )}
      {here && layer !== undefined && active !== undefined && (
        <FloatingCard anchor={{ left: x(active), right: x(active + 1), top: 0 }}>
          <KernelCard layer={layer} />
        </FloatingCard>
      )}
    </div>
  );
}

const Bars = memo(function Bars({ layers, left, right, stages }: { readonly layers: readonly LayerCost[]; readonly left: number; readonly right: number; readonly stages: number }) {
  const parts = useMemo(() => layers.map(layerParts), [layers]);
  const scale = useMemo(() => linearScale(Math.max(0, ...parts.map((part) => Object.values(part).reduce((sum, value) => sum + value, 0))), (value) => formatValue(value, 'µs')), [parts]);
  const x = (layer: number): number => Math.round(left + (layer / layers.length) * (right - left));
  const y = (value: number): number => BOTTOM - (value / scale.largest) * (BOTTOM - TOP);
  const step = [1, 2, 5, 10, 20, 50].find((candidate) => (candidate * (right - left)) / layers.length >= 34) ?? 100;
  return (
    <>
      {scale.ticks.map((tick) => (
        <g key={tick.value}>
          <path className={tick.value === 0 ? 'kernel-base' : 'kernel-grid'} d={`M${left} ${Math.round(y(tick.value)) + 0.5}H${right}`} />
          <text className="kernel-tick" x={left - 8} y={y(tick.value) + 4}>
            {tick.label}
          </text>
        </g>
      ))}
      <text className="kernel-axis" transform={`translate(11 ${(TOP + BOTTOM) / 2}) rotate(-90)`}>
        Kernels, µs
      </text>
      {parts.map((part, layer) => {
        let from = 0;
        const next = x(layer + 1);
        const width = Math.max(1, next - x(layer) - (next - x(layer) >= 5 ? 1 : 0));
        return KERNEL_PARTS.map(({ id }) => {
          const top = y(from + part[id]);
          const height = y(from) - top;
          from += part[id];
          return height > 0 && <rect key={`${layers[layer].layer} ${id}`} className={`kernel-bar stack-${id}`} x={x(layer)} width={width} y={top} height={height} />;
        });
      })}
      {stages > 1 && layers.slice(1).map((layer, index) => layer.stage !== layers[index].stage && <path key={layer.layer} className="kernel-stage" d={`M${x(index + 1) - 0.5} ${TOP - 4}V${BOTTOM + 4}`} />)}
      {layers.map((_, layer) => layer % step === 0 && (
        <text key={layers[layer].layer} className="kernel-layer" x={(x(layer) + x(layer + 1)) / 2} y={BOTTOM + 14}>
          {layer}
        </text>
      ))}
      <text className="kernel-layer" x={(left + right) / 2} y={BOTTOM + 29}>
        Layer{stages > 1 ? '; dashed lines part the stages' : ''}
      </text>
    </>
  );
});

function layerText({ layer, variant, attention_us: attention, ffn_us: ffn }: LayerCost): string {
  return `layer ${layer}, ${variant}: ${figureText(attention + ffn)} microseconds`;
}

function KernelCard({ layer }: { readonly layer: LayerCost }) {
  return (
    <div className="card" role="status">
      <header>
        <strong>Layer {layer.layer}</strong>
        <span className="muted">{layer.variant}</span>
      </header>
      <table>
        <tbody>
          {kernelRows(layer).map(({ name, part, microseconds, times }) => (
            <tr key={name}>
              <th scope="row">
                <span className={`stack-key stack-${part}`} aria-hidden="true" /> {name}
                {times > 1 && ` × ${times}`}
              </th>
              <td>{figureText(microseconds)} µs</td>
            </tr>
          ))}
          <tr className="card-total">
            <th scope="row">Attention half, FFN half</th>
            <td>
              {figureText(layer.attention_us)}, {figureText(layer.ffn_us)} µs
            </td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}
