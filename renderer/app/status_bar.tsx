/** The quiet facts: engine, project, whether it is saved, and what is being read. */
import { useStore } from 'zustand';
import { copyLink } from '../state/actions.ts';
import { activityStore } from '../state/activity.ts';
import { showDialog } from '../state/dialog_store.ts';
import { documentStore, type DocumentState } from '../state/document_store.ts';
import { engineStore, openLibrary } from '../state/engine_store.ts';
import { IconButton } from '../widgets/button.tsx';
import { Tooltip } from '../widgets/tooltip.tsx';

export function StatusBar() {
  const status = useStore(engineStore, (state) => state.status);
  const ready = useStore(engineStore, (state) => state.connection.kind === 'ready');
  const library = useStore(engineStore, openLibrary);
  const project = useStore(documentStore);
  const visible = useStore(activityStore, (state) => state.activities.find((activity) => activity.label !== undefined));
  const notes = library?.view.header.notes.length ?? 0;
  return (
    <footer className="status-bar">
      <button type="button" className="status-item" onClick={() => showDialog({ kind: 'about' })} data-testid="engine-status" data-ready={ready}>
        <span className={ready ? 'status-dot status-dot-ok' : 'status-dot'} aria-hidden="true" />
        {ready ? `Engine ${status?.version ?? ''}` : 'Engine starting…'}
      </button>
      {project.folder !== '' && (
        <Tooltip text={`Project folder\n${project.folder}`}>
          <span className="status-item status-folder">
            <bdi>{project.folder}</bdi>
          </span>
        </Tooltip>
      )}
      {project.loaded && (
        <span className="status-item" data-testid="save-state" data-state={project.readOnly === undefined ? project.saving : 'read-only'}>
          {savedText(project)}
        </span>
      )}
      {visible !== undefined && (
        <output className="status-item" data-testid="activity">
          {visible.fraction === undefined ? <span className="spinner status-spinner" aria-hidden="true" /> : <progress value={visible.fraction} aria-label={visible.label} />}
          {visible.label}
          {visible.cancel !== undefined && <IconButton icon="close" label="Cancel" onClick={visible.cancel} />}
        </output>
      )}
      <span className="top-space" />
      {notes > 0 && library !== undefined && (
        <button type="button" className="status-item" onClick={() => showDialog({ kind: 'library-notes', id: library.view.id })} data-testid="library-notes-button">
          {notes} {notes === 1 ? 'note' : 'notes'} on this library
        </button>
      )}
      {window.workbenchHost === undefined && <IconButton icon="link" label="Copy link to this view" onClick={() => void copyLink()} />}
      <IconButton icon="help" label="Keyboard shortcuts" shortcut="?" onClick={() => showDialog({ kind: 'shortcuts' })} />
    </footer>
  );
}

function savedText({ readOnly, saving }: DocumentState): string {
  if (readOnly !== undefined) return 'Read only';
  return { saved: 'Saved', pending: 'Saving…', failed: 'Not saved' }[saving];
}
