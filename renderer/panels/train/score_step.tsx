/** Replace-1-block scores on a map, by any measure that was taken. */
import { useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { rowName, SCORE_MEASURES, scoreMap, type HeatCell, type HeatRow } from '../../state/train_cells.ts';
import { runStore } from '../../state/train_run_store.ts';
import { figureText } from '../../state/train_numbers.ts';
import { toneScale } from '../../state/train_tones.ts';
import { Select } from '../../widgets/select.tsx';
import { HeatMap } from './heat_map.tsx';
import type { HeatPlace } from './heat_map_view.ts';
import { useCalm } from './use_calm.ts';

const NO_RESULTS: readonly never[] = [];
const MAP_EVERY_MS = 200;

export function ScoreStep() {
  const live = useStore(runStore, ({ view }) => view);
  const view = useCalm(live, MAP_EVERY_MS);
  const scores = useStore(runStore, ({ results }) => results?.scores ?? NO_RESULTS);
  const [chosen, setChosen] = useState(SCORE_MEASURES[0].id);
  const [selected, setSelected] = useState<HeatPlace>();
  const measure = SCORE_MEASURES.find(({ id }) => id === chosen) ?? SCORE_MEASURES[0];
  const data = useMemo(() => (view === undefined ? undefined : scoreMap(view, scores, measure)), [view, scores, measure]);
  const scale = useMemo(() => toneScale((data?.cells ?? []).flatMap(({ value, state }) => (value === undefined || state === 'own' ? [] : [value]))), [data]);
  if (data === undefined) return undefined;
  if (data.layers === 0) return <p className="muted">The map appears when the parent’s layers are known.</p>;
  const known = SCORE_MEASURES.filter(({ id, of }) => id === 'kl_div' || scores.some(({ parent, variants }) => variants.some(({ quality, nmse }) => of(quality, parent, nmse) !== undefined)));
  const row = data.rows.find(({ id }) => id === selected?.row);
  return (
    <>
      <div className="part-tools">
        <Select label="Score" value={measure.id} options={known.map(({ id, label }) => ({ value: id, label }))} onChange={setChosen} testId="score-measure" />
      </div>
      <HeatMap
        data={data}
        scale={scale}
        name={`${measure.label} of every block in its parent’s place, layers by variants`}
        measure={measure.label}
        selected={selected}
        onSelect={setSelected}
        renderCard={(cell, of) => <ScoreCard cell={cell} row={of} measure={measure.label} />}
        testId="score-map"
      />
      {selected !== undefined && row !== undefined && <Details layer={selected.layer} row={row} />}
    </>
  );
}

function ScoreCard({ cell: { layer, state, value }, row, measure }: { readonly cell: HeatCell; readonly row: HeatRow; readonly measure: string }) {
  return (
    <>
      <header>
        <strong>
          Layer {layer}, {rowName(row)}
        </strong>
        {state === 'own' && <span className="card-note">parent’s own</span>}
      </header>
      <dl className="heat-card">
        <dt>{measure}</dt>
        <dd>{value === undefined ? 'not scored yet' : figureText(value)}</dd>
      </dl>
    </>
  );
}

/** Every measure of the chosen block beside the intact parent. */
function Details({ layer, row }: { readonly layer: number; readonly row: HeatRow }) {
  const found = useStore(runStore, ({ results }) => results?.scores.find(({ parent_layers: place }) => place.length === 1 && place[0] === layer));
  const own = found?.variants.find(({ variant }) => variant === row.id);
  if (found === undefined || own === undefined) return undefined;
  const { quality, nmse } = own;
  const { parent } = found;
  const rows: readonly (readonly [string, number, number | undefined])[] = [
    ['KL from the parent', quality.kl_div, 0],
    ['LM loss', quality.lm_loss, parent.lm_loss],
    ['Top-1 accuracy', quality.top_1, parent.top_1],
    ['Top-10 accuracy', quality.top_10, parent.top_10],
    ['Normalised MSE', nmse, 0],
    ...Object.entries(quality.tasks).map(([task, accuracy]) => [`Task ${task.replaceAll('_', ' ')}`, accuracy, parent.tasks[task]] as const),
  ];
  return (
    <table className="data-table train-table" data-testid="score-details">
      <caption>
        Layer {layer}, {rowName(row)}
      </caption>
      <thead>
        <tr>
          <th scope="col">Measure</th>
          <th scope="col" className="is-number">
            With this block
          </th>
          <th scope="col" className="is-number">
            Parent
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, value, of]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td className="is-number">{figureText(value)}</td>
            <td className="is-number">{of === undefined ? '–' : figureText(of)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
