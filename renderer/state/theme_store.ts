/** The theme in force: the user's preference, or the system's where the user has none. */
import { createStore } from 'zustand/vanilla';
import type { Preferences } from '../../engine/protocol/workspace.ts';
import { DARK, LIGHT, applyTheme, type Theme } from '../theme/theme.ts';
import { engineClient } from './engine_store.ts';
import { notifyError } from './notice_store.ts';

export type ThemeChoice = Preferences['theme'];

export interface ThemeState {
  readonly choice: ThemeChoice;
  readonly theme: Theme;
}

export const themeStore = createStore<ThemeState>(() => ({ choice: 'system', theme: LIGHT }));

/** Remembered beside the engine's preferences, so that the first paint already has the right theme. */
const KEY = 'puzzle-workbench/theme';

/** Paints the remembered theme and follows the system's; call once, before the first render. */
export function startTheme(): void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', () => adoptTheme(themeStore.getState().choice));
  themeStore.subscribe((state) => applyTheme(state.theme));
  const remembered = localStorage.getItem(KEY);
  adoptTheme(remembered === 'light' || remembered === 'dark' ? remembered : 'system');
}

/** Takes over a preference without saving it. */
export function adoptTheme(choice: ThemeChoice): void {
  const dark = choice === 'dark' || (choice === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
  themeStore.setState({ choice, theme: dark ? DARK : LIGHT });
  localStorage.setItem(KEY, choice);
}

export function chooseTheme(choice: ThemeChoice): void {
  adoptTheme(choice);
  engineClient()
    ?.call('preferences.save', { theme: choice })
    .catch((error: unknown) => notifyError('The theme could not be remembered', error));
}

export function toggleTheme(): void {
  chooseTheme(themeStore.getState().theme.name === 'dark' ? 'light' : 'dark');
}
