import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../engine/protocol/commands.ts';
import { searchTitles } from './palette_search.ts';
import { commandFor, isMac, shortcutText, type KeyPress } from './shortcuts.ts';

const press = (key: string, modifiers: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...modifiers,
});
const linux = { mac: false, editing: false };

describe('the command table', () => {
  test('names every command, title and shortcut once', () => {
    for (const values of [
      COMMANDS.map((command) => command.id),
      COMMANDS.map((command) => command.title),
      COMMANDS.flatMap((command) => ('shortcut' in command ? [command.shortcut] : [])),
    ]) {
      expect(new Set<string>(values).size).toBe(values.length);
    }
  });

  test('every shortcut, pressed, means its own command', () => {
    for (const command of COMMANDS) {
      if (!('shortcut' in command)) continue;
      const parts = command.shortcut.split('+');
      const key = parts.at(-1) ?? '';
      const modifiers = { ctrlKey: parts.includes('Mod'), shiftKey: parts.includes('Shift') };
      expect(commandFor(press(key.toLowerCase(), modifiers), linux)).toBe(command.id);
    }
  });
});

describe('shortcuts', () => {
  test('single keys never fire while text is edited; with Mod they do, but for undo', () => {
    const editing = { mac: false, editing: true };
    expect(commandFor(press('p'), linux)).toBe('solution.pin');
    expect(commandFor(press('p'), editing)).toBeUndefined();
    expect(commandFor(press('k', { ctrlKey: true }), editing)).toBe('palette.show');
    expect(commandFor(press('z', { ctrlKey: true }), editing)).toBeUndefined();
  });

  test('Mod is Command on macOS and Control elsewhere', () => {
    const mac = { mac: true, editing: false };
    expect(commandFor(press('k', { metaKey: true }), mac)).toBe('palette.show');
    expect(commandFor(press('k', { ctrlKey: true }), mac)).toBeUndefined();
    expect(commandFor(press('k', { metaKey: true }), linux)).toBeUndefined();
  });

  test('Shift tells undo from redo, but not on signs that need it', () => {
    expect(commandFor(press('Z', { ctrlKey: true, shiftKey: true }), linux)).toBe('edit.redo');
    expect(commandFor(press('?', { shiftKey: true }), linux)).toBe('help.shortcuts');
    expect(commandFor(press('P', { shiftKey: true }), linux)).toBeUndefined();
  });

  test('Alt makes another key of it', () => {
    expect(commandFor(press('1', { altKey: true }), linux)).toBeUndefined();
  });

  test('are written as each platform writes them', () => {
    expect(shortcutText('Mod+Shift+Z', true)).toBe('⇧⌘Z');
    expect(shortcutText('Mod+Shift+Z', false)).toBe('Ctrl+Shift+Z');
    expect([isMac('darwin'), isMac('Mozilla/5.0 (Macintosh)'), isMac('Mozilla/5.0 (X11; Linux) Gecko')]).toEqual([true, true, false]);
  });
});

describe('the palette', () => {
  const titles = (query: string): string[] => searchTitles(COMMANDS, query).map((command) => command.title);

  test('finds by the words of a title in any order, beginnings first', () => {
    expect(titles('library open')).toContain('Open library file…');
    expect(titles('pin')[0]).toMatch(/^Pin/);
    expect(titles('zebra')).toEqual([]);
  });

  test('shows everything for nothing', () => {
    expect(titles(' ')).toHaveLength(COMMANDS.length);
  });
});
