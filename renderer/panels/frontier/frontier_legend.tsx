/**
 * What is what on the frontier, and the switches for what can be left out. It stands above the plot, never on data.
 * Pins are named where they are listed.
 */
import type { ReactElement, ReactNode } from 'react';
import { useStore } from 'zustand';
import { BASELINES, type Baseline } from '../../../engine/protocol/problem.ts';
import { BASELINE_NAMES } from '../../state/derived_methods.ts';
import { themeStore } from '../../state/theme_store.ts';
import type { Theme } from '../../theme/theme.ts';
import { Tooltip } from '../../widgets/tooltip.tsx';
import { baselineColour, placedBaseline } from './baseline_marks.ts';
import type { FrontierModel } from './frontier_model.ts';
import { toggleSeries, type Series } from './frontier_view.ts';

export function FrontierLegend({ model }: { readonly model: FrontierModel }) {
  const theme = useStore(themeStore, (state) => state.theme);
  const { line, dominated, infeasible, relaxation, objective, parent } = model;
  const unproven = line.some((point) => !point.proven);
  return (
    <ul className="legend" aria-label="Legend" data-testid="frontier-legend">
      <Entry swatch={<Dot fill={theme.accent} line={theme.accent} />} label="Proven optimal" />
      {line.some((point) => !model.within.has(point.id)) && <Entry swatch={<Dot fill={theme.surface} stroke={theme.accent} line={theme.accent} />} label="Outside the limit" />}
      {unproven && <Entry swatch={<Gap theme={theme} />} label="Not proven" />}
      <Entry swatch={<Hatch theme={theme} />} label="Out of reach" />
      {infeasible.length > 0 && <Entry swatch={<Path d="m2 2 8 8M10 2 2 10" stroke={theme.danger} width={2} />} label="No child" />}
      {parent !== undefined && <Entry swatch={<Path d="m6 .5 1.6 3.7 4 .4-3 2.7.9 4L6 9.2l-3.5 2 .9-4-3-2.6 4-.4z" fill={theme.text} />} label="Parent" />}
      {relaxation.length > 1 && (
        <Toggle
          model={model}
          series="relaxation"
          swatch={<Path d="M0 6h4.5M7.5 6H12" stroke={theme.textMuted} width={1.5} />}
          label="Relaxation bound"
          about={`What mixtures of variants could reach: no child can be ${objective.better === 'lower' ? 'below' : 'above'} it`}
        />
      )}
      {dominated.length > 0 && (
        <Toggle
          model={model}
          series="dominated"
          swatch={<Dot fill={theme.textFaint} radius={2.5} />}
          label={`Dominated (${dominated.length})`}
          about="Optimal at their level, but another child is as good or better in both directions"
        />
      )}
      {BASELINES.filter((method) => model.baselines[method].length > 0).map((method) => (
        <BaselineToggle key={method} model={model} method={method} theme={theme} />
      ))}
    </ul>
  );
}

function BaselineToggle({ model, method, theme }: { readonly model: FrontierModel; readonly method: Baseline; readonly theme: Theme }) {
  const { worse, inside, beyond } = placedBaseline(model, method);
  const off = worse.length + beyond;
  const { name, how } = BASELINE_NAMES[method];
  const colour = baselineColour(theme, method);
  const where = off === 0 ? '' : `\n${off} of ${off + inside.length} are too far off to be shown; “All” fits the axes to them`;
  return (
    <Toggle model={model} series={method} swatch={<BaselineSwatch method={method} colour={colour} />} label={off === 0 ? name : `${name} ↓${off}`} about={`${how}${where}`} />
  );
}

interface EntryProps {
  readonly swatch: ReactNode;
  readonly label: string;
}

export function Entry({ swatch, label }: EntryProps) {
  return (
    <li className="legend-entry">
      {swatch}
      <span className="legend-label">{label}</span>
    </li>
  );
}

function Toggle({ model, series, swatch, label, about }: EntryProps & { readonly model: FrontierModel; readonly series: Series; readonly about: string }) {
  const shown = !model.off.has(series);
  return (
    <li>
      <Tooltip text={about}>
        <button type="button" className="legend-entry legend-toggle" aria-pressed={shown} data-testid={`legend-${series}`} onClick={() => toggleSeries(series)}>
          {swatch}
          <span className="legend-label">{label}</span>
        </button>
      </Tooltip>
    </li>
  );
}

function BaselineSwatch({ method, colour }: { readonly method: Baseline; readonly colour: string }): ReactElement {
  switch (method) {
    case 'greedy':
      return <Path d="m2.5 2.5 7 7M9.5 2.5l-7 7" stroke={colour} width={1.5} />;
    case 'max_params':
      return <Path d="M6 1.5v9M1.5 6h9" stroke={colour} width={1.5} />;
    case 'one_variant':
      return <Path d="M6 1 11 6 6 11 1 6z" stroke={colour} width={1.5} />;
    case 'random':
      return <Path d="M2.5 4h.01M7 2.5h.01M10 6h.01M4.5 9h.01M8.5 10h.01" stroke={colour} width={2.4} />;
    default:
      return method satisfies never;
  }
}

export function Path({ d, stroke = 'none', fill = 'none', width = 1 }: { readonly d: string; readonly stroke?: string; readonly fill?: string; readonly width?: number }) {
  return (
    <svg className="icon" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      <path d={d} stroke={stroke} fill={fill} strokeWidth={width} strokeLinecap="round" />
    </svg>
  );
}

export function Dot({ fill, stroke = fill, radius = 4, line }: { readonly fill: string; readonly stroke?: string; readonly radius?: number; readonly line?: string }) {
  return (
    <svg className="icon" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      {line !== undefined && <path d="M0 6h12" stroke={line} strokeWidth="1.5" opacity="0.6" />}
      <circle cx="6" cy="6" r={radius} fill={fill} stroke={stroke} />
    </svg>
  );
}

function Gap({ theme }: { readonly theme: Theme }) {
  return <Path d="M6 .5v11M4 11.5h4M3.5 3.5h5v5h-5z" stroke={theme.warning} />;
}

export function Hatch({ theme }: { readonly theme: Theme }) {
  return (
    <svg className="icon" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      <path d="M.5.5h11v11H.5z" fill={theme.sunken} stroke={theme.borderStrong} />
      <path d="m1 7 6-6M1 11 11 1M5 11l6-6" stroke={theme.textFaint} strokeWidth="0.8" />
    </svg>
  );
}
