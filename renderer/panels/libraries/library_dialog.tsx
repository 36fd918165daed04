/** What the open library is: origin, licence, measurements, columns with provenance, and the notes made on import. */
import { useStore } from 'zustand';
import type { LibraryHeader, Measurement } from '../../../engine/protocol/library.ts';
import { removeLibrary } from '../../state/actions.ts';
import { closeDialog } from '../../state/dialog_store.ts';
import { engineStore, openLibrary } from '../../state/engine_store.ts';
import { Badge } from '../../widgets/badge.tsx';
import { Button } from '../../widgets/button.tsx';
import { Dialog } from '../../widgets/dialog.tsx';
import { EmptyState } from '../../widgets/empty_state.tsx';

export function LibraryDialog({ id }: { readonly id: string }) {
  const library = useStore(engineStore, openLibrary);
  const summary = useStore(engineStore, (state) => state.libraries.find((candidate) => candidate.id === id));
  const header = library?.view.id === id ? library.view.header : undefined;
  return (
    <Dialog
      title={header?.name ?? summary?.name ?? 'Library'}
      onClose={closeDialog}
      width={720}
      testId="library-dialog"
      footer={
        summary?.origin !== 'project' ? undefined : (
          <Button
            variant="danger"
            icon="trash"
            data-testid="library-remove"
            onClick={() => {
              closeDialog();
              void removeLibrary(id);
            }}
          >
            Remove from project
          </Button>
        )
      }
    >
      {header === undefined ? <EmptyState title="This library is not open" /> : <LibraryDetails header={header} />}
    </Dialog>
  );
}

function LibraryDetails({ header }: { readonly header: LibraryHeader }) {
  return (
    <div className="library-details selectable">
      <dl className="facts">
        <dt>Parent</dt>
        <dd>
          {header.parent.name}, {header.parent.num_hidden_layers} layers
        </dd>
        <dt>Origin</dt>
        <dd>
          <Badge text={header.provenance.kind} tone={header.provenance.kind === 'estimated' ? 'warning' : 'neutral'} /> {header.provenance.source}
        </dd>
        {header.licence !== undefined && (
          <>
            <dt>Licence</dt>
            <dd>{header.licence}</dd>
          </>
        )}
        {header.measurements.map((measurement) => (
          <Fact key={measurement.id} name="Setting" text={measurementLine(measurement)} />
        ))}
      </dl>
      <h3>Notes</h3>
      {header.notes.length === 0 ? (
        <p className="muted">Nothing odd was found in it.</p>
      ) : (
        <ul className="notes" data-testid="library-notes">
          {header.notes.map((note) => (
            <li key={`${note.where ?? ''} ${note.text}`}>
              <Badge text={note.severity} tone={note.severity === 'warning' ? 'warning' : 'neutral'} />
              <span>
                {note.text}
                {note.where !== undefined && <span className="muted"> {note.where}</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
      <h3>Columns</h3>
      <table className="columns">
        <tbody>
          {header.columns.map((column) => (
            <tr key={column.id}>
              <th scope="row">{column.label}</th>
              <td className="muted">{column.unit === 'parameters' ? '' : column.unit}</td>
              <td>
                <Badge text={column.provenance.kind} tone={column.provenance.kind === 'estimated' ? 'warning' : 'neutral'} />
              </td>
              <td className="muted">{column.provenance.source}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Fact({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </>
  );
}

function measurementLine(measurement: Measurement): string {
  const { device, backend, version, dtypes, tp, batch, isl, osl, sequence, tokens_counted } = measurement;
  const lengths = isl !== undefined && osl !== undefined ? `${isl} tokens in, ${osl} out` : sequence === undefined ? undefined : `${sequence} tokens per sequence`;
  return [
    device,
    backend === undefined ? undefined : `${backend} ${version ?? ''}`.trim(),
    dtypes.weights === undefined ? undefined : `${dtypes.weights} weights`,
    tp === undefined ? undefined : `TP ${tp}`,
    batch === undefined ? undefined : `batch ${batch}`,
    lengths,
    `throughput counts ${tokens_counted === 'total' ? 'all' : 'generated'} tokens`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}
