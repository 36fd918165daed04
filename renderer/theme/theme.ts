/**
 * The one source of colours. `applyTheme` writes them as CSS variables (`--surface`, `--attention`, ...) and plots
 * read the same object, so that light and dark can never drift apart between page and plot.
 *
 * Attention is blue, FFN red and time saved green, as in NVIDIA's Figure 3; hues keep apart under the common colour
 * vision deficiencies and are never the only sign.
 */
export interface Theme {
  readonly name: 'light' | 'dark';
  /** Page, panels on it, and what is raised or sunken on panels. */
  readonly canvas: string;
  readonly surface: string;
  readonly raised: string;
  readonly sunken: string;
  readonly border: string;
  readonly borderStrong: string;
  readonly text: string;
  readonly textMuted: string;
  readonly textFaint: string;
  readonly accent: string;
  readonly accentSoft: string;
  readonly onAccent: string;
  readonly focus: string;
  readonly attention: string;
  readonly attentionSoft: string;
  readonly ffn: string;
  readonly ffnSoft: string;
  readonly saved: string;
  readonly savedSoft: string;
  /** A block whose library does not split it into attention and FFN. */
  readonly block: string;
  readonly linear: string;
  readonly ok: string;
  readonly okSoft: string;
  readonly warning: string;
  readonly warningSoft: string;
  readonly danger: string;
  readonly dangerSoft: string;
  readonly grid: string;
  /** Behind raised things, and over the page behind a dialog. */
  readonly shadow: string;
  readonly scrim: string;
  /** Pinned architectures, in order of pinning; each also has its own marker symbol. */
  readonly pin1: string;
  readonly pin2: string;
  readonly pin3: string;
  readonly pin4: string;
  readonly pin5: string;
}

export const LIGHT: Theme = {
  name: 'light',
  canvas: '#f4f5f7',
  surface: '#ffffff',
  raised: '#ffffff',
  sunken: '#eef0f3',
  border: '#e1e4e9',
  borderStrong: '#c6ccd5',
  text: '#1b1f27',
  textMuted: '#565f6e',
  textFaint: '#6f7988',
  accent: '#3b5bdb',
  accentSoft: '#e8edff',
  onAccent: '#ffffff',
  focus: '#3b5bdb',
  attention: '#2f6fde',
  attentionSoft: '#d6e4fb',
  ffn: '#d6455d',
  ffnSoft: '#fbdfe3',
  saved: '#2f9e5b',
  savedSoft: '#d3efdd',
  block: '#7a6fbe',
  linear: '#8a5a00',
  ok: '#1f7a45',
  okSoft: '#ddf3e5',
  warning: '#8a5a00',
  warningSoft: '#fdf0d2',
  danger: '#b3261e',
  dangerSoft: '#fbe3e1',
  grid: '#e7eaee',
  shadow: '#1b1f2733',
  scrim: '#1b1f2766',
  pin1: '#8f3fb8',
  pin2: '#b35900',
  pin3: '#00798c',
  pin4: '#5c6b00',
  pin5: '#a8326e',
};

export const DARK: Theme = {
  name: 'dark',
  canvas: '#0f1116',
  surface: '#171a21',
  raised: '#1e222b',
  sunken: '#12151b',
  border: '#2a2f3a',
  borderStrong: '#3d4452',
  text: '#e8ebf0',
  textMuted: '#a5aebd',
  textFaint: '#8690a1',
  accent: '#7c9aff',
  accentSoft: '#232c4d',
  onAccent: '#0f1116',
  focus: '#9db3ff',
  attention: '#5b9bff',
  attentionSoft: '#22375c',
  ffn: '#f2687f',
  ffnSoft: '#52252f',
  saved: '#4cc27e',
  savedSoft: '#1a3d2a',
  block: '#a79df0',
  linear: '#e0b252',
  ok: '#5fd394',
  okSoft: '#173626',
  warning: '#e8b64c',
  warningSoft: '#3a2d10',
  danger: '#ff8a80',
  dangerSoft: '#45201d',
  grid: '#262b35',
  shadow: '#00000080',
  scrim: '#00000099',
  pin1: '#c792ea',
  pin2: '#f2a65a',
  pin3: '#5cc8d7',
  pin4: '#c3d45b',
  pin5: '#f28ac0',
};

/** Marker per pin, in the same order as the colours: plotly symbol names. */
export const PIN_SYMBOLS = ['diamond', 'square', 'triangle-up', 'pentagon', 'hexagon'] as const;

export function pinColour(theme: Theme, index: number): string {
  return [theme.pin1, theme.pin2, theme.pin3, theme.pin4, theme.pin5][index % 5];
}

/** Writes the theme onto the page. */
export function applyTheme(theme: Theme, root: HTMLElement = document.documentElement): void {
  root.dataset['theme'] = theme.name;
  root.style.colorScheme = theme.name;
  for (const [key, value] of Object.entries(theme)) {
    root.style.setProperty(`--${key.replace(/[A-Z0-9]/g, (c) => `-${c.toLowerCase()}`)}`, value);
  }
}
