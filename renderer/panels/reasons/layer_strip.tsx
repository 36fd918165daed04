/**
 * A strip with one column per parent layer that lines up with the map above it. The layer under the pointer is the one
 * active everywhere; the keyboard walks through layers, and a press opens one.
 */
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useStore } from 'zustand';
import { viewStore } from '../../state/view_store.ts';
import { openInspector } from '../layer_map/inspector_store.ts';
import { layerSpan } from '../layer_map/map_frame.ts';

/** Where layers lie; `x(layers)` is the right end. */
export interface StripFrame {
  readonly left: number;
  readonly right: number;
  x(layer: number): number;
}

interface LayerStripProps {
  readonly name: string;
  readonly layers: number;
  readonly height: number;
  /** What is known of a layer, in words. */
  readonly textOf: (layer: number) => string;
  /** Stands in for the text while no layer is active. */
  readonly hint: string;
  readonly stale: boolean;
  readonly testId: string;
  readonly children: (frame: StripFrame) => ReactNode;
}

export function LayerStrip({ name, layers, height, textOf, hint, stale, testId, children }: LayerStripProps) {
  const host = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const active = useStore(viewStore, (state) => state.activeLayer);
  const [left, right] = layerSpan(width);
  const frame: StripFrame = { left, right, x: (layer) => Math.round(left + (layer / layers) * (right - left)) };
  const layerAt = (clientX: number): number | undefined => {
    const x = clientX - (host.current?.getBoundingClientRect().left ?? 0);
    return x >= left && x < right ? Math.floor(((x - left) / (right - left)) * layers) : undefined;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const here = active ?? 0;
    const target = { ArrowLeft: here - 1, ArrowRight: active === undefined ? 0 : here + 1, PageUp: here - 10, PageDown: here + 10, Home: 0, End: layers - 1 }[event.key];
    if (event.key === 'Enter' && active !== undefined) openInspector(active);
    else if (target !== undefined && !event.altKey && !event.ctrlKey && !event.metaKey) viewStore.setState({ activeLayer: Math.min(layers - 1, Math.max(0, target)) });
    else return;
    event.preventDefault();
  };
  const text = active === undefined ? hint : textOf(active);
  return (
    <div className={stale ? 'strip is-stale' : 'strip'}>
      <div
        ref={host}
        className="strip-host"
        style={{ height }}
        role="slider"
        tabIndex={0}
        aria-label={`${name}; arrow keys move between layers, Enter opens one`}
        aria-valuemin={0}
        aria-valuemax={layers - 1}
        aria-valuenow={active ?? 0}
        aria-valuetext={text}
        onPointerMove={(event) => {
          const layer = layerAt(event.clientX);
          if (layer !== viewStore.getState().activeLayer) viewStore.setState({ activeLayer: layer });
        }}
        onPointerLeave={() => viewStore.setState({ activeLayer: undefined })}
        onFocus={(event) => event.currentTarget.matches(':focus-visible') && active === undefined && viewStore.setState({ activeLayer: 0 })}
        onBlur={() => viewStore.setState({ activeLayer: undefined })}
        onClick={(event) => {
          const layer = layerAt(event.clientX);
          if (layer !== undefined) openInspector(layer);
        }}
        onKeyDown={onKeyDown}
        data-testid={testId}
      >
        {width > 0 && (
          <svg width={width} height={height} aria-hidden="true">
            {children(frame)}
            {active !== undefined && active < layers && (
              <rect className="strip-active" x={frame.x(active) - 1} y={0.5} width={frame.x(active + 1) - frame.x(active) + 1} height={height - 1} rx={2} />
            )}
          </svg>
        )}
      </div>
      <p className={active === undefined ? 'strip-text muted' : 'strip-text'} data-testid={`${testId}-text`}>
        {text}
      </p>
    </div>
  );
}
