/** Global distillation: losses of the child as it learns from its parent. */
import { useMemo } from 'react';
import { useStore } from 'zustand';
import { lossText } from '../../state/train_losses.ts';
import { runStore } from '../../state/train_run_store.ts';
import { figureText, freeNumber } from '../../state/train_numbers.ts';
import { reportOf } from '../../state/train_tables.ts';
import type { Curve } from '../../state/train_run.ts';
import type { CurveLine } from './curve_figure.ts';
import { CurvePlot } from './curve_plot.tsx';
import { Facts } from './facts.tsx';
import { useCurves } from './use_curves.ts';

const TERMS = [
  { series: 'kl', name: 'KL' },
  { series: 'cosine', name: 'Cosine distance of hidden states' },
  { series: 'lm', name: 'LM loss' },
] as const;

export function GkdStep() {
  const plan = useStore(runStore, ({ view }) => view?.plan);
  const child = useStore(runStore, ({ results }) => reportOf(results)?.child);
  const curves = useCurves('gkd');
  const whole = useMemo(() => totalLines(curves), [curves]);
  const kl = useMemo(() => klLines(curves), [curves]);
  const others = useMemo(() => otherLines(curves), [curves]);
  if (plan === undefined) return undefined;
  const { loss, training } = plan.gkd;
  const limit = plan.limits[plan.chosen_limit];
  return (
    <>
      <Facts
        facts={[
          ['Loss', lossText(loss)],
          ['Training', `${freeNumber(training.steps)} steps of ${training.batch} × ${plan.data.sequence_length} tokens, learning rate ${training.learning_rate}`],
          ['Child', limit === undefined ? '' : `the search’s, with at most ${Math.round(100 * limit.params)} % of the parameters and ${Math.round(100 * limit.kv)} % of the KV cache`],
          ...(child === undefined ? [] : [['KL from the parent', `${figureText(child.kl_before)} before, ${figureText(child.kl_after)} after`] as const]),
        ]}
      />
      <div className="curves">
        <Panel title="KL from the parent" lines={kl} y="KL, nats per token" steps={training.steps} testId="gkd-kl" />
        <Panel title="Loss that is trained on" lines={whole} y="Loss" steps={training.steps} testId="gkd-loss" />
        {others.length > 0 && <Panel title={others.map(({ name }) => name).join(' and ')} lines={others} y="Loss, before weighting" steps={training.steps} testId="gkd-terms" />}
      </div>
    </>
  );
}

function Panel({ title, lines, y, steps, testId }: { readonly title: string; readonly lines: readonly CurveLine[]; readonly y: string; readonly steps: number; readonly testId: string }) {
  return (
    <figure className="part-figure">
      <figcaption>{title}</figcaption>
      <CurvePlot lines={lines} x="Training step" y={y} logarithmic={false} steps={steps} label={`${title} by training step`} testId={testId} />
    </figure>
  );
}

function lineOf(curves: readonly Curve[], series: string, name: string, look: CurveLine['look'], colour: CurveLine['colour']): readonly CurveLine[] {
  const curve = curves.find((one) => one.series === series);
  return curve === undefined ? [] : [{ name, at: curve.at, values: curve.values, look, colour }];
}

function totalLines(curves: readonly Curve[]): readonly CurveLine[] {
  return [...lineOf(curves, 'loss_raw', 'Single batches', 'readings', 'first'), ...lineOf(curves, 'loss', 'Smoothed over batches', 'smooth', 'first')];
}

function klLines(curves: readonly Curve[]): readonly CurveLine[] {
  return [...lineOf(curves, 'kl', 'Training, smoothed over batches', 'smooth', 'first'), ...lineOf(curves, 'held_out_kl', 'Held out', 'held_out', 'second')];
}

function otherLines(curves: readonly Curve[]): readonly CurveLine[] {
  const colours = ['third', 'fourth'] as const;
  return TERMS.filter(({ series }) => series !== 'kl').flatMap(({ series, name }, i) => lineOf(curves, series, name, 'smooth', colours[i]));
}
