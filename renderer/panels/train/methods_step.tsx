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
        {plan.limits.length === 1 ? 'One set of limits' : `${plan.limits.length} sets of limits`}, at most so much of the parent’s parameters and KV cache: {plan.limits.map(limitText).join(', ')}. The table appears when the children were measured.
      </p>
    );
  }
  return (
    <div className="table-scroll">
      <table className="data-table train-table methods" data-testid="methods">
        <caption>Real KL from the parent on held-out text, before distillation; lower is better</caption>
        <thead>
          <tr>
            <th scope="col">
              At most <small>parameters / KV</small>
            </th>
            {table.methods.map((method) => (
              <th key={method} scope="col" className="is-number">
                {METHOD_NAMES[method] ?? method}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map(({ params, kv, proven, cells }, i) => (
            <tr key={`${params} ${kv} ${String(i)}`} className={i === plan.chosen_limit ? 'is-chosen' : undefined} data-testid={`methods-row-${i}`}>
              <th scope="row">
                {limitText({ params, kv })}
                <small>{proven ? 'proven optimal' : 'best found'}</small>
                {i === plan.chosen_limit && <small>is distilled</small>}
              </th>
              {cells.map((cell, m) => (
                <Cell key={table.methods[m]} cell={cell} method={table.methods[m]} />
              ))}
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
            </tr>
          </tfoot>
        )}
      </table>
      <p className="part-note muted">Limits are shares of the parent’s parameters and KV cache. Est., estimated: the sum of replace-1 scores. Random: the mean of {plan.baselines.random} children. Differences are to the search.</p>
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
      {cell.difference !== undefined && <span className={cell.difference < 0 ? 'methods-difference is-worse' : 'methods-difference'}>{differenceText(cell.difference)}</span>}
      {cell.estimated !== undefined && (
        <small>
          est. <span className="estimated">{figureText(cell.estimated)}</span>
        </small>
      )}
    </td>
  );
}

function limitText({ params, kv }: { readonly params: number; readonly kv: number }): string {
  return params === kv ? shareText(params) : `${shareText(params)} / ${shareText(kv)}`;
}

function shareText(share: number): string {
  return `${Number((100 * share).toPrecision(4))} %`;
}
