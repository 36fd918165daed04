/** Time to first token and between tokens, against how many sequences are served at once. */
import { useMemo } from 'react';
import { useStore } from 'zustand';
import { themeStore } from '../../state/theme_store.ts';
import { curveCard } from './curve_card.tsx';
import { loadFigure, type Latency } from './load_figure.ts';
import { PointPlot } from './point_plot.tsx';
import type { SectionProps } from './serving_model.ts';

const PLOTS: readonly { readonly latency: Latency; readonly title: string; readonly testId: string }[] = [
  { latency: 'ttft_ms', title: 'Time to first token against load, waiting included', testId: 'serving-ttft-plot' },
  { latency: 'itl_ms', title: 'Time between tokens against load', testId: 'serving-itl-plot' },
];

export function LoadSection({ model }: SectionProps) {
  return (
    <>
      <div className="serving-line">
        <span className="muted">
          The large mark is the most sequences that fit. Dotted beyond it: requests queue, which the first token waits for; hatched: they do with every
          architecture.
        </span>
      </div>
      <div className="serving-pair">
        {PLOTS.map((plot) => (
          <LatencyPlot key={plot.latency} model={model} {...plot} />
        ))}
      </div>
    </>
  );
}

function LatencyPlot({ model, latency, title, testId }: SectionProps & (typeof PLOTS)[number]) {
  const { reports, stale, serving } = model;
  const theme = useStore(themeStore, (state) => state.theme);
  const copies = serving.deployment.dp;
  const { figure, spots } = useMemo(() => loadFigure(reports, latency, copies, theme), [reports, latency, copies, theme]);
  return (
    <div className="serving-plot">
      <PointPlot figure={figure} spots={spots} label={title} stale={stale} card={curveCard(model)} testId={testId} />
    </div>
  );
}
