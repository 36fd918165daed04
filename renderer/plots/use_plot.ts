/** A `Plot` that lives as long as the element it is in. */
import { useEffect, useRef, useState, type RefObject } from 'react';
import { Plot, type PlotHandlers } from './plot.ts';
import type { Figure } from './plotly.ts';

export interface PlotState {
  /** For the element that the plot fills. */
  readonly element: RefObject<HTMLDivElement | null>;
  /** Undefined until the element is there. */
  readonly plot: Plot | undefined;
  readonly state: 'loading' | 'drawn' | 'failed';
}

/** Draws `figure`, again whenever it is another object; `onDrawn` is called after each. */
export function usePlot(figure: Figure | undefined, handlers: PlotHandlers): PlotState {
  const element = useRef<HTMLDivElement>(null);
  const [plot, setPlot] = useState<Plot>();
  const latest = useRef(handlers);
  const [state, setState] = useState<PlotState['state']>('loading');
  useEffect(() => {
    latest.current = handlers;
  });
  const shown = figure !== undefined;
  useEffect(() => {
    if (!shown || element.current === null) return;
    const created = new Plot(element.current, {
      onHover: (id) => latest.current.onHover?.(id),
      onClick: (id) => latest.current.onClick?.(id),
      onDrawn: () => {
        setState('drawn');
        latest.current.onDrawn?.();
      },
      onFailure: (error) => {
        setState('failed');
        latest.current.onFailure?.(error);
      },
    });
    setPlot(created);
    return () => {
      setPlot(undefined);
      created.dispose();
    };
  }, [shown]);
  useEffect(() => {
    if (figure !== undefined) plot?.draw(figure);
  }, [plot, figure]);
  return { element, plot, state };
}
