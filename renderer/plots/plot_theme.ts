/** The page's theme as Plotly wants it: what every plot's layout begins with. */
import type { Theme } from '../theme/theme.ts';
import type { Layout } from './plotly.ts';

const FAMILY = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";

/** `print` is for exported images: larger type on paper. */
export function plotTheme(theme: Theme, medium: 'screen' | 'print' = 'screen'): Layout {
  const size = medium === 'print' ? 15 : 12;
  return {
    font: { family: FAMILY, size, color: theme.textMuted },
    paper_bgcolor: theme.surface,
    plot_bgcolor: theme.surface,
    hovermode: 'closest',
    hoverdistance: 24,
    dragmode: false,
    showlegend: true,
    legend: {
      orientation: 'h',
      x: 0,
      xanchor: 'left',
      y: 1.02,
      yanchor: 'bottom',
      itemclick: false,
      itemdoubleclick: false,
      bgcolor: theme.surface,
      font: { size: size - 1, color: theme.textMuted },
    },
    uirevision: 'kept',
    transition: { duration: 0 },
  };
}

export function axisTheme(theme: Theme, title: string, more: Layout, medium: 'screen' | 'print' = 'screen'): Layout {
  return {
    title: { text: title, standoff: 10, font: { color: theme.textMuted, size: medium === 'print' ? 15 : 12 } },
    gridcolor: theme.grid,
    linecolor: theme.borderStrong,
    zerolinecolor: theme.grid,
    tickcolor: theme.borderStrong,
    ticks: 'outside',
    ticklen: 4,
    showline: true,
    automargin: true,
    fixedrange: true,
    ...more,
  };
}

/** A colour seen through: `#rrggbb` with an opacity. */
export function seeThrough(colour: string, opacity: number): string {
  return `${colour}${Math.round(opacity * 255).toString(16).padStart(2, '0')}`;
}

/** Pixels that a label of a shape takes, about, with room at its sides. */
export function textWidth(text: string): number {
  return 10 + 6.5 * text.length;
}
