/** Colours of a map's cells: one run of lightness from the theme's soft accent to its danger, as in the contour plot. */
import type { Theme } from '../../theme/theme.ts';

type Rgb = readonly [number, number, number];

/** Places on the scale and the theme's colours there. */
function stops(theme: Theme): readonly (readonly [number, string])[] {
  return [
    [0, theme.accentSoft],
    [0.35, theme.attention],
    [0.7, theme.pin1],
    [1, theme.danger],
  ];
}

export function toneAt(theme: Theme, place: number): string {
  return hex(mix(stops(theme), place));
}

/** As the background of a legend, from left to right. */
export function toneGradient(theme: Theme): string {
  return `linear-gradient(to right, ${stops(theme)
    .map(([at, colour]) => `${colour} ${Math.round(100 * at)}%`)
    .join(', ')})`;
}

/** Whichever of the theme's text and surface stands out more on a tone. */
export function inkOn(theme: Theme, tone: string): string {
  return contrast(tone, theme.text) >= contrast(tone, theme.surface) ? theme.text : theme.surface;
}

function mix(list: readonly (readonly [number, string])[], place: number): Rgb {
  const next = list.findIndex(([at]) => at >= place);
  if (next <= 0) return channelsOf(list[next === 0 ? 0 : list.length - 1][1]);
  const [[from, a], [to, b]] = [list[next - 1], list[next]];
  const share = (place - from) / (to - from);
  const [x, y] = [channelsOf(a), channelsOf(b)];
  return [0, 1, 2].map((i) => Math.round(x[i] + share * (y[i] - x[i]))) as unknown as Rgb;
}

function channelsOf(colour: string): Rgb {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as unknown as Rgb;
}

function hex(colour: Rgb): string {
  return `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** Contrast ratio of WCAG 2. */
export function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(channelsOf(a)), luminance(channelsOf(b))].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
