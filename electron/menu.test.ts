import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../engine/protocol/commands.ts';
import { menuModel, type MenuEntry } from './menu.ts';

const PLATFORMS = ['linux', 'win32', 'darwin'];

function entries(platform: string, developer = false): readonly MenuEntry[] {
  return menuModel(platform, developer).flatMap((top) => (top.kind === 'menu' ? top.entries : []));
}

function roles(platform: string, developer = false): readonly string[] {
  const top = menuModel(platform, developer).flatMap((menu) => (menu.kind === 'role' ? [menu.role] : []));
  return [...top, ...entries(platform, developer).flatMap((entry) => (entry.kind === 'role' ? [entry.role] : []))];
}

describe('application menu', () => {
  it.each(PLATFORMS)('offers every command exactly once on %s', (platform) => {
    const ids = entries(platform).flatMap((entry) => (entry.kind === 'command' ? [entry.id] : []));
    expect([...ids].sort()).toEqual(COMMANDS.map((command) => command.id).sort());
  });

  it.each(PLATFORMS)('gives no two commands the same keys on %s', (platform) => {
    const keys = entries(platform).flatMap((entry) => (entry.kind === 'command' && entry.accelerator ? [entry.accelerator] : []));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('spells shortcuts the way Electron does', () => {
    const open = entries('linux').find((entry) => entry.kind === 'command' && entry.id === 'library.open-folder');
    expect(open).toMatchObject({ accelerator: 'CmdOrCtrl+Shift+O' });
  });

  it('shows single keys, but not on macOS, where showing means acting', () => {
    const pin = (platform: string) => entries(platform).find((entry) => entry.kind === 'command' && entry.id === 'solution.pin');
    expect(pin('linux')).toMatchObject({ accelerator: 'P' });
    expect(pin('darwin')).not.toHaveProperty('accelerator');
  });

  it('has what each platform expects', () => {
    expect(roles('linux')).toContain('quit');
    expect(roles('linux')).not.toContain('appMenu');
    expect(roles('darwin')).toEqual(expect.arrayContaining(['appMenu', 'windowMenu', 'close', 'copy', 'paste']));
    expect(menuModel('darwin', false)[0]).toEqual({ kind: 'role', role: 'appMenu' });
  });

  it('keeps the inspector to developers', () => {
    expect(roles('linux')).not.toContain('toggleDevTools');
    expect(roles('linux', true)).toContain('toggleDevTools');
  });
});
