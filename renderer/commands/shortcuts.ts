/** Which command a key press means, and how a shortcut is written for people. */
import { COMMANDS, type CommandId } from '../../engine/protocol/commands.ts';

/** The parts of a keyboard event that matter. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

export function isMac(platform: string): boolean {
  return /mac|darwin/i.test(platform);
}

/**
 * The command for a key press. While text is being edited only shortcuts with `Mod` count, and those that edit text
 * (undo, redo) stay with the field.
 */
export function commandFor(press: KeyPress, options: { readonly mac: boolean; readonly editing: boolean }): CommandId | undefined {
  if (press.altKey) return undefined;
  const mod = options.mac ? press.metaKey : press.ctrlKey;
  if (options.mac ? press.ctrlKey : press.metaKey) return undefined;
  const key = press.key.length === 1 ? press.key.toUpperCase() : press.key;
  const command = COMMANDS.find((candidate) => {
    if (!('shortcut' in candidate)) return false;
    const parts = candidate.shortcut.split('+');
    const wanted = parts.at(-1) ?? '';
    if (parts.includes('Mod') !== mod || wanted.toUpperCase() !== key) return false;
    // Signs such as ? need Shift on some keyboards and not on others: the sign itself is what counts.
    return !/^[A-Z]$/i.test(wanted) || parts.includes('Shift') === press.shiftKey;
  });
  if (command === undefined) return undefined;
  if (options.editing && (!mod || command.id === 'edit.undo' || command.id === 'edit.redo')) return undefined;
  return command.id;
}

/** `Mod+Shift+Z` as `⇧⌘Z` on macOS and `Ctrl+Shift+Z` elsewhere. */
export function shortcutText(shortcut: string, mac: boolean): string {
  const parts = shortcut.split('+');
  if (!mac) return parts.map((part) => (part === 'Mod' ? 'Ctrl' : part)).join('+');
  return `${parts.includes('Shift') ? '⇧' : ''}${parts.includes('Mod') ? '⌘' : ''}${parts.at(-1) ?? ''}`;
}
