/** States of the whole window that the user must know of while they last. */
import { useStore } from 'zustand';
import { documentStore } from '../state/document_store.ts';
import { engineStore } from '../state/engine_store.ts';
import { Icon } from '../widgets/icon.tsx';

export function Banners() {
  const connection = useStore(engineStore, (state) => state.connection);
  const readOnly = useStore(documentStore, (state) => state.readOnly);
  const recovered = useStore(documentStore, (state) => state.recovered);
  const lost = connection.kind === 'connecting' ? connection.lost : undefined;
  return (
    <div className="banners">
      {lost !== undefined && (
        <div className="banner banner-danger" role="alert" data-testid="engine-lost">
          <span className="spinner" aria-hidden="true" />
          <span>
            <strong>The engine stopped:</strong> {lost.message} Restarting…
            {lost.hint !== undefined && <span className="banner-hint"> {lost.hint}</span>}
          </span>
        </div>
      )}
      {readOnly !== undefined && (
        <div className="banner banner-warning" role="status" data-testid="read-only">
          <Icon name="info" />
          <span>
            <strong>Read only:</strong> {readOnly} Changes made here are not saved.
          </span>
        </div>
      )}
      {recovered !== undefined && (
        <div className="banner banner-warning" role="status" data-testid="recovered">
          <Icon name="alert" />
          <span>{recovered}</span>
        </div>
      )}
    </div>
  );
}
