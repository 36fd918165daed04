/** Colour of an FFN layout and shape of an attention layout, the same in strip, plots and tables. */
import type { AttentionLayout, FfnLayout } from '../../../engine/protocol/plan.ts';
import type { Theme } from '../../theme/theme.ts';

export function ffnColour(theme: Theme, ffn: FfnLayout): string {
  switch (ffn) {
    case 'ws_1d':
      return theme.pin4;
    case 'ws_2d':
      return theme.accent;
    case 'wg_x':
      return theme.pin2;
    case 'wg_xy':
      return theme.pin5;
    case 'wg_xyz':
      return theme.pin1;
    default:
      return ffn satisfies never;
  }
}

/** Plotly symbol names. */
export const ATTENTION_SYMBOLS: Readonly<Record<AttentionLayout, string>> = { heads: 'circle', grouped: 'diamond', batch: 'square' };

/** The same on a 12-unit grid. */
const SHAPES: Readonly<Record<AttentionLayout, string>> = { heads: 'M6 1.2a4.8 4.8 0 1 1 0 9.6 4.8 4.8 0 0 1 0-9.6', grouped: 'M6 .4 11.6 6 6 11.6.4 6z', batch: 'M1.6 1.6h8.8v8.8H1.6z' };

interface LayoutSignProps {
  /** In the colour of the text where absent. */
  readonly ffn?: FfnLayout;
  readonly attention?: AttentionLayout;
}

/** Coloured by `ffn-<layout>` of planner.css, which follows `ffnColour`. */
export function LayoutSign({ ffn, attention }: LayoutSignProps) {
  return (
    <svg className={ffn === undefined ? 'icon planner-sign' : `icon planner-sign ffn-${ffn}`} width="11" height="11" viewBox="0 0 12 12" aria-hidden="true">
      {attention === undefined ? <rect x="0" y="3" width="12" height="6" rx="1.5" /> : <path d={SHAPES[attention]} />}
    </svg>
  );
}
