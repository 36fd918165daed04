/** Growing curves, drawn anew at most twice a second; in words while they have no points, as axes of nothing look like something. */
import { useMemo } from 'react';
import { useStore } from 'zustand';
import { notifyError } from '../../state/notice_store.ts';
import { themeStore } from '../../state/theme_store.ts';
import { figureText } from '../../state/train_numbers.ts';
import { usePlot } from '../../plots/use_plot.ts';
import { EmptyState } from '../../widgets/empty_state.tsx';
import { curveFigure, hasPoints, type CurveAxes, type CurveLine } from './curve_figure.ts';
import { useCalm } from './use_calm.ts';
import '../../plots/plot.css';

interface CurvePlotProps extends CurveAxes {
  readonly lines: readonly CurveLine[];
  readonly label: string;
  readonly testId: string;
}

const DRAW_EVERY_MS = 500;

export function CurvePlot(props: CurvePlotProps) {
  const { lines, label, testId } = props;
  if (hasPoints(lines)) return <DrawnCurve {...props} />;
  return (
    <div className="plot train-curve train-curve-empty" aria-label={label} role="group" data-testid={testId} data-state="empty" data-points={0}>
      <EmptyState icon="info" title="No points yet" text="The curve begins with the first readings of the training." />
    </div>
  );
}

function DrawnCurve({ lines, label, testId, x, y, logarithmic, steps }: CurvePlotProps) {
  const theme = useStore(themeStore, (state) => state.theme);
  const calm = useCalm(lines, DRAW_EVERY_MS);
  const figure = useMemo(() => curveFigure(calm, { x, y, logarithmic, steps }, theme), [calm, x, y, logarithmic, steps, theme]);
  const { element, state } = usePlot(figure, { onFailure: (error) => notifyError('The curve could not be drawn', error) });
  const last = calm.flatMap(({ name, values, look }) => (look === 'readings' || values.length === 0 ? [] : [`${name} ${figureText(values[values.length - 1])}`]));
  return (
    <div className="plot train-curve" role="img" aria-label={`${label}; last: ${last.join(', ') || 'nothing yet'}`} data-testid={testId} data-state={state} data-points={calm[0]?.values.length ?? 0}>
      <div ref={element} className="plot-host" aria-hidden="true" />
    </div>
  );
}
