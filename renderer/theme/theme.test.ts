import { describe, expect, test } from 'vitest';
import { DARK, LIGHT, PIN_SYMBOLS, pinColour, type Theme } from './theme.ts';

/** WCAG 2.2: relative luminance and contrast ratio. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.040_45 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const TEXT: readonly (readonly [keyof Theme, readonly (keyof Theme)[]])[] = [
  ['text', ['canvas', 'surface', 'raised', 'sunken', 'accentSoft']],
  ['textMuted', ['canvas', 'surface', 'raised', 'sunken']],
  ['onAccent', ['accent']],
  ['accent', ['surface', 'accentSoft']],
  ['ok', ['surface', 'okSoft']],
  ['warning', ['surface', 'warningSoft']],
  ['danger', ['surface', 'dangerSoft']],
];
const MARKS: readonly (keyof Theme)[] = ['attention', 'ffn', 'saved', 'block', 'linear', 'focus', 'pin1', 'pin2', 'pin3', 'pin4', 'pin5'];

test('the measure agrees with known ratios', () => {
  expect(contrast('#ffffff', '#000000')).toBeCloseTo(21, 6);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});

describe.each([LIGHT, DARK])('$name', (theme) => {
  test.each(TEXT.flatMap(([text, grounds]) => grounds.map((ground) => [text, ground] as const)))('%s on %s reads (AA, 4.5)', (text, ground) => {
    expect(contrast(theme[text], theme[ground])).toBeGreaterThanOrEqual(4.5);
  });

  test.each(MARKS)('%s stands out from the surface (AA for graphics, 3)', (mark) => {
    expect(contrast(theme[mark], theme.surface)).toBeGreaterThanOrEqual(3);
  });

  test('faint text still reads as large text and marks do', () => {
    expect(contrast(theme.textFaint, theme.surface)).toBeGreaterThanOrEqual(3);
  });

  test('the first pins have a colour and a shape of their own', () => {
    expect(new Set(PIN_SYMBOLS.map((_, index) => pinColour(theme, index))).size).toBe(PIN_SYMBOLS.length);
  });
});
