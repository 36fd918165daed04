/** Every command, by name: type to find it, arrow keys to choose, Enter to run. */
import { useState, type KeyboardEvent } from 'react';
import { useStore } from 'zustand';
import { COMMANDS } from '../../engine/protocol/commands.ts';
import { chooseLibrary } from '../state/actions.ts';
import { closeDialog } from '../state/dialog_store.ts';
import { engineStore } from '../state/engine_store.ts';
import { Dialog } from '../widgets/dialog.tsx';
import { isEnabled, runCommand } from './command_actions.ts';
import { searchTitles } from './palette_search.ts';
import { shortcutOf } from './use_commands.ts';
import './palette.css';

interface Entry {
  readonly id: string;
  readonly title: string;
  readonly shortcut: string | undefined;
  readonly enabled: boolean;
  readonly run: () => void;
}

export function Palette() {
  const libraries = useStore(engineStore, (state) => state.libraries);
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const entries: readonly Entry[] = [
    ...COMMANDS.filter((command) => command.id !== 'palette.show').map((command) => ({
      id: command.id,
      title: command.title,
      shortcut: shortcutOf(command.id),
      enabled: isEnabled(command.id),
      run: () => void runCommand(command.id),
    })),
    ...libraries.map((library) => ({
      id: `library-${library.id}`,
      title: `Switch to library: ${library.name}`,
      shortcut: undefined,
      enabled: true,
      run: () => void chooseLibrary(library.id),
    })),
  ];
  const found = searchTitles(entries, query);
  const at = Math.min(active, found.length - 1);
  const run = (entry: Entry | undefined): void => {
    if (entry === undefined || !entry.enabled) return;
    // Closed first: the command may open a dialog of its own.
    closeDialog();
    entry.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Enter') run(found[at]);
    else if (step !== undefined) setActive((at + step + found.length) % Math.max(found.length, 1));
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Command palette" bare width={560} onClose={closeDialog} testId="palette">
      <input
        className="palette-input"
        placeholder="Type a command"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={found[at] === undefined ? undefined : `palette-${found[at].id}`}
        aria-label="Command"
        autoComplete="off"
        spellCheck={false}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
        data-testid="palette-input"
      />
      <div id="palette-list" className="palette-list" role="listbox" aria-label="Commands">
        {found.map((entry, index) => (
          <div
            key={entry.id}
            id={`palette-${entry.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            aria-disabled={!entry.enabled}
            className="palette-item"
            ref={(element) => {
              if (index === at) element?.scrollIntoView({ block: 'nearest' });
            }}
            onPointerMove={() => index !== at && setActive(index)}
            onClick={() => run(entry)}
            onKeyDown={onKeyDown}
          >
            <span>{entry.title}</span>
            {entry.shortcut !== undefined && <kbd>{entry.shortcut}</kbd>}
          </div>
        ))}
        {found.length === 0 && <p className="palette-none muted">No command is called that.</p>}
      </div>
    </Dialog>
  );
}
