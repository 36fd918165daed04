/** How much each layer's decision matters: the regret of its runner-up as a bar, in line with the map. */
import { memo, useMemo } from 'react';
import { linearScale, linearThreshold, spansDecades, symlogScale, type Scale } from '../../state/derived_scale.ts';
import { formatValue } from '../../state/format.ts';
import { LayerStrip, type StripFrame } from './layer_strip.tsx';
import { regretText, type LayerRegret } from './regrets.ts';

interface RegretStripProps {
  readonly regrets: readonly LayerRegret[];
  readonly objective: { readonly label: string; readonly unit: string };
  readonly stale: boolean;
}

const HEIGHT = 104;
const TOP = 6;
const BOTTOM = HEIGHT - 4;

export const RegretStrip = memo(function RegretStrip({ regrets, objective, stale }: RegretStripProps) {
  const scale = useMemo(() => scaleOf(regrets, objective.unit), [regrets, objective.unit]);
  return (
    <LayerStrip
      name="Regret by layer"
      layers={regrets.length}
      height={HEIGHT}
      textOf={(layer) => (regrets[layer] === undefined ? '' : regretText(regrets[layer], objective))}
      hint={hintOf(regrets)}
      stale={stale}
      testId="regret-strip"
    >
      {(frame) => <Bars regrets={regrets} scale={scale} frame={frame} />}
    </LayerStrip>
  );
});

function Bars({ regrets, scale, frame }: { readonly regrets: readonly LayerRegret[]; readonly scale: Scale; readonly frame: StripFrame }) {
  const top = scale.place(scale.largest);
  const y = (value: number): number => Math.round(BOTTOM - (scale.place(value) / top) * (BOTTOM - TOP));
  return (
    <>
      <defs>
        <pattern id="regret-forced" width={5} height={5} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect className="strip-hatch" width={1.4} height={5} />
        </pattern>
      </defs>
      {spaced(scale, y).map((tick) => (
        <g key={tick.value}>
          <path className={tick.value === 0 ? 'strip-base' : 'strip-grid'} d={`M${frame.left} ${y(tick.value) + 0.5}H${frame.right}`} />
          <text className="strip-tick" x={frame.left - 8} y={y(tick.value) + 4}>
            {tick.label}
          </text>
        </g>
      ))}
      {regrets.map((entry) => {
        const x = frame.x(entry.layer);
        const next = frame.x(entry.layer + 1);
        const width = Math.max(1, next - x - (next - x >= 5 ? 1 : 0));
        if (entry.kind === 'unknown') return undefined;
        const old = entry.old ? 'is-old' : '';
        if (entry.kind === 'forced') return <rect key={entry.layer} className={old} x={x} width={width} y={TOP} height={BOTTOM - TOP} fill="url(#regret-forced)" />;
        const height = Math.max(1.5, BOTTOM - y(entry.regret));
        return <rect key={entry.layer} className={`${entry.proven ? 'strip-bar' : 'strip-bar-open'} ${old}`} x={x} width={width} y={BOTTOM - height} height={height} />;
      })}
    </>
  );
}

function hintOf(regrets: readonly LayerRegret[]): string {
  const hollow = regrets.some((entry) => entry.kind === 'known' && !entry.proven) ? ' Hollow: not proven.' : '';
  const hatched = regrets.some((entry) => entry.kind === 'forced') ? ' Hatched: no alternative.' : '';
  return `Taller: matters more.${hollow}${hatched} Press a layer to open it.`;
}

function scaleOf(regrets: readonly LayerRegret[], unit: string): Scale {
  const values = regrets.flatMap((entry) => (entry.kind === 'known' ? [entry.regret] : []));
  const format = (value: number): string => formatValue(value, unit);
  return spansDecades(values) ? symlogScale(values, linearThreshold(values), format) : linearScale(Math.max(0, ...values), format);
}

/** Labels must not touch. */
function spaced(scale: Scale, y: (value: number) => number): Scale['ticks'] {
  let above = Infinity;
  return scale.ticks.filter((tick) => {
    if (tick.value < 0 || above - y(tick.value) < 15) return false;
    above = y(tick.value);
    return true;
  });
}
