/** Blockwise local distillation: the error of every sub-block or block on a map, and how the chosen one came to it. */
import { useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { rowName, trainedWord, trainingMap, type HeatCell, type HeatRow } from '../../state/train_cells.ts';
import { runStore } from '../../state/train_run_store.ts';
import { differenceText, figureText } from '../../state/train_numbers.ts';
import { toneScale } from '../../state/train_tones.ts';
import type { CurveLine } from './curve_figure.ts';
import { CurvePlot } from './curve_plot.tsx';
import { HeatMap } from './heat_map.tsx';
import type { HeatPlace } from './heat_map_view.ts';
import { useCalm } from './use_calm.ts';
import { useCurves } from './use_curves.ts';

const NO_RESULTS: readonly never[] = [];
/** 1 is as bad as no layer at all, 0.01 is good; the colours reach at least so far. */
const USUAL = [0.01, 1];
const MAP_EVERY_MS = 200;

export function BldStep() {
  const live = useStore(runStore, ({ view }) => view);
  const trainings = useStore(runStore, ({ results }) => results?.trainings ?? NO_RESULTS);
  const view = useCalm(live, MAP_EVERY_MS);
  const [selected, setSelected] = useState<HeatPlace>();
  const data = useMemo(() => (view === undefined ? undefined : trainingMap(view, trainings)), [view, trainings]);
  const scale = useMemo(() => toneScale((data?.cells ?? []).flatMap(({ value }) => (value === undefined ? [] : [value])), USUAL), [data]);
  if (view === undefined || data === undefined) return undefined;
  if (view.plan.bld.mode === 'none') return <p className="muted">This run does without: all variants stay as they are initialised from the parent.</p>;
  if (data.layers === 0) return <p className="muted">The map appears when the parent’s layers are known.</p>;
  const shown = selected ?? mostRecent(data.cells);
  const apart = data.rows.some(({ group }) => group !== 'block');
  const cell = data.cells.find(({ layer, row }) => layer === shown?.layer && row === shown.row);
  const row = data.rows.find(({ id }) => id === cell?.row);
  return (
    <>
      <HeatMap
        data={data}
        scale={scale}
        name={`Normalised error of ${trainedWord(view.plan)}, layers by variants`}
        measure="normalised MSE"
        selected={selected}
        onSelect={setSelected}
        renderCard={(one, of) => <BlockCard cell={one} row={of} />}
        testId="bld-map"
      />
      <p className="part-note muted" data-testid="bld-note">
        Squared error of the layer’s output on held-out text, relative to all that the parent’s layer adds with attention and FFN: 0 is perfect, 1 as bad as leaving the whole layer out.
        {apart && ' A sub-block is judged with the parent’s other one beside it, so that leaving out just one of them (none) mostly lies below 1.'} Choose a cell to see its curve.
      </p>
      {cell !== undefined && row !== undefined && <BlockCurve cell={cell} row={row} steps={view.plan.bld.training.steps} chosen={selected !== undefined} />}
    </>
  );
}

/** The last cell under way, else the last done: something to look at before one is chosen. */
function mostRecent(cells: readonly HeatCell[]): HeatPlace | undefined {
  const trained = cells.filter(({ fixed, value }) => !fixed && value !== undefined);
  return trained.find(({ state }) => state === 'running') ?? trained[0];
}

function BlockCard({ cell: { layer, state, value, first, fixed }, row }: { readonly cell: HeatCell; readonly row: HeatRow }) {
  return (
    <>
      <header>
        <strong>
          Layer {layer}, {rowName(row)}
        </strong>
        <span className="card-note">{fixed ? 'nothing to train' : { waiting: 'waiting', running: 'under way', done: 'done', own: 'parent’s own', absent: 'not trained' }[state]}</span>
      </header>
      {value !== undefined && (
        <dl className="heat-card">
          {first !== undefined && !fixed && (
            <>
              <dt>As initialised</dt>
              <dd>{figureText(first)}</dd>
            </>
          )}
          <dt>{state === 'running' ? 'Now' : fixed ? 'Without it' : 'Trained'}</dt>
          <dd>
            {figureText(value)} {first !== undefined && first > 0 && !fixed && <span className={value < first ? 'is-better' : 'is-worse'}>{differenceText(value / first - 1)}</span>}
          </dd>
        </dl>
      )}
    </>
  );
}

function BlockCurve({ cell, row, steps, chosen }: { readonly cell: HeatCell; readonly row: HeatRow; readonly steps: number; readonly chosen: boolean }) {
  const curves = useCurves('bld');
  const file = useStore(runStore, ({ results }) => results?.trainings.find(({ parent_layers: place }) => place.length === 1 && place[0] === cell.layer)?.targets.find(({ target }) => target === cell.row)?.curve);
  const lines = useMemo((): readonly CurveLine[] => {
    const live = curves.findLast(({ series, parentLayers }) => series === cell.row && parentLayers.length === 1 && parentLayers[0] === cell.layer);
    const at = live?.at ?? file?.map(([step]) => step) ?? [];
    const values = live?.values ?? file?.map(([, value]) => value) ?? [];
    return at.length === 0 ? [] : [{ name: 'Training, smoothed over batches', at, values, look: 'smooth', colour: row.group === 'ffn' ? 'third' : 'first' }];
  }, [curves, file, cell.layer, cell.row, row.group]);
  const name = `Layer ${cell.layer}, ${rowName(row)}`;
  return (
    <figure className="part-figure bld-figure" data-testid="bld-cell" data-layer={cell.layer} data-target={cell.row} data-chosen={chosen}>
      <figcaption>
        <strong>{name}</strong>
        <span className="muted">
          {cell.fixed
            ? 'has no weights to train'
            : cell.value === undefined
              ? 'has not begun'
              : `${cell.first === undefined ? '' : `from ${figureText(cell.first)} as initialised `}${cell.state === 'running' ? 'now' : 'to'} ${figureText(cell.value)}${cell.first !== undefined && cell.first > 0 ? `, ${differenceText(cell.value / cell.first - 1)}` : ''}`}
        </span>
      </figcaption>
      {lines.length > 0 ? (
        <CurvePlot lines={lines} x="Training step" y="Normalised MSE" logarithmic steps={steps} label={`Normalised MSE of ${name} by training step`} testId="bld-curve" />
      ) : (
        !cell.fixed && <p className="muted part-empty">Its curve begins with its training.</p>
      )}
    </figure>
  );
}
