/**
 * The application menu as data: our commands from the shared table plus the roles each platform expects. main.ts turns
 * it into Electron's menu; a chosen command goes to the page, which owns what it does.
 */
import { COMMANDS, type CommandId, type CommandInfo } from '../engine/protocol/commands.ts';

export type MenuRole =
  | 'appMenu'
  | 'windowMenu'
  | 'quit'
  | 'close'
  | 'cut'
  | 'copy'
  | 'paste'
  | 'selectAll'
  | 'resetZoom'
  | 'zoomIn'
  | 'zoomOut'
  | 'togglefullscreen'
  | 'reload'
  | 'toggleDevTools';

export type MenuEntry =
  | { readonly kind: 'command'; readonly id: CommandId; readonly label: string; readonly accelerator?: string }
  | { readonly kind: 'role'; readonly role: MenuRole }
  | { readonly kind: 'separator' };

export type TopMenu =
  | { readonly kind: 'menu'; readonly label: string; readonly entries: readonly MenuEntry[] }
  | { readonly kind: 'role'; readonly role: MenuRole };

const SEPARATOR: MenuEntry = { kind: 'separator' };

/** `developer` adds reloading and the inspector. */
export function menuModel(platform: string, developer: boolean): readonly TopMenu[] {
  const mac = platform === 'darwin';
  const menu = (label: CommandInfo['menu'], ...rest: readonly MenuEntry[]): TopMenu => ({
    kind: 'menu',
    label,
    entries: [...COMMANDS.filter((command) => command.menu === label).map((command) => commandEntry(command, mac)), ...rest],
  });
  return [
    ...(mac ? [{ kind: 'role', role: 'appMenu' } as const] : []),
    menu('File', SEPARATOR, role(mac ? 'close' : 'quit')),
    menu('Edit', SEPARATOR, role('cut'), role('copy'), role('paste'), role('selectAll')),
    menu(
      'View',
      SEPARATOR,
      role('resetZoom'),
      role('zoomIn'),
      role('zoomOut'),
      role('togglefullscreen'),
      ...(developer ? [SEPARATOR, role('reload'), role('toggleDevTools')] : []),
    ),
    menu('Solution'),
    ...(mac ? [{ kind: 'role', role: 'windowMenu' } as const] : []),
    menu('Help'),
  ];
}

/**
 * The page itself listens for every shortcut, so elsewhere the menu only shows them (`registerAccelerator: false`).
 * macOS always acts on what its menu shows: there, single keys must stay out or they could not be typed.
 */
function commandEntry(command: (typeof COMMANDS)[number], mac: boolean): MenuEntry {
  const shortcut = 'shortcut' in command ? command.shortcut : undefined;
  const shown = shortcut !== undefined && (!mac || shortcut.startsWith('Mod+')) ? shortcut : undefined;
  return {
    kind: 'command',
    id: command.id,
    label: command.title,
    ...(shown === undefined ? {} : { accelerator: shown.replace('Mod+', 'CmdOrCtrl+') }),
  };
}

function role(name: MenuRole): MenuEntry {
  return { kind: 'role', role: name };
}
