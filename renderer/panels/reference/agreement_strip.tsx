/**
 * Where a child is as the released model, in line with the map above: the upper half of a layer's mark stands for the
 * same attention, the lower half for the same FFN, the whole for the same block. Halves differ in place as in colour.
 */
import { useEffect, useRef, useState } from 'react';
import { layerRanges, type LayerAgreement } from '../../state/reference_layers.ts';
import { layerSpan } from '../layer_map/map_frame.ts';

interface AgreementStripProps {
  readonly agreement: readonly LayerAgreement[];
  readonly name: string;
  readonly testId: string;
  readonly onLayer: (layer: number | undefined) => void;
}

const HALF = 6;
const HEIGHT = 2 * HALF + 1;

export function AgreementStrip({ agreement, name, testId, onLayer }: AgreementStripProps) {
  const host = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const [left, right] = layerSpan(width);
  const x = (layer: number): number => Math.round(left + (layer / agreement.length) * (right - left));
  const same = agreement.flatMap((kind, layer) => (kind === 'block' ? [layer] : []));
  return (
    <div
      ref={host}
      className="agreement-strip"
      style={{ height: HEIGHT }}
      role="img"
      aria-label={`${name}: the same block in ${same.length} of ${agreement.length} layers: ${layerRanges(same)}`}
      data-testid={testId}
      data-same={same.length}
      onPointerMove={(event) => {
        const at = event.clientX - event.currentTarget.getBoundingClientRect().left;
        onLayer(at >= left && at < right ? Math.floor(((at - left) / (right - left)) * agreement.length) : undefined);
      }}
      onPointerLeave={() => onLayer(undefined)}
    >
      {width > 0 && (
        <svg width={width} height={HEIGHT} aria-hidden="true">
          <text className="agreement-name" x={left - 8} y={HEIGHT - 3}>
            same
          </text>
          <rect className="agreement-ground" x={left} width={right - left} height={HEIGHT} />
          {agreement.map((kind, layer) => {
            if (kind === 'none') return undefined;
            const from = x(layer);
            const gap = x(layer + 1) - from >= 5 ? 1 : 0;
            return (
              <rect
                // oxlint-disable-next-line react/no-array-index-key -- the place is the layer
                key={layer}
                className={`agreement-${kind}`}
                x={from}
                y={kind === 'ffn' ? HALF + 1 : 0}
                width={Math.max(1, x(layer + 1) - from - gap)}
                height={kind === 'block' ? HEIGHT : HALF}
              />
            );
          })}
        </svg>
      )}
    </div>
  );
}
