/** The frontier drawn, with the card of the point under the pointer or the keyboard. */
import { useEffect, useId, useMemo, useState, type KeyboardEvent } from 'react';
import { useStore } from 'zustand';
import { sweptSide } from '../../state/derived_frontier.ts';
import { documentStore, setLimit } from '../../state/document_store.ts';
import { formatValue } from '../../state/format.ts';
import { notifyError } from '../../state/notice_store.ts';
import { isStale, shownSolution, solveStore } from '../../state/solve_store.ts';
import { themeStore } from '../../state/theme_store.ts';
import { usePlot } from '../../plots/use_plot.ts';
import { FloatingCard } from '../../widgets/floating_card.tsx';
import { frontierFigure } from './frontier_figure.ts';
import type { FrontierModel } from './frontier_model.ts';
import { frontierShapes } from './frontier_shapes.ts';
import { PointCard, cardOf } from './point_card.tsx';

export function FrontierPlot({ model, stale }: { readonly model: FrontierModel; readonly stale: boolean }) {
  const theme = useStore(themeStore, (state) => state.theme);
  const figure = useMemo(() => frontierFigure(model, theme), [model, theme]);
  const [activeId, setActive] = useState<string>();
  const [, redrawn] = useState(0);
  const description = useId();
  const { element, plot, state } = usePlot(figure, {
    onHover: setActive,
    onClick: choose,
    onDrawn: () => redrawn((count) => count + 1),
    onFailure: (error) => notifyError('The plot could not be drawn', error),
  });
  const active = activeId === undefined ? undefined : cardOf(model, activeId);
  const activeX = active?.x;
  const activeY = active?.y;
  // Child and limits follow a slider at once, past React and without redrawing the traces.
  useEffect(() => {
    const move = (): void => {
      const solved = solveStore.getState();
      const solution = shownSolution(solved);
      const x = solution?.costs[model.over.id];
      const y = solution?.costs[model.objective.id] ?? solution?.objective;
      const current = x === undefined || y === undefined ? undefined : { x, y, stale: isStale(solved) };
      const spot = activeX === undefined || activeY === undefined ? undefined : { x: activeX, y: activeY };
      plot?.overlay(frontierShapes(model, { current, active: spot, limits: documentStore.getState().document.limits }, theme));
    };
    move();
    const disposers = [solveStore.subscribe(move), documentStore.subscribe(move)];
    return () => {
      for (const dispose of disposers) dispose();
    };
  }, [model, theme, plot, activeX, activeY]);

  function choose(id: string): void {
    const level = cardOf(model, id)?.level;
    if (level !== undefined) setLimit(model.over.id, sweptSide(model.over), level);
  }

  function onKeyDown(event: KeyboardEvent): void {
    const order = [...model.line].sort((a, b) => a.x - b.x);
    const at = order.findIndex((point) => point.id === activeId);
    const last = order.length - 1;
    const target = { ArrowRight: at + 1, ArrowLeft: at < 0 ? last : at - 1, Home: 0, End: last }[event.key];
    if (target !== undefined) {
      event.preventDefault();
      setActive(order[Math.min(last, Math.max(0, target))].id);
    } else if (event.key === 'Enter' && activeId !== undefined) {
      event.preventDefault();
      choose(activeId);
    } else if (event.key === 'Escape') setActive(undefined);
  }

  const at = active === undefined ? undefined : plot?.pixelOf(model.across(active.x), active.y === undefined ? model.extent.y[0] : model.place(active.y));
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- arrow keys move between the points inside
    <div
      className="plot"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      role="application"
      aria-roledescription="plot"
      aria-label={`${model.objective.label} against ${model.over.label}: ${model.line.length} children on the frontier`}
      aria-describedby={description}
      data-testid="frontier-plot"
      data-state={state}
      data-stale={stale}
      onKeyDown={onKeyDown}
      onBlur={() => setActive(undefined)}
    >
      <p id={description} className="visually-hidden">
        From {formatValue(model.points[0].x, '')} to {formatValue(model.points.at(-1)?.x ?? 0, '')} {model.over.unit}. Left and right arrow keys move
        between points, Enter sets the limit there. The same figures are behind “Table”.
      </p>
      <div ref={element} className="plot-host" aria-hidden="true" />
      {active !== undefined && at !== undefined && (
        <FloatingCard anchor={at}>
          <PointCard model={model} facts={active} />
        </FloatingCard>
      )}
    </div>
  );
}
