/** The contour drawn, with the card of the cell under the pointer or the keyboard. */
import { useEffect, useId, useMemo, useState, type KeyboardEvent } from 'react';
import { useStore } from 'zustand';
import { documentStore } from '../../state/document_store.ts';
import { notifyError } from '../../state/notice_store.ts';
import { isStale, shownSolution, solveStore } from '../../state/solve_store.ts';
import { themeStore } from '../../state/theme_store.ts';
import { usePlot } from '../../plots/use_plot.ts';
import { FloatingCard } from '../../widgets/floating_card.tsx';
import { ContourCard } from './contour_card.tsx';
import { contourFigure } from './contour_figure.ts';
import { setBothLimits } from './contour_limits.ts';
import { spotOf, type ContourModel } from './contour_model.ts';
import { contourShapes } from './contour_shapes.ts';

export function ContourPlot({ model, stale }: { readonly model: ContourModel; readonly stale: boolean }) {
  const theme = useStore(themeStore, (state) => state.theme);
  const figure = useMemo(() => contourFigure(model, theme), [model, theme]);
  const [activeId, setActive] = useState<string>();
  const [, redrawn] = useState(0);
  const description = useId();
  const { element, plot, state } = usePlot(figure, {
    onHover: setActive,
    onClick: choose,
    onDrawn: () => redrawn((count) => count + 1),
    onFailure: (error) => notifyError('The plot could not be drawn', error),
  });
  // Child and limits follow a slider at once, past React and without redrawing the cells.
  useEffect(() => {
    const move = (): void => {
      const solved = solveStore.getState();
      const costs = shownSolution(solved)?.costs;
      const [across, up] = [costs?.[model.across.quantity.id], costs?.[model.up.quantity.id]];
      const current = across === undefined || up === undefined ? undefined : { across, up, stale: isStale(solved) };
      plot?.overlay(contourShapes(model, { current, active: activeId, limits: documentStore.getState().document.limits }, theme));
    };
    move();
    const disposers = [solveStore.subscribe(move), documentStore.subscribe(move)];
    return () => {
      for (const dispose of disposers) dispose();
    };
  }, [model, theme, plot, activeId]);

  function choose(id: string): void {
    const spot = spotOf(model, id);
    if (spot !== undefined) setBothLimits(model, spot);
  }

  function onKeyDown(event: KeyboardEvent): void {
    const by = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (by !== undefined) {
      event.preventDefault();
      const [i, j] = placeOf(model, activeId);
      const row = model.rows[Math.min(model.rows.length - 1, Math.max(0, j + by[1]))];
      setActive(row[Math.min(row.length - 1, Math.max(0, i + by[0]))].id);
    } else if (event.key === 'Enter' && activeId !== undefined) {
      event.preventDefault();
      choose(activeId);
    } else if (event.key === 'Escape') setActive(undefined);
  }

  const active = activeId === undefined ? undefined : spotOf(model, activeId);
  const at = active === undefined ? undefined : plot?.pixelOf(model.across.place(active.levels[0]), model.up.place(active.levels[1]));
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- arrow keys move between the cells inside
    <div
      className="plot"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      role="application"
      aria-roledescription="plot"
      aria-label={`${model.objective.label} over limits on ${model.across.quantity.label} and ${model.up.quantity.label}: ${model.found} of ${model.rows.flat().length} pairs have a child`}
      aria-describedby={description}
      data-testid="contour-plot"
      data-state={state}
      data-stale={stale}
      onKeyDown={onKeyDown}
      onBlur={() => setActive(undefined)}
    >
      <p id={description} className="visually-hidden">
        Arrow keys move between pairs of limits, Enter sets both limits there. The same figures are behind “Table”.
      </p>
      <div ref={element} className="plot-host" aria-hidden="true" />
      {active !== undefined && at !== undefined && (
        <FloatingCard anchor={at}>
          <ContourCard model={model} spot={active} />
        </FloatingCard>
      )}
    </div>
  );
}

/** Column and row of a cell; one step outside the middle where there is none. */
function placeOf({ rows }: ContourModel, id: string | undefined): readonly [number, number] {
  const j = rows.findIndex((row) => row.some((spot) => spot.id === id));
  if (j >= 0) return [rows[j].findIndex((spot) => spot.id === id), j];
  return [Math.floor(rows[0].length / 2), Math.floor(rows.length / 2)];
}
