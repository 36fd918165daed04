/** The limits of the search: one row each, and a menu of what else can be limited. */
import { useStore } from 'zustand';
import { changeDocument, documentStore } from '../../state/document_store.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { quantityOf } from '../../state/columns.ts';
import { formatWithUnit } from '../../state/format.ts';
import { solveStore } from '../../state/solve_store.ts';
import { Button } from '../../widgets/button.tsx';
import { Menu } from '../../widgets/menu.tsx';
import { LimitRowView } from './limit_row.tsx';
import { addableLimits } from './limits_model.ts';
import './limits.css';

export function LimitsPanel({ library }: { readonly library: OpenLibrary }) {
  const limits = useStore(documentStore, (state) => state.document.limits);
  const bound = useStore(documentStore, (state) => state.document.workloads.some(({ enabled, limits: asked }) => enabled && asked.length > 0));
  const solve = useStore(solveStore);
  const addable = addableLimits(library, limits);
  return (
    <section className="side-section" aria-label="Limits">
      <header className="side-header">
        <h2>Limits</h2>
        <Menu
          label="Add limit"
          testId="add-limit-menu"
          sections={[
            {
              id: 'columns',
              items: addable.map((limit) => {
                const quantity = quantityOf(library.view, limit.column);
                return {
                  id: `${limit.column}-${limit.side}`,
                  label: quantity.label,
                  description: `${limit.side === 'max' ? 'at most' : 'at least'} ${formatWithUnit(limit.value, quantity.unit)}`,
                  onSelect: () =>
                    changeDocument(`Add limit ${quantity.label}`, (document) => ({ ...document, limits: [...document.limits, limit] })),
                };
              }),
            },
          ]}
          renderTrigger={(props) => (
            <Button variant="ghost" icon="add" disabled={addable.length === 0} data-testid="add-limit" {...props}>
              Add limit
            </Button>
          )}
        />
      </header>
      {limits.length === 0 && (
        <p className="muted limits-empty">
          {bound ? 'No limits beside those of the workloads below.' : 'No limits: the search is free to keep the parent. Add one to begin.'}
        </p>
      )}
      <ul className="limits">
        {limits.map((setting) => (
          <LimitRowView key={`${setting.column}-${setting.side}`} setting={setting} library={library} solve={solve} />
        ))}
      </ul>
    </section>
  );
}
