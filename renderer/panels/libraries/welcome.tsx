/** What a project without a library shows: what a library is and the ways to get one. */
import { useStore } from 'zustand';
import { runCommand } from '../../commands/command_actions.ts';
import { shortcutOf } from '../../commands/use_commands.ts';
import { openRecent } from '../../state/actions.ts';
import { engineStore } from '../../state/engine_store.ts';
import { Button } from '../../widgets/button.tsx';
import { Icon } from '../../widgets/icon.tsx';
import './libraries.css';

export function Welcome() {
  const recents = useStore(engineStore, (state) => state.recents);
  return (
    <div className="welcome" data-testid="welcome">
      <div className="welcome-box">
        <div className="welcome-drop">
          <Icon name="upload" size={28} />
          <h1>Drop a block library here</h1>
          <p>
            A block library lists, for every layer of a parent model, the blocks that could replace it, with their costs and scores. The
            search picks one per layer.
          </p>
          <div className="welcome-actions">
            <Button variant="primary" icon="file" onClick={() => runCommand('library.open-file')} data-testid="welcome-open-file">
              Open a library…
            </Button>
            <Button icon="folder" onClick={() => runCommand('library.open-folder')} data-testid="welcome-open-folder">
              Open a folder…
            </Button>
            <Button icon="library" onClick={() => runCommand('library.sample')} data-testid="welcome-sample">
              Open the sample
            </Button>
          </div>
          <p className="muted">
            Read are NVlabs&apos; <code>block_library.json</code>, a Puzzletron folder (<code>replacement_library.json</code>,{' '}
            <code>subblock_stats.json</code> and the scores), and libraries saved here. A model&apos;s <code>config.json</code> or a solution file is
            taken as an architecture to compare with.
          </p>
        </div>
        {recents.length > 0 && (
          <section className="welcome-recents" aria-label="Recent files">
            <h2>Recent</h2>
            <ul>
              {recents.slice(0, 6).map((recent) => (
                <li key={recent.id}>
                  <Button variant="ghost" icon="file" disabled={!recent.exists} onClick={() => void openRecent(recent.id, recent.label)}>
                    {recent.label}
                  </Button>
                  {!recent.exists && <span className="muted">no longer there</span>}
                </li>
              ))}
            </ul>
          </section>
        )}
        <p className="muted welcome-hint">
          {shortcutOf('palette.show')} finds every command; ? lists the shortcuts.
        </p>
      </div>
    </div>
  );
}
