/** What the search and simpler methods found within each set of limits, by the children's real KL. */
import { useMemo } from 'react';
import { useStore } from 'zustand';
import { runStore } from '../../state/train_run_store.ts';
import { differenceText, figureText } from '../../state/train_numbers.ts';
import { METHOD_NAMES, methodTable, reportOf, type MethodCell } from '../../state/train_tables.ts';

export function MethodsStep() {
  const limits = useStore(runStore, ({ results }) => reportOf(results)?.limits);
  const plan = useStore(runStore, ({ view }) => view?.plan);
  const table = useMemo(() => (limits === undefined ? undefined : methodTable(limits)), [limits]);
  if (plan === undefined) return undefined;
  if (table === undefined) {
    return (
      <p className="muted" data-testid="methods-none">
        {plan.limits.length} sets of limits: {plan.limits.map(({ params, kv }) => `${shareText(params)} of the parameters and ${shareText(kv)} of the KV cache`).join('; ')}. The table appears when the children were measured.
      </p>
    );
  }
  return (
    <div className="table-scroll">
      <table className="data-table train-table methods" data-testid="methods">
        <caption>Real KL from the parent on held-out text, before distillation; lower is better</caption>
        <thead>
          <tr>
            <th scope="col">At most, of the parent</th>
            {table.methods.map((method) => (
              <th key={method} scope="col" className="is-number">
                {METHOD_NAMES[method] ?? method}
              </th>
            ))}
            <th scope="col" className="is-number">
              Estimated
            </th>
          </tr>
        </thead>
        <tbody>
          {table.rows.map(({ params, kv, proven, cells }, i) => (
            <tr key={`${params} ${kv} ${String(i)}`} className={i === plan.chosen_limit ? 'is-chosen' : undefined} data-testid={`methods-row-${i}`}>
              <th scope="row">
                {params === kv ? `${shareText(params)} parameters and KV` : `${shareText(params)} parameters, ${shareText(kv)} KV`}
                <small>
                  {proven ? 'proven optimal' : 'best found'}
                  {i === plan.chosen_limit ? ' · the child that is distilled' : ''}
                </small>
              </th>
              {cells.map((cell, m) => (
                <Cell key={table.methods[m]} cell={cell} method={table.methods[m]} />
              ))}
              <td className="is-number">{cells[0]?.estimated === undefined ? '–' : <span className="estimated">{figureText(cells[0].estimated)}</span>}</td>
            </tr>
          ))}
        </tbody>
        {table.rows.length > 1 && (
          <tfoot>
            <tr>
              <th scope="row">Mean</th>
              {table.means.map((cell, m) => (
                <Cell key={table.methods[m]} cell={cell} method={table.methods[m]} />
              ))}
              <td className="is-number">–</td>
            </tr>
          </tfoot>
        )}
      </table>
      <p className="part-note muted">Estimated: the sum of the search’s replace-1 scores. Random: the mean of {plan.baselines.random} children. Percentages are against the search.</p>
    </div>
  );
}

function Cell({ cell, method }: { readonly cell: MethodCell | undefined; readonly method: string }) {
  if (cell === undefined) {
    return (
      <td className="is-number muted" data-method={method}>
        found none
      </td>
    );
  }
  return (
    <td className={cell.best ? 'is-number is-best' : 'is-number'} data-method={method} data-value={cell.kl}>
      {cell.best ? <strong>{figureText(cell.kl)}</strong> : figureText(cell.kl)}
      {cell.best && <span className="visually-hidden"> (best)</span>}
      {cell.difference !== undefined && <small className={cell.difference < 0 ? 'is-better' : undefined}>{differenceText(cell.difference)}</small>}
    </td>
  );
}

function shareText(share: number): string {
  return `${Number((100 * share).toPrecision(4))} %`;
}
