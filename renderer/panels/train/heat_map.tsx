/** A map of layers by variants with its legend and the card of the cell under the pointer or the keyboard. */
import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { useStore } from 'zustand';
import { themeStore } from '../../state/theme_store.ts';
import type { HeatCell, HeatData, HeatRow } from '../../state/train_cells.ts';
import { figureText, tickText } from '../../state/train_numbers.ts';
import type { ToneScale } from '../../state/train_tones.ts';
import { FloatingCard } from '../../widgets/floating_card.tsx';
import { HeatMapView, type HeatPlace } from './heat_map_view.ts';
import { toneGradient } from './heat_tones.ts';
import './heat.css';

interface HeatMapProps {
  readonly data: HeatData;
  readonly scale: ToneScale;
  /** What the map is of, for assistive technology. */
  readonly name: string;
  /** Such as `normalised MSE`. */
  readonly measure: string;
  readonly selected: HeatPlace | undefined;
  readonly onSelect: (place: HeatPlace) => void;
  readonly renderCard: (cell: HeatCell, row: HeatRow) => ReactNode;
  readonly testId: string;
}

export function HeatMap({ data, scale, name, measure, selected, onSelect, renderCard, testId }: HeatMapProps) {
  const host = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<HeatMapView>();
  const [active, setActive] = useState<{ readonly place: HeatPlace; readonly by: 'pointer' | 'focus' }>();
  const choose = useRef(onSelect);
  useEffect(() => {
    choose.current = onSelect;
  });
  useLayoutEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const created = new HeatMapView({
      theme: themeStore.getState().theme,
      name: `${name}; arrow keys move between cells, Enter chooses one`,
      measure,
      testId,
      onActive: (place, by) => setActive((before) => (place === undefined ? (before?.by === by ? undefined : before) : samePlace(before?.place, place) && before?.by === by ? before : { place, by })),
      onChoose: (place) => choose.current(place),
    });
    element.prepend(created.element);
    created.resize(element.clientWidth);
    const resize = new ResizeObserver(() => created.resize(element.clientWidth));
    resize.observe(element);
    const stop = themeStore.subscribe((state) => created.setTheme(state.theme));
    setView(created);
    return () => {
      resize.disconnect();
      stop();
      created.dispose();
    };
  }, [name, measure, testId]);
  useLayoutEffect(() => view?.set(data, scale), [view, data, scale]);
  useLayoutEffect(() => view?.select(selected), [view, selected]);
  const box = active === undefined ? undefined : view?.boxOf(active.place);
  const cell = active === undefined ? undefined : data.cells.find((one) => samePlace(one, active.place));
  const row = data.rows.find(({ id }) => id === active?.place.row);
  return (
    <div className="heat" data-testid={testId}>
      <div className="heat-host" ref={host}>
        {box !== undefined && cell !== undefined && row !== undefined && (
          <FloatingCard anchor={box}>
            <div className="card">{renderCard(cell, row)}</div>
          </FloatingCard>
        )}
      </div>
      <HeatLegend scale={scale} measure={measure} states={new Set(data.cells.map(({ state }) => state))} />
    </div>
  );
}

const KEYS = [
  { state: 'waiting', label: 'waiting' },
  { state: 'running', label: 'under way' },
  { state: 'own', label: 'parent’s own' },
  { state: 'absent', label: 'left out' },
] as const;

function samePlace(a: HeatPlace | undefined, b: HeatPlace): boolean {
  return a?.layer === b.layer && a.row === b.row;
}

function HeatLegend({ scale, measure, states }: { readonly scale: ToneScale; readonly measure: string; readonly states: ReadonlySet<HeatCell['state']> }) {
  const theme = useStore(themeStore, (state) => state.theme);
  return (
    <div className="heat-legend">
      <span className="heat-scale" role="img" aria-label={`Colours: ${measure} from ${figureText(scale.low)} to ${figureText(scale.high)}, logarithmic`}>
        <span className="heat-scale-name">{measure}</span>
        <span className="heat-scale-bar">
          <span className="heat-scale-colours" style={{ background: toneGradient(theme) }} />
          <span className="heat-scale-ticks" aria-hidden="true">
            {scale.ticks.map((tick) => (
              <span key={tick} style={{ left: `${100 * scale.place(tick)}%` }}>
                {tick === scale.low && scale.cut ? `≤ ${tickText(tick)}` : tickText(tick)}
              </span>
            ))}
          </span>
        </span>
      </span>
      {KEYS.filter(({ state }) => states.has(state)).map(({ state, label }) => (
        <span key={state} className="heat-key">
          <i className={`heat-key-${state}`} />
          {label}
        </span>
      ))}
    </div>
  );
}
