/** Throughput per device against throughput per user, over the batch. */
import { useMemo } from 'react';
import { useStore } from 'zustand';
import { servingViewStore } from '../../state/serving_view.ts';
import { themeStore } from '../../state/theme_store.ts';
import { curveCard } from './curve_card.tsx';
import { PointPlot } from './point_plot.tsx';
import { isEstimate, type SectionProps } from './serving_model.ts';
import { throughputFigure } from './throughput_figure.ts';

export function ThroughputSection({ model }: SectionProps) {
  const { reports, unit, stale, serving } = model;
  const labels = serving.traffic.batch === undefined;
  const theme = useStore(themeStore, (state) => state.theme);
  const logarithmic = useStore(servingViewStore, (state) => state.logarithmic);
  const { figure, spots } = useMemo(() => throughputFigure(reports, { unit, logarithmic, labels }, theme), [reports, unit, logarithmic, labels, theme]);
  return (
    <>
      <div className="serving-line">
        <span className="muted">
          Along a line the batch grows from right to left; the large mark is the chosen batch, its bar the band.
          {reports.some(({ report }) => isEstimate(report)) && ' Dashed: carried over or estimated, not calibrated on this device.'}
        </span>
        <label className="serving-check">
          <input type="checkbox" checked={logarithmic} data-testid="serving-log" onChange={(event) => servingViewStore.setState({ logarithmic: event.target.checked })} />
          Logarithmic
        </label>
      </div>
      <div className="serving-plot">
        <PointPlot
          figure={figure}
          spots={spots}
          label={`Throughput per ${unit} against throughput per user: ${reports.length} ${reports.length === 1 ? 'architecture' : 'architectures'}`}
          stale={stale}
          card={curveCard(model)}
          testId="serving-throughput-plot"
        />
      </div>
    </>
  );
}
