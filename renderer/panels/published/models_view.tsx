/** Published models: accuracy against throughput as their makers reported it, with the source of every figure. */
import { useMemo, useState } from 'react';
import { useStore } from 'zustand';
import type { Published } from '../../../engine/protocol/api.ts';
import { publishedPoints, type PublishedPoint } from '../../state/derived_published.ts';
import { engineStore } from '../../state/engine_store.ts';
import { notifyError } from '../../state/notice_store.ts';
import { themeStore } from '../../state/theme_store.ts';
import { usePlot } from '../../plots/use_plot.ts';
import { EmptyState } from '../../widgets/empty_state.tsx';
import { FloatingCard } from '../../widgets/floating_card.tsx';
import { Select } from '../../widgets/select.tsx';
import { AXIS_FORMULA, publishedFigure } from './published_figure.ts';

export function ModelsView() {
  const published = useStore(engineStore, (state) => state.published);
  if (published === undefined || published.measurements.length === 0) {
    return <EmptyState busy={published === undefined} title={published === undefined ? 'Reading published figures' : 'No published figures'} />;
  }
  return <PublishedModels published={published} />;
}

function PublishedModels({ published }: { readonly published: Published }) {
  const [chosen, setChosen] = useState('');
  const measurement = published.measurements.find(({ id }) => id === chosen) ?? published.measurements[0];
  const points = useMemo(() => publishedPoints(published, measurement.id), [published, measurement]);
  const placed = points.filter((point) => point.throughput !== undefined);
  const absent = points.filter((point) => point.throughput === undefined);
  return (
    <>
      <header className="plot-head">
        <Select
          label="Measured on"
          value={measurement.id}
          options={published.measurements.map(({ id, label }) => ({ value: id, label }))}
          onChange={setChosen}
          testId="published-measurement"
        />
        <span className="muted">{measurement.tokens_counted === 'output' ? 'counts generated tokens only' : 'counts prompt and generated tokens'}</span>
      </header>
      <div className="published-body">
        <div className="published-plot">
          {placed.length === 0 ? <EmptyState title="No throughput was published under this measurement" /> : <PublishedPlot points={points} measurement={measurement} />}
        </div>
        <PublishedTable points={[...placed, ...absent]} unit={measurement.unit} />
        <p className="published-note">
          Combined accuracy is {AXIS_FORMULA}, as in NVIDIA’s article on Llama-3.1-Nemotron-51B. Throughput: {measurement.source}.
        </p>
      </div>
    </>
  );
}

interface PublishedPlotProps {
  readonly points: readonly PublishedPoint[];
  readonly measurement: Published['measurements'][number];
}

function PublishedPlot({ points, measurement }: PublishedPlotProps) {
  const theme = useStore(themeStore, (state) => state.theme);
  const figure = useMemo(() => publishedFigure(points, measurement, theme), [points, measurement, theme]);
  const [activeId, setActive] = useState<string>();
  const { element, plot, state } = usePlot(figure, {
    onHover: setActive,
    onFailure: (error) => notifyError('The plot could not be drawn', error),
  });
  const active = points.find((point) => point.model.id === activeId);
  const at = active?.throughput === undefined ? undefined : plot?.pixelOf(active.throughput, active.score);
  return (
    <figure className="plot" aria-label="Published models: combined accuracy against throughput; the table below has the same figures" data-testid="published-plot" data-state={state}>
      <div ref={element} className="plot-host" aria-hidden="true" />
      {active !== undefined && at !== undefined && (
        <FloatingCard anchor={at}>
          <ModelCard point={active} unit={measurement.unit} />
        </FloatingCard>
      )}
    </figure>
  );
}

function ModelCard({ point: { model, name, score }, unit }: { readonly point: PublishedPoint; readonly unit: string }) {
  const figures = [
    ['Combined accuracy', score.toFixed(2)],
    ['MT-Bench', String(model.mt_bench.value)],
    ['MMLU', String(model.mmlu.value)],
    ['Throughput', `${model.throughput?.value.toLocaleString('en-US') ?? '–'} ${unit}`],
  ] as const;
  const sources = new Set([model.mt_bench.source, model.mmlu.source, model.throughput?.source ?? '']);
  return (
    <div className="card">
      <header>
        <strong>{name}</strong>
      </header>
      <table>
        <tbody>
          {figures.map(([label, value]) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <footer>{[...sources].filter((source) => source !== '').map((source) => <span key={source}>{source}</span>)}</footer>
    </div>
  );
}

function PublishedTable({ points, unit }: { readonly points: readonly PublishedPoint[]; readonly unit: string }) {
  return (
    <table className="data-table" data-testid="published-table">
      <caption className="visually-hidden">Published models and their figures</caption>
      <thead>
        <tr>
          <th scope="col">Model</th>
          <th scope="col" className="is-number">
            Throughput <small>{unit}</small>
          </th>
          <th scope="col" className="is-number">
            MT-Bench
          </th>
          <th scope="col" className="is-number">
            MMLU
          </th>
          <th scope="col" className="is-number">
            Combined
          </th>
          <th scope="col">Source</th>
        </tr>
      </thead>
      <tbody>
        {points.map(({ model, name, throughput, score, efficient }) => (
          <tr key={model.id}>
            <td>
              {name}
              {efficient && <small> on the frontier</small>}
            </td>
            <td className="is-number">{throughput === undefined ? <span className="muted">not published</span> : throughput.toLocaleString('en-US')}</td>
            <td className="is-number">{model.mt_bench.value.toFixed(2)}</td>
            <td className="is-number">{model.mmlu.value.toFixed(2)}</td>
            <td className="is-number">{score.toFixed(2)}</td>
            <td className="published-source">
              {[...new Set([model.mt_bench.source, ...(throughput === undefined ? [] : [model.throughput?.source ?? ''])])].join('; ')}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
