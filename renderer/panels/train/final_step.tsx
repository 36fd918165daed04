/** Parent, child as assembled and child distilled, as in Puzzle's Table 2. */
import { useMemo } from 'react';
import { useStore } from 'zustand';
import { runStore } from '../../state/train_run_store.ts';
import { figureText, natsText } from '../../state/train_numbers.ts';
import { childTable, reportOf, type ChildRow } from '../../state/train_tables.ts';

export function FinalStep() {
  const rows = useChildTable();
  return rows === undefined ? <p className="muted">The table appears when parent and child were measured.</p> : <ChildTable rows={rows} />;
}

export function useChildTable(): readonly ChildRow[] | undefined {
  const report = useStore(runStore, ({ results }) => reportOf(results));
  return useMemo(() => (report === undefined ? undefined : childTable(report)), [report]);
}

export function ChildTable({ rows }: { readonly rows: readonly ChildRow[] }) {
  return (
    <div className="table-scroll">
      <table className="data-table train-table child-table" data-testid="child-table">
        <caption>Held-out text and task examples</caption>
        <thead>
          <tr>
            <th scope="col">Measure</th>
            <th scope="col" className="is-number">
              Parent
            </th>
            <th scope="col" className="is-number">
              Child, assembled
            </th>
            <th scope="col" className="is-number">
              Child, distilled
            </th>
            <th scope="col" className="is-number">
              Kept
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.id} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row: { id, label, kind, parent, before, after, kept } }: { readonly row: ChildRow }) {
  const accuracy = kind === 'accuracy' || kind === 'mean';
  const text = (value: number): string => (Number.isNaN(value) ? '–' : accuracy ? `${(100 * value).toFixed(1)} %` : kind === 'loss' ? natsText(value) : figureText(value));
  // Accuracy is better high, losses low.
  const gained = accuracy ? after > before : after < before;
  return (
    <tr className={kind === 'mean' ? 'child-mean' : undefined} data-testid={`child-${id}`}>
      <th scope="row">{label}</th>
      <td className="is-number">{text(parent)}</td>
      <td className="is-number">{text(before)}</td>
      <td className={after === before ? 'is-number' : `is-number ${gained ? 'is-better' : 'is-worse'}`} data-value={after}>
        {text(after)}
      </td>
      <td className="is-number">{kept === undefined ? '' : <strong>{(100 * kept).toFixed(1)} %</strong>}</td>
    </tr>
  );
}
