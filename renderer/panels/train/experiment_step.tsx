/** The table of an experiment: a row per variant, means and standard deviations of its values, the best of each column marked. */
import { useMemo } from 'react';
import { useStore } from 'zustand';
import type { ExperimentReport, StepKind } from '../../../engine/protocol/train.ts';
import { commonWords, experimentOf, experimentRows, spreadWords, type ExperimentCell } from '../../state/train_experiment.ts';
import { figureText } from '../../state/train_numbers.ts';
import { runStore } from '../../state/train_run_store.ts';
import { METHOD_NAMES, reportOf } from '../../state/train_tables.ts';

export function ExperimentStep({ kind }: { readonly kind: StepKind }) {
  const id = experimentOf(kind);
  const report = useStore(runStore, ({ results }) => reportOf(results)?.experiments?.find((one) => one.id === id));
  if (report === undefined) return <p className="muted">The table appears when every variant was tried.</p>;
  return <ExperimentTable report={report} />;
}

function ExperimentTable({ report }: { readonly report: ExperimentReport }) {
  const rows = useMemo(() => experimentRows(report), [report]);
  const { before, own, after } = commonWords(report.columns.map(({ label }) => label));
  const words = spreadWords(report.id, Math.max(0, ...rows.flatMap(({ cells }) => cells.map((cell) => cell?.n ?? 0))));
  const [first] = report.columns;
  const alike = report.columns.every(({ better }) => better === first?.better);
  return (
    <>
      <p className="part-lead">{report.question}</p>
      <div className="table-scroll">
        <table className="data-table train-table" data-testid="experiment-table" data-id={report.id}>
          <caption>
            {before !== '' && (
              <>
                <strong>
                  {before} … {after}
                </strong>
                {alike && `, ${first?.better === 'higher' ? 'higher' : 'lower'} is better`}.{' '}
              </>
            )}
            {words.caption}; the best of each column in bold
          </caption>
          <thead>
            <tr>
              <th scope="col">Variant</th>
              <th scope="col" className="is-number">
                {words.head}
              </th>
              {report.columns.map(({ id, label, better }, i) => (
                <th key={id} scope="col" className="is-number" aria-label={label}>
                  {own[i]}
                  {!(alike && before !== '') && <small>{better === 'lower' ? 'lower is better' : 'higher is better'}</small>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, cells }) => (
              <tr key={name}>
                <th scope="row">{METHOD_NAMES[name] ?? name}</th>
                <td className="is-number">{Math.max(0, ...cells.map((cell) => cell?.n ?? 0))}</td>
                {cells.map((cell, i) => (
                  <td key={report.columns[i].id} className={cell?.best === true ? 'is-number is-best' : 'is-number'}>
                    <Cell cell={cell} share={report.columns[i].id.includes('task') || report.columns[i].id.includes('accuracy')} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="part-note muted">{words.note}</p>
    </>
  );
}

function Cell({ cell, share }: { readonly cell: ExperimentCell | undefined; readonly share: boolean }) {
  if (cell === undefined) return <span className="muted">–</span>;
  const text = (value: number): string => (share ? `${(100 * value).toFixed(1)} %` : figureText(value));
  return (
    <>
      {cell.best ? <strong>{text(cell.mean)}</strong> : text(cell.mean)}
      {cell.deviation !== undefined && <small>± {text(cell.deviation)}</small>}
    </>
  );
}
