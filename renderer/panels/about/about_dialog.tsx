/** What this installation is, what it can do, and under which terms. */
import { useStore } from 'zustand';
import { closeDialog } from '../../state/dialog_store.ts';
import { documentStore } from '../../state/document_store.ts';
import { engineStore } from '../../state/engine_store.ts';
import { Badge } from '../../widgets/badge.tsx';
import { Dialog } from '../../widgets/dialog.tsx';
import './about.css';

export function AboutDialog() {
  const status = useStore(engineStore, (state) => state.status);
  const folder = useStore(documentStore, (state) => state.folder);
  return (
    <Dialog title="About Puzzle Workbench" onClose={closeDialog} testId="about-dialog">
      <div className="selectable">
        <dl className="facts">
          <dt>Version</dt>
          <dd>{__APP_VERSION__}</dd>
          <dt>Engine</dt>
          <dd>
            {status === undefined
              ? 'not running'
              : `${status.version} on Node ${status.node}, ${status.host === 'electron' ? 'desktop' : 'browser mode'}, since ${new Date(status.started_at).toLocaleString()}`}
          </dd>
          <dt>Project</dt>
          <dd>{folder === '' ? '–' : folder}</dd>
          <dt>Licence</dt>
          <dd>GPL-3.0-or-later. It comes without any warranty; you may share and change it under the same terms.</dd>
        </dl>
        <h3 className="about-heading">Capabilities</h3>
        <ul className="capabilities" data-testid="capabilities">
          {status?.capabilities.map((capability) => (
            <li key={capability.id}>
              <Badge text={capability.available ? 'ready' : 'absent'} tone={capability.available ? 'ok' : 'neutral'} />
              <span>{capability.line}</span>
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}
