/** The table of an experiment: a row per variant, means and standard deviations over seeds, the best of each column marked. */
import { useMemo } from 'react';
import { useStore } from 'zustand';
import type { ExperimentReport, StepKind } from '../../../engine/protocol/train.ts';
import { experimentOf, experimentRows, type ExperimentCell } from '../../state/train_experiment.ts';
import { figureText } from '../../state/train_numbers.ts';
import { runStore } from '../../state/train_run_store.ts';
import { reportOf } from '../../state/train_tables.ts';

export function ExperimentStep({ kind }: { readonly kind: StepKind }) {
  const id = experimentOf(kind);
  const report = useStore(runStore, ({ results }) => reportOf(results)?.experiments?.find((one) => one.id === id));
  if (report === undefined) return <p className="muted">The table appears when every variant was tried.</p>;
  return <ExperimentTable report={report} />;
}

function ExperimentTable({ report }: { readonly report: ExperimentReport }) {
  const rows = useMemo(() => experimentRows(report), [report]);
  return (
    <>
      <p className="part-lead">{report.question}</p>
      <div className="table-scroll">
        <table className="data-table train-table" data-testid="experiment-table" data-id={report.id}>
          <caption>
            {report.seeds > 1 ? `Means over ${report.seeds} seeds ± their standard deviation` : 'One seed'}; the best of each column in bold
          </caption>
          <thead>
            <tr>
              <th scope="col">Variant</th>
              {report.columns.map(({ id, label, better }) => (
                <th key={id} scope="col" className="is-number">
                  {label}
                  <small>{better === 'lower' ? 'lower is better' : 'higher is better'}</small>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, cells }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {cells.map((cell, i) => (
                  <td key={report.columns[i].id} className={cell?.best === true ? 'is-number is-best' : 'is-number'}>
                    <Cell cell={cell} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {report.seeds < 2 && <p className="part-note muted">With one seed a difference may be luck; ask again over more seeds to see its spread.</p>}
    </>
  );
}

function Cell({ cell }: { readonly cell: ExperimentCell | undefined }) {
  if (cell === undefined) return <span className="muted">–</span>;
  return (
    <>
      {cell.best ? <strong>{figureText(cell.mean)}</strong> : figureText(cell.mean)}
      {cell.deviation !== undefined && <small>± {figureText(cell.deviation)}</small>}
    </>
  );
}
