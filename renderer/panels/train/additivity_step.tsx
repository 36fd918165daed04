/** Estimated over real quality of random children, with its rank correlations. */
import { useMemo } from 'react';
import { useStore } from 'zustand';
import { usePlot } from '../../plots/use_plot.ts';
import { notifyError } from '../../state/notice_store.ts';
import { themeStore } from '../../state/theme_store.ts';
import { runStore } from '../../state/train_run_store.ts';
import { reportOf } from '../../state/train_tables.ts';
import { additivityFigure, correlationText, type Additivity } from './additivity_figure.ts';
import '../../plots/plot.css';

export function AdditivityStep() {
  const additivity = useStore(runStore, ({ results }) => reportOf(results)?.additivity);
  const plan = useStore(runStore, ({ view }) => view?.plan.additivity);
  if (additivity === undefined) return <p className="muted">{plan === undefined ? '' : `${plan.architectures} random children, ${plan.narrow} of them within 3 % of one runtime.`} The plot appears when all of them were measured.</p>;
  return (
    <>
      <p className="part-lead" data-testid="additivity" data-spearman={additivity.spearman} data-narrow={additivity.spearman_narrow}>
        {verdict(additivity)} Spearman rank correlation: <strong>{correlationText(additivity.spearman)}</strong> over all {additivity.n} children
        {additivity.n_narrow > 1 && (
          <>
            , <strong>{correlationText(additivity.spearman_narrow)}</strong> among {additivity.n_narrow} of one runtime
          </>
        )}
        .
      </p>
      <Scatter additivity={additivity} />
    </>
  );
}

function verdict({ spearman }: Additivity): string {
  if (spearman === undefined) return 'There are too few children to rank.';
  if (spearman >= 0.9) return 'Sums of scores rank whole children almost as they really are.';
  if (spearman >= 0.8) return 'Sums of scores rank whole children well.';
  return spearman >= 0.5 ? 'Sums of scores are a rough guide to whole children here.' : 'Sums of scores say little about whole children here: scores on more sequences may help.';
}

function Scatter({ additivity }: { readonly additivity: Additivity }) {
  const theme = useStore(themeStore, (state) => state.theme);
  const figure = useMemo(() => additivityFigure(additivity, theme), [additivity, theme]);
  const { element, state } = usePlot(figure, { onFailure: (error) => notifyError('The plot could not be drawn', error) });
  return (
    <div className="plot train-scatter" role="img" aria-label={`Real KL of ${additivity.points.length} children over the sum of their blocks’ scores`} data-testid="additivity-plot" data-state={state} data-points={additivity.points.length}>
      <div ref={element} className="plot-host" aria-hidden="true" />
    </div>
  );
}
