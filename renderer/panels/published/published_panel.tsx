/** What others published, and what we make of it: models, tables with our figure and its error, and all errors at once. */
import { useEffect } from 'react';
import { useStore } from 'zustand';
import { engineStore } from '../../state/engine_store.ts';
import { ERRORS_VIEW, loadPublishedTables, MODELS_VIEW, publishedStore, type PublishedState } from '../../state/published_store.ts';
import { Button } from '../../widgets/button.tsx';
import { EmptyState } from '../../widgets/empty_state.tsx';
import { ErrorsView } from './errors_view.tsx';
import { ModelsView } from './models_view.tsx';
import { PublishedList } from './published_list.tsx';
import { TableView } from './table_view.tsx';
import '../../plots/plot.css';
import '../../widgets/data_table.css';
import './published.css';

export function PublishedPanel() {
  const state = useStore(publishedStore, (view) => view.state);
  const ready = useStore(engineStore, ({ connection }) => connection.kind === 'ready');
  const wanted = state.kind === 'none' && ready;
  useEffect(() => {
    if (wanted) void loadPublishedTables();
  }, [wanted]);
  return (
    <section className="panel published-panel" aria-label="Published figures" data-testid="published">
      <PublishedList tables={state.kind === 'ready' ? state.tables : []} />
      <div className="published-content">
        <Content state={state} />
      </div>
    </section>
  );
}

function Content({ state }: { readonly state: PublishedState }) {
  const chosen = useStore(publishedStore, (view) => view.chosen);
  if (chosen === MODELS_VIEW) return <ModelsView />;
  switch (state.kind) {
    case 'none':
    case 'loading':
      return <EmptyState busy title="Comparing with published figures" />;
    case 'failed':
      return (
        <EmptyState icon="alert" title="The published tables could not be compared" text={state.error.message} actions={<Button onClick={() => void loadPublishedTables()}>Try again</Button>} />
      );
    case 'ready': {
      if (chosen === ERRORS_VIEW) return <ErrorsView tables={state.tables} />;
      const table = state.tables.find(({ id }) => id === chosen);
      return table === undefined ? <EmptyState title="There is no such table" /> : <TableView key={table.id} table={table} />;
    }
    default:
      return state satisfies never;
  }
}
