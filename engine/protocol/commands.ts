/**
 * Every command of the window, as data: the application menu, the palette, the shortcuts, the help sheet and the
 * scenarios all read this one table. What a command does is the renderer's business.
 */
export interface CommandInfo {
  readonly id: string;
  readonly title: string;
  readonly menu: 'File' | 'Edit' | 'View' | 'Solution' | 'Help';
  /** `Mod` is Command on macOS and Control elsewhere; never fires while a text field has the focus, unless `Mod` is in it. */
  readonly shortcut?: string;
}

export const COMMANDS = [
  { id: 'library.open-file', title: 'Open library file…', menu: 'File', shortcut: 'Mod+O' },
  { id: 'library.open-folder', title: 'Open library folder…', menu: 'File', shortcut: 'Mod+Shift+O' },
  { id: 'library.estimate', title: 'New estimated library…', menu: 'File' },
  { id: 'library.sample', title: 'Open the sample library', menu: 'File' },
  { id: 'architecture.import', title: 'Import architecture…', menu: 'File', shortcut: 'Mod+I' },
  { id: 'solution.export', title: 'Export…', menu: 'File', shortcut: 'Mod+E' },
  { id: 'train.new', title: 'New training run…', menu: 'File', shortcut: 'N' },
  { id: 'edit.undo', title: 'Undo', menu: 'Edit', shortcut: 'Mod+Z' },
  { id: 'edit.redo', title: 'Redo', menu: 'Edit', shortcut: 'Mod+Shift+Z' },
  { id: 'limits.reset', title: 'Reset limits', menu: 'Edit' },
  { id: 'palette.show', title: 'Command palette…', menu: 'View', shortcut: 'Mod+K' },
  { id: 'view.explore', title: 'Show frontier', menu: 'View', shortcut: '1' },
  { id: 'view.reasons', title: 'Show why this child was chosen', menu: 'View', shortcut: '2' },
  { id: 'view.layers', title: 'Show layer table', menu: 'View', shortcut: '3' },
  { id: 'view.compare', title: 'Show comparison', menu: 'View', shortcut: '4' },
  { id: 'view.published', title: 'Show published models', menu: 'View', shortcut: '5' },
  { id: 'view.serving', title: 'Show what serving costs', menu: 'View', shortcut: '6' },
  { id: 'view.train', title: 'Go to Train', menu: 'View', shortcut: '7' },
  { id: 'hardware.show', title: 'Hardware: devices and calibrations…', menu: 'View' },
  { id: 'view.reference', title: 'Show 51B and 40B…', menu: 'View' },
  { id: 'view.theme', title: 'Switch between light and dark', menu: 'View', shortcut: 'Mod+Shift+L' },
  { id: 'solution.pin', title: 'Pin this solution', menu: 'Solution', shortcut: 'P' },
  { id: 'solution.pin-reference', title: 'Pin a reference architecture…', menu: 'Solution' },
  { id: 'solution.next', title: 'Next solution', menu: 'Solution', shortcut: ']' },
  { id: 'solution.previous', title: 'Previous solution', menu: 'Solution', shortcut: '[' },
  { id: 'layer.lock', title: 'Lock or unlock this layer', menu: 'Solution', shortcut: 'L' },
  { id: 'layer.ban', title: "Ban this layer's block here", menu: 'Solution', shortcut: 'B' },
  { id: 'layer.release', title: 'Lift all locks and bans', menu: 'Solution' },
  { id: 'train.cancel', title: 'Cancel this training run', menu: 'Solution' },
  { id: 'train.resume', title: 'Resume this training run', menu: 'Solution' },
  { id: 'help.shortcuts', title: 'Keyboard shortcuts', menu: 'Help', shortcut: '?' },
  { id: 'help.about', title: 'About and capabilities', menu: 'Help' },
] as const satisfies readonly CommandInfo[];

export type CommandId = (typeof COMMANDS)[number]['id'];

export function isCommandId(id: string): id is CommandId {
  return COMMANDS.some((command) => command.id === id);
}
