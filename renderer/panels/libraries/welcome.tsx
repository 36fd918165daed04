/** What a project without a library shows: what a library is, and the four ways to one. */
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import { runCommand } from '../../commands/command_actions.ts';
import { shortcutOf } from '../../commands/use_commands.ts';
import { openMeasuredSample, openRecent } from '../../state/actions.ts';
import { showDialog } from '../../state/dialog_store.ts';
import { engineStore } from '../../state/engine_store.ts';
import { Button } from '../../widgets/button.tsx';
import { Icon, type IconName } from '../../widgets/icon.tsx';
import './libraries.css';

export function Welcome() {
  const recents = useStore(engineStore, (state) => state.recents);
  return (
    <div className="welcome" data-testid="welcome">
      <div className="welcome-box">
        <header className="welcome-head">
          <h1>Begin with a block library</h1>
          <p className="muted">
            It lists, for every layer of a parent model, the blocks that could replace it, with what they cost and how much they harm. The search picks one per layer.
          </p>
        </header>
        <div className="welcome-ways">
          <Way icon="library" title="Look around" text="A sample: Llama-3.1-70B on one H100 in FP8, the case of NVIDIA’s Nemotron-51B, computed and estimated. Or a small model, measured.">
            <Button onClick={() => runCommand('library.sample')} data-testid="welcome-sample">
              Llama-3.1-70B
            </Button>
            <Button onClick={() => void openMeasuredSample()} data-testid="welcome-measured">
              Small model
            </Button>
          </Way>
          <Way icon="chip" title="Your own model" text="Any Llama-like model from its config.json or its shape, on the device and traffic that you choose. No measurement is needed; all of it is marked as estimated.">
            <Button variant="primary" onClick={() => runCommand('library.estimate')} data-testid="welcome-estimate">
              Estimate a library…
            </Button>
          </Way>
          <Way icon="upload" title="A library file" text="NVlabs’ block_library.json, a Puzzletron folder (replacement_library.json, subblock_stats.json, the scores), or a library saved here.">
            <Button onClick={() => runCommand('library.open-file')} data-testid="welcome-open-file">
              Open a file…
            </Button>
            <Button onClick={() => runCommand('library.open-folder')} data-testid="welcome-open-folder">
              Folder…
            </Button>
          </Way>
          <Way icon="train" title="Measure it here" text="Train a small parent, or open a checkpoint: every block is distilled, scored and timed on this computer, and the child comes with weights.">
            <Button onClick={() => runCommand('train.new')} data-testid="welcome-train">
              Train one…
            </Button>
            <Button onClick={() => showDialog({ kind: 'train', parent: 'open' })} data-testid="welcome-checkpoint">
              Checkpoint…
            </Button>
          </Way>
        </div>
        <p className="welcome-drop">
          <Icon name="upload" />
          Drop a block library here, or a model&apos;s config.json.
        </p>
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

function Way({ icon, title, text, children }: { readonly icon: IconName; readonly title: string; readonly text: string; readonly children: ReactNode }) {
  return (
    <section className="welcome-way" aria-label={title}>
      <Icon name={icon} size={22} />
      <h2>{title}</h2>
      <p className="muted">{text}</p>
      <div className="welcome-actions">{children}</div>
    </section>
  );
}
