/** Joins the command table to the keyboard and to the desktop's menu. */
import { useEffect } from 'react';
import { isCommandId, type CommandId } from '../../engine/protocol/commands.ts';
import { dialogStore } from '../state/dialog_store.ts';
import { commandInfo, runCommand } from './command_actions.ts';
import { commandFor, isMac, shortcutText } from './shortcuts.ts';

export const ON_MAC = isMac(window.workbenchHost?.platform ?? navigator.userAgent);

export function useCommands(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return;
      const id = commandFor(event, { mac: ON_MAC, editing: isEditing(event.target) });
      // A modal dialog keeps the keyboard, but for the palette, which takes its place.
      if (id === undefined || (dialogStore.getState().dialog.kind !== 'none' && id !== 'palette.show')) return;
      // Also where the command cannot run: Mod+O must never fall through to the browser's own.
      event.preventDefault();
      runCommand(id);
    };
    window.addEventListener('keydown', onKeyDown);
    const dispose = window.workbenchHost?.onCommand((id) => {
      if (isCommandId(id)) runCommand(id);
    });
    return () => {
      window.removeEventListener('keydown', onKeyDown);
      dispose?.();
    };
  }, []);
}

/** A command's shortcut as people read it, or undefined where it has none. */
export function shortcutOf(id: CommandId): string | undefined {
  const info = commandInfo(id);
  return 'shortcut' in info ? shortcutText(info.shortcut, ON_MAC) : undefined;
}

function isEditing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !['range', 'checkbox', 'radio', 'button'].includes(target.type);
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
