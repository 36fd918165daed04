/** Fitted over measured time, by measured time: every kernel a point, both axes logarithmic, 1 is a perfect fit. */
import type { FitError } from '../../../engine/protocol/hardware.ts';
import type { Residual } from '../../../engine/protocol/hardware_api.ts';
import { axisTheme, plotTheme, seeThrough } from '../../plots/plot_theme.ts';
import type { Figure, Trace } from '../../plots/plotly.ts';
import type { Theme } from '../../theme/theme.ts';
import { isKernel, KERNEL_NAMES, variantText } from './calibration_text.ts';

const COLOURS: Readonly<Record<FitError['kernel'], (theme: Theme) => string>> = {
  gemm: (theme) => theme.ffn,
  decode_attention: (theme) => theme.attention,
  prefill_attention: (theme) => theme.pin1,
  block: (theme) => theme.pin1,
  all_reduce: (theme) => theme.saved,
};
const SYMBOLS = ['circle', 'diamond', 'square', 'triangle-up', 'cross', 'x'] as const;
/** The axis shows at least this much around 1, and no more than this: a few strays would hide the rest. */
const SHOWN = { least: 1.25, most: 4 };

export function residualFigure(residuals: readonly Residual[], theme: Theme): Figure {
  const groups = new Map<string, Residual[]>();
  for (const residual of residuals.filter(({ measured_s: measured, fitted_s: fitted }) => measured > 0 && fitted > 0)) {
    const key = `${residual.kernel} ${residual.of}`;
    groups.set(key, [...(groups.get(key) ?? []), residual]);
  }
  const spread = Math.max(SHOWN.least, Math.min(SHOWN.most, spreadOf([...groups.values()].flat())));
  const ticks = [0.25, 0.5, 0.67, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 4].filter((value) => value >= 1 / spread && value <= spread);
  return {
    data: [perfect([...groups.values()].flat(), theme), ...[...groups.values()].map((members, index) => trace(members, index, theme))],
    layout: {
      ...plotTheme(theme),
      margin: { l: 64, r: 16, t: 8, b: 46 },
      xaxis: axisTheme(theme, 'Measured, microseconds', { type: 'log', dtick: 1, tickformat: '~s', zeroline: false }),
      yaxis: axisTheme(theme, 'Fitted / measured', {
        type: 'log',
        range: [-Math.log10(spread), Math.log10(spread)],
        tickvals: ticks,
        ticktext: ticks.map(String),
      }),
    },
  };
}

/** By how much 99 of 100 points are off at most. */
function spreadOf(residuals: readonly Residual[]): number {
  const off = residuals.map(({ measured_s: measured, fitted_s: fitted }) => Math.max(fitted / measured, measured / fitted)).sort((a, b) => a - b);
  return 1.05 * (off[Math.floor(0.99 * (off.length - 1))] ?? 1);
}

/** Where fitted and measured times are the same; a logarithmic axis has no line of its own there. */
function perfect(residuals: readonly Residual[], theme: Theme): Trace {
  const measured = residuals.map(({ measured_s: seconds }) => seconds * 1e6);
  const [least, most] = [Math.min(...measured), Math.max(...measured)];
  return { type: 'scatter', mode: 'lines', x: [least, most], y: [1, 1], line: { color: theme.text, width: 1 }, hoverinfo: 'skip', showlegend: false };
}

function trace(members: readonly Residual[], index: number, theme: Theme): Trace {
  const [{ kernel, of }] = members;
  const colour = isKernel(kernel) ? COLOURS[kernel](theme) : theme.block;
  const name = isKernel(kernel) ? `${KERNEL_NAMES[kernel]}, ${variantText({ kernel, of })}` : `${kernel}, ${of}`;
  return {
    type: 'scatter',
    mode: 'markers',
    name,
    x: members.map(({ measured_s: measured }) => measured * 1e6),
    y: members.map(({ measured_s: measured, fitted_s: fitted }) => fitted / measured),
    text: members.map(({ label }) => label),
    hovertemplate: '%{text}<br>%{x:.3~s} µs measured, %{y:.2f} times that fitted<extra></extra>',
    marker: { size: 4.5, symbol: SYMBOLS[index % SYMBOLS.length], color: seeThrough(colour, 0.45), line: { width: 0 } },
  };
}
