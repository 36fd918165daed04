/** A plot of lines with points, with the card of the point under the pointer or the keyboard. */
import { useEffect, useId, useMemo, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useStore } from 'zustand';
import { notifyError } from '../../state/notice_store.ts';
import { themeStore } from '../../state/theme_store.ts';
import type { Figure, Shape } from '../../plots/plotly.ts';
import { usePlot } from '../../plots/use_plot.ts';
import { FloatingCard } from '../../widgets/floating_card.tsx';
import { nextSpot, type Spot } from './spots.ts';

interface PointPlotProps {
  readonly figure: Figure;
  readonly spots: readonly Spot[];
  readonly label: string;
  readonly stale: boolean;
  readonly card: (id: string) => ReactNode;
  /** A point was pressed, or Enter on it. */
  readonly onChoose?: (id: string) => void;
  readonly testId: string;
}

export function PointPlot({ figure, spots, label, stale, card, onChoose, testId }: PointPlotProps) {
  const theme = useStore(themeStore, (state) => state.theme);
  const [activeId, setActive] = useState<string>();
  const [, redrawn] = useState(0);
  const description = useId();
  const { element, plot, state } = usePlot(figure, {
    onHover: setActive,
    onClick: (id) => onChoose?.(id),
    onDrawn: () => redrawn((count) => count + 1),
    onFailure: (error) => notifyError('The plot could not be drawn', error),
  });
  const active = spots.find(({ id }) => id === activeId);
  const ring = useMemo((): readonly Shape[] => {
    const { x, y } = active ?? spots[0] ?? { x: 0, y: 0 };
    return [
      {
        type: 'circle', xref: 'x', yref: 'y', xsizemode: 'pixel', ysizemode: 'pixel', xanchor: x, yanchor: y,
        x0: -8, x1: 8, y0: -8, y1: 8, line: { color: theme.focus, width: 2 }, visible: active !== undefined,
      },
    ];
  }, [active, spots, theme]);
  useEffect(() => plot?.overlay(ring), [plot, ring]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') return setActive(undefined);
    if (event.key === 'Enter' && active !== undefined) return onChoose?.(active.id);
    const target = nextSpot(spots, active, event.key);
    if (target === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    setActive(target.id);
  };
  const at = active === undefined ? undefined : plot?.pixelOf(active.x, active.y);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- arrow keys move between the points inside
    <div
      className="plot"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      role="application"
      aria-roledescription="plot"
      aria-label={label}
      aria-describedby={description}
      data-testid={testId}
      data-state={state}
      data-stale={stale}
      onKeyDown={onKeyDown}
      onBlur={() => setActive(undefined)}
    >
      <p id={description} className="visually-hidden">
        Left and right arrow keys move along a line, up and down between lines. The table below has the figures at the chosen batch.
      </p>
      <div ref={element} className="plot-host" aria-hidden="true" />
      {active !== undefined && at !== undefined && <FloatingCard anchor={at}>{card(active.id)}</FloatingCard>}
    </div>
  );
}
