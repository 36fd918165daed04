/** What is searched, for what, and how it went; and the commands used most. */
import { useStore } from 'zustand';
import type { CommandId } from '../../engine/protocol/commands.ts';
import { commandInfo, runCommand } from '../commands/command_actions.ts';
import { shortcutOf } from '../commands/use_commands.ts';
import { LibrarySwitcher } from '../panels/libraries/library_switcher.tsx';
import { SolveStatus } from '../panels/summary/solve_status.tsx';
import { documentStore } from '../state/document_store.ts';
import { engineStore, openLibrary } from '../state/engine_store.ts';
import { isStale, solveStore } from '../state/solve_store.ts';
import { themeStore } from '../state/theme_store.ts';
import { viewStore } from '../state/view_store.ts';
import { Button, IconButton } from '../widgets/button.tsx';
import type { IconName } from '../widgets/icon.tsx';
import { Mark } from './mark.tsx';
import { ScreenSwitch } from './screen_switch.tsx';

export function TopBar() {
  const exploring = useStore(viewStore, (state) => state.screen === 'explore');
  const opened = useStore(engineStore, openLibrary);
  const library = exploring ? opened : undefined;
  const undoLabel = useStore(documentStore, (state) => state.past.at(-1)?.label);
  const redoLabel = useStore(documentStore, (state) => state.future.at(-1)?.label);
  const dark = useStore(themeStore, (state) => state.theme.name === 'dark');
  const canPin = useStore(solveStore, (state) => state.answer !== undefined && !isStale(state));
  return (
    <header className="top-bar">
      <span className="top-brand">
        <Mark />
        <span className="top-name">Puzzle Workbench</span>
      </span>
      <ScreenSwitch />
      {exploring && <LibrarySwitcher />}
      {library !== undefined && <SolveStatus />}
      <span className="top-space" />
      {exploring && (
        <>
          <CommandButton id="edit.undo" icon="undo" disabled={undoLabel === undefined} what={undoLabel} />
          <CommandButton id="edit.redo" icon="redo" disabled={redoLabel === undefined} what={redoLabel} />
          <span className="top-divider" />
        </>
      )}
      {library !== undefined && (
        <>
          <Button icon="pin" disabled={!canPin} onClick={() => runCommand('solution.pin')} data-testid="pin-current">
            Pin
          </Button>
          <Button icon="download" onClick={() => runCommand('solution.export')} data-testid="export">
            Export
          </Button>
        </>
      )}
      <CommandButton id="palette.show" icon="command" />
      <CommandButton id="view.theme" icon={dark ? 'sun' : 'moon'} />
    </header>
  );
}

function CommandButton({ id, icon, disabled = false, what }: { readonly id: CommandId; readonly icon: IconName; readonly disabled?: boolean; readonly what?: string | undefined }) {
  const title = commandInfo(id).title.replace(/…$/, '');
  return (
    <IconButton
      icon={icon}
      label={what === undefined ? title : `${title}: ${what}`}
      shortcut={shortcutOf(id)}
      disabled={disabled}
      onClick={() => runCommand(id)}
      data-testid={`command-${id}`}
    />
  );
}
