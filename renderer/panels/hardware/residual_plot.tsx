/** The residuals of a fit, drawn. */
import { useMemo } from 'react';
import { useStore } from 'zustand';
import type { Residual } from '../../../engine/protocol/hardware_api.ts';
import { usePlot } from '../../plots/use_plot.ts';
import { notifyError } from '../../state/notice_store.ts';
import { themeStore } from '../../state/theme_store.ts';
import { residualFigure } from './residual_figure.ts';
import '../../plots/plot.css';

/** More points than this only make the same cloud slower. */
const DRAWN = 4_000;

export function ResidualPlot({ residuals }: { readonly residuals: readonly Residual[] }) {
  const theme = useStore(themeStore, (state) => state.theme);
  const drawn = useMemo(() => {
    const every = Math.max(1, Math.ceil(residuals.length / DRAWN));
    return residuals.filter((_, index) => index % every === 0);
  }, [residuals]);
  const figure = useMemo(() => residualFigure(drawn, theme), [drawn, theme]);
  const { element, state } = usePlot(figure, { onFailure: (error) => notifyError('The plot could not be drawn', error) });
  return (
    <figure className="residuals">
      <div className="residuals-plot" ref={element} role="img" aria-label="Fitted over measured time of every kernel, by measured time; the same errors stand in the table" data-testid="residual-plot" data-state={state} />
    </figure>
  );
}
