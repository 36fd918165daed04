/** Colour and marker of each architecture, the same in every section; pins keep what they have on the frontier. */
import { PIN_SYMBOLS, pinColour, type Theme } from '../../theme/theme.ts';
import type { Served } from '../../state/serving_subjects.ts';

export interface ServedLook {
  readonly colour: string;
  /** A Plotly symbol name. */
  readonly symbol: string;
  readonly width: number;
}

const MODEL_SYMBOLS = ['triangle-down', 'cross', 'x', 'hourglass'] as const;

export function lookOf({ kind, index }: Pick<Served, 'kind' | 'index'>, theme: Theme): ServedLook {
  switch (kind) {
    case 'current':
      return { colour: theme.saved, symbol: 'circle', width: 2.5 };
    case 'parent':
      return { colour: theme.text, symbol: 'star', width: 1.75 };
    case 'pin':
      return { colour: pinColour(theme, index), symbol: PIN_SYMBOLS[index % PIN_SYMBOLS.length] ?? 'diamond', width: 1.75 };
    case 'model':
      return { colour: [theme.block, theme.attention, theme.linear, theme.ffn][index % 4] ?? theme.block, symbol: MODEL_SYMBOLS[index % MODEL_SYMBOLS.length] ?? 'cross', width: 1.75 };
    default:
      return kind satisfies never;
  }
}
