/** How one architecture is split: throughput per device over tensor and pipeline parallelism, and how even its stages are. */
import { useMemo } from 'react';
import { useStore } from 'zustand';
import { documentStore } from '../../state/document_store.ts';
import { servingViewStore } from '../../state/serving_view.ts';
import { changeDeployment, type Serving } from '../../state/serving_settings.ts';
import { Badge } from '../../widgets/badge.tsx';
import { EmptyState } from '../../widgets/empty_state.tsx';
import { countText, durationText, figureText } from './figures.ts';
import { bestPair, pairCells, pairId, wantedPairs, type Pair, type PairCell } from './parallelism_model.ts';
import { selectedReport, type ServedReport, type ServingModel, type SectionProps } from './serving_model.ts';
import { ServedSelect } from './served_select.tsx';
import { Stages } from './stages.tsx';
import { useReports } from './use_reports.ts';

export function ParallelismSection({ model }: SectionProps) {
  const selected = useStore(servingViewStore, (state) => state.selected);
  const one = selectedReport(model.reports, selected);
  if (one === undefined) return undefined;
  return (
    <div className="serving-block">
      <header className="serving-head">
        <h3>Tensor and pipeline parallelism</h3>
        <ServedSelect reports={model.reports} selected={one.id} />
        <span className="muted">generated tok/s per {model.unit}; press one to take it over</span>
      </header>
      <Pairs one={one} model={model} />
      {one.report.batch > 0 && (
        <div className={model.stale ? 'is-stale' : ''}>
          <Stages report={one.report} />
        </div>
      )}
    </div>
  );
}

function Pairs({ one, model }: { readonly one: ServedReport; readonly model: ServingModel }) {
  const { serving } = model;
  const wanted = useMemo(() => wantedPairs(one.subject, serving), [one.subject, serving]);
  const { shown, current } = useReports(wanted);
  const cells = useMemo(() => pairCells(shown), [shown]);
  if (cells.length === 0) return <EmptyState busy title="Comparing" text={`${wanted.length} ways to split the model`} />;
  const tensor = [...new Set(cells.map(({ tp }) => tp))];
  const pipeline = [...new Set(cells.map(({ pp }) => pp))];
  const best = bestPair(cells);
  return (
    <div className={current && !model.stale ? 'table-scroll' : 'table-scroll is-stale'}>
      <table className="data-table serving-pairs" data-testid="serving-pairs" data-stale={!current || model.stale}>
        <caption className="visually-hidden">Generated tokens per second and {model.unit} by tensor and pipeline parallelism</caption>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">Tensor parallelism</span>
            </th>
            {pipeline.map((pp) => (
              <th key={pp} scope="col">
                PP {pp} <small>{pp === 1 ? 'one stage' : `${pp} stages`}</small>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {tensor.map((tp) => (
            <tr key={tp}>
              <th scope="row">TP {tp}</th>
              {pipeline.map((pp) => {
                const cell = cells.find((candidate) => candidate.tp === tp && candidate.pp === pp);
                return <td key={pp}>{cell !== undefined && <PairButton cell={cell} best={best} serving={serving} unit={model.unit} />}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface PairButtonProps {
  readonly cell: PairCell;
  readonly best: PairCell | undefined;
  readonly serving: Serving;
  readonly unit: string;
}

function PairButton({ cell, best, serving, unit }: PairButtonProps) {
  const { tp, pp, report, problem } = cell;
  const { deployment } = serving;
  const top = best?.report?.output_tok_s_per_gpu ?? 0;
  const isBest = best !== undefined && best.tp === tp && best.pp === pp;
  const gpus = tp * pp * deployment.dp;
  const share = report === undefined || top === 0 ? 0 : report.output_tok_s_per_gpu / top;
  return (
    <button
      type="button"
      className="pair"
      aria-pressed={deployment.tp === tp && deployment.pp === pp}
      title={problem ?? `${countText(report?.batch ?? 0)} sequences, ${durationText(report?.itl_ms ?? 0)} between tokens, ${durationText(report?.ttft_ms ?? 0)} to the first`}
      onClick={() => choosePair(serving, { tp, pp })}
      data-testid={`serving-pair-${pairId(cell).replace(' ', '-')}`}
      data-value={report?.output_tok_s_per_gpu}
      data-best={isBest}
    >
      <span className="pair-figure">
        {report === undefined ? <span className="muted">{problem === 'does not fit' ? problem : 'not possible'}</span> : figureText(report.output_tok_s_per_gpu)}
        {isBest && <Badge text="best" tone="ok" />}
      </span>
      <span className="pair-share" aria-hidden="true">
        <span style={{ width: `${(100 * share).toFixed(1)}%` }} />
      </span>
      <small>
        {gpus} {unit}
        {gpus === 1 ? '' : 's'}
        {report !== undefined && ` · batch ${countText(report.batch)}`}
      </small>
    </button>
  );
}

/** Onto what the document says now: the figures may be a moment behind it. */
function choosePair(answered: Serving, { tp, pp }: Pair): void {
  const serving = documentStore.getState().document.serving ?? answered;
  changeDeployment(`Serve with TP ${tp}, PP ${pp}`, serving, { tp, pp });
}
